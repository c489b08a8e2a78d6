// SPDX-License-Identifier: BSD-3-Clause
//
// L_i = mean_j |p_ij - y_ij|, subgradient 0 at 0
#include <cmath>

#include "losses/elementwise_loss.hpp"
#include "losses/registry.hpp"

namespace laminar {
namespace {

class MeanAbsoluteErrorFunction final : public ElementwiseLoss<MeanAbsoluteErrorFunction> {
 public:
  MeanAbsoluteErrorFunction() : ElementwiseLoss(losses::Reduction::kMean) {}
  std::string_view type() const override { return "MeanAbsoluteError"; }
  Config::Map options() const override { return {}; }
  std::uint64_t kink_signature(const LossForwardCall& call) const override { return hash_of_difference_signs(call); }

  template <class T>
  T value(T p, T y) const {
    return std::abs(p - y);
  }
  template <class T>
  T derivative(T p, T y) const {
    const T d = p - y;
    return d > 0 ? T(1) : d < 0 ? T(-1) : d;  // 0 or NaN
  }
};

}  // namespace

std::shared_ptr<const LossFunction> make_mean_absolute_error(const Config::Map& options) {
  from_map<NoOptions, NoOptions>(options, "MeanAbsoluteError");
  return std::make_shared<MeanAbsoluteErrorFunction>();
}

losses::MeanAbsoluteError::MeanAbsoluteError() : Loss(std::make_shared<MeanAbsoluteErrorFunction>()) {}

}  // namespace laminar
