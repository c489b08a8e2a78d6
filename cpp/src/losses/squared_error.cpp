// SPDX-License-Identifier: BSD-3-Clause
//
// L_i = 1/2 sum_j (p_ij - y_ij)^2, and its sister mean_j (p_ij - y_ij)^2
#include "losses/elementwise_loss.hpp"
#include "losses/registry.hpp"

namespace laminar {
namespace {

class SquaredErrorFunction final : public ElementwiseLoss<SquaredErrorFunction> {
 public:
  SquaredErrorFunction() : ElementwiseLoss(losses::Reduction::kSum) {}
  std::string_view type() const override { return "SquaredError"; }
  Config::Map options() const override { return {}; }

  template <class T>
  T value(T p, T y) const {
    return T(0.5) * (p - y) * (p - y);
  }
  template <class T>
  T derivative(T p, T y) const {
    return p - y;
  }
};

class MeanSquaredErrorFunction final : public ElementwiseLoss<MeanSquaredErrorFunction> {
 public:
  MeanSquaredErrorFunction() : ElementwiseLoss(losses::Reduction::kMean) {}
  std::string_view type() const override { return "MeanSquaredError"; }
  Config::Map options() const override { return {}; }

  template <class T>
  T value(T p, T y) const {
    return (p - y) * (p - y);
  }
  template <class T>
  T derivative(T p, T y) const {
    return 2 * (p - y);
  }
};

}  // namespace

std::shared_ptr<const LossFunction> make_squared_error(const Config::Map& options) {
  from_map<NoOptions, NoOptions>(options, "SquaredError");
  return std::make_shared<SquaredErrorFunction>();
}

std::shared_ptr<const LossFunction> make_mean_squared_error(const Config::Map& options) {
  from_map<NoOptions, NoOptions>(options, "MeanSquaredError");
  return std::make_shared<MeanSquaredErrorFunction>();
}

losses::SquaredError::SquaredError() : Loss(std::make_shared<SquaredErrorFunction>()) {}
losses::MeanSquaredError::MeanSquaredError() : Loss(std::make_shared<MeanSquaredErrorFunction>()) {}

}  // namespace laminar
