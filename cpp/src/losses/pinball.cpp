// SPDX-License-Identifier: BSD-3-Clause
//
// L_i = mean_j max(q d, (q - 1) d) with d = y_ij - p_ij, subgradient 0 at d = 0
#include "losses/elementwise_loss.hpp"
#include "losses/registry.hpp"

namespace laminar {
namespace {

struct PinballFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("quantile", options.quantile);
  }
};

class PinballFunction final : public ElementwiseLoss<PinballFunction> {
 public:
  explicit PinballFunction(losses::PinballOptions options)
      : ElementwiseLoss(losses::Reduction::kMean), options_(options) {
    expect(options.quantile > 0 && options.quantile < 1, "Pinball: quantile", "a number between 0 and 1, both excluded",
           options.quantile);
  }
  std::string_view type() const override { return "Pinball"; }
  Config::Map options() const override { return to_map<PinballFields>(options_); }
  std::uint64_t kink_signature(const LossForwardCall& call) const override { return hash_of_difference_signs(call); }

  template <class T>
  T value(T p, T y) const {
    const T q = static_cast<T>(options_.quantile);
    const T d = y - p;
    return d > 0 ? q * d : (q - 1) * d;
  }
  template <class T>
  T derivative(T p, T y) const {
    const T q = static_cast<T>(options_.quantile);
    const T d = y - p;
    return d > 0 ? -q : d < 0 ? 1 - q : d;  // 0 or NaN
  }

 private:
  losses::PinballOptions options_;
};

}  // namespace

std::shared_ptr<const LossFunction> make_pinball(const Config::Map& options) {
  return std::make_shared<PinballFunction>(from_map<PinballFields, losses::PinballOptions>(options, "Pinball"));
}

losses::Pinball::Pinball(PinballOptions options) : Loss(std::make_shared<PinballFunction>(options)) {}

}  // namespace laminar
