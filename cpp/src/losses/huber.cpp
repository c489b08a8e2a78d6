// SPDX-License-Identifier: BSD-3-Clause
//
// L_i = mean_j h(p_ij - y_ij), h(d) = d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2)
#include <cmath>

#include "losses/elementwise_loss.hpp"
#include "losses/registry.hpp"

namespace laminar {
namespace {

struct HuberFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("delta", options.delta);
  }
};

class HuberFunction final : public ElementwiseLoss<HuberFunction> {
 public:
  explicit HuberFunction(losses::HuberOptions options) : ElementwiseLoss(losses::Reduction::kMean), options_(options) {
    expect(std::isfinite(options.delta) && options.delta > 0, "Huber: delta", "a finite number above 0", options.delta);
  }
  std::string_view type() const override { return "Huber"; }
  Config::Map options() const override { return to_map<HuberFields>(options_); }

  template <class T>
  T value(T p, T y) const {
    const T delta = static_cast<T>(options_.delta);
    const T d = std::abs(p - y);
    return d <= delta ? d * d / 2 : delta * (d - delta / 2);
  }
  template <class T>
  T derivative(T p, T y) const {
    const T delta = static_cast<T>(options_.delta);
    const T d = p - y;
    return d > delta ? delta : d < -delta ? -delta : d;
  }

 private:
  losses::HuberOptions options_;
};

}  // namespace

std::shared_ptr<const LossFunction> make_huber(const Config::Map& options) {
  return std::make_shared<HuberFunction>(from_map<HuberFields, losses::HuberOptions>(options, "Huber"));
}

losses::Huber::Huber(HuberOptions options) : Loss(std::make_shared<HuberFunction>(options)) {}

}  // namespace laminar
