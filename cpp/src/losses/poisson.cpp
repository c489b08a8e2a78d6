// SPDX-License-Identifier: BSD-3-Clause
//
// L_i = mean_j (p_ij - y_ij log p_ij), or from logits mean_j (exp(z_ij) - y_ij z_ij)
#include <cmath>
#include <limits>

#include "losses/elementwise_loss.hpp"
#include "losses/registry.hpp"

namespace laminar {
namespace {

struct PoissonFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("from_logits", options.from_logits);
  }
};

class PoissonFunction final : public ElementwiseLoss<PoissonFunction> {
 public:
  explicit PoissonFunction(losses::PoissonOptions options)
      : ElementwiseLoss(losses::Reduction::kMean, {.kind = TargetDomain::Kind::kNonNegative}), options_(options) {}
  std::string_view type() const override { return "Poisson"; }
  Config::Map options() const override { return to_map<PoissonFields>(options_); }

  // A mean below the dtype's epsilon counts as epsilon, where the gradient is 0: the logarithm of 0 is never taken.
  template <class T>
  T value(T p, T y) const {
    if (options_.from_logits) return std::exp(p) - y * p;
    constexpr T kSmallest = std::numeric_limits<T>::epsilon();
    const T mean = p < kSmallest ? kSmallest : p;
    return mean - y * std::log(mean);
  }
  template <class T>
  T derivative(T p, T y) const {
    if (options_.from_logits) return std::exp(p) - y;
    return p < std::numeric_limits<T>::epsilon() ? T(0) : 1 - y / p;
  }

 private:
  losses::PoissonOptions options_;
};

}  // namespace

std::shared_ptr<const LossFunction> make_poisson(const Config::Map& options) {
  return std::make_shared<PoissonFunction>(from_map<PoissonFields, losses::PoissonOptions>(options, "Poisson"));
}

losses::Poisson::Poisson(PoissonOptions options) : Loss(std::make_shared<PoissonFunction>(options)) {}

}  // namespace laminar
