// SPDX-License-Identifier: BSD-3-Clause
//
// s = rho s + (1 - rho) g^2;  d = g / (sqrt(s) + epsilon);  w -= rate d, or with momentum v = momentum v + d,
// w -= rate v; centered: s - a^2 for s, with the moving average a of g
#include "optimizers/registry.hpp"

namespace laminar {
namespace {

struct RmspropFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("learning_rate", options.learning_rate);
    field("rho", options.rho);
    field("epsilon", options.epsilon);
    field("momentum", options.momentum);
    field("centered", options.centered);
    field("epsilon_inside", options.epsilon_inside);
    UpdateFields::visit(options.update, field);
  }
};

class RmspropRule final : public RuleWith<RmspropOptions, RmspropFields> {
 public:
  explicit RmspropRule(RmspropOptions options) : RuleWith(std::move(options), "RMSprop") {
    expect_decay(options_.rho, "RMSprop: rho");
    expect_positive(options_.epsilon, "RMSprop: epsilon");
    expect(options_.momentum >= 0 && options_.momentum <= 1, "RMSprop: momentum", "a number between 0 and 1",
           options_.momentum);
  }

  std::string_view type() const override { return "RMSprop"; }
  /// s, then a where centered, then v where there is momentum.
  int moments() const override { return 1 + (options_.centered ? 1 : 0) + (options_.momentum > 0 ? 1 : 0); }

  void update(const Context& context, DType dtype, const ParameterRun& run, std::int64_t, double rate) const override {
    dispatch_float(dtype, [&]<class T>() { update_as<T>(context, run, rate); });
  }

 private:
  template <class T>
  void update_as(const Context& context, const ParameterRun& run, double rate) const {
    T* w = static_cast<T*>(run.parameters);
    const T* g = static_cast<const T*>(run.gradients);
    T* s = static_cast<T*>(run.moments[0]);
    T* a = options_.centered ? static_cast<T*>(run.moments[1]) : nullptr;
    T* v = options_.momentum > 0 ? static_cast<T*>(run.moments.back()) : nullptr;
    update_in_parallel(context, run.n, [&](std::int64_t begin, std::int64_t n) {
      context.kernels<T>().rmsprop({.n = n,
                                    .w = w + begin,
                                    .g = g + begin,
                                    .s = s + begin,
                                    .a = a == nullptr ? nullptr : a + begin,
                                    .v = v == nullptr ? nullptr : v + begin,
                                    .rate = static_cast<T>(rate),
                                    .rho = static_cast<T>(options_.rho),
                                    .epsilon = epsilon_as<T>(options_.epsilon),
                                    .momentum = static_cast<T>(options_.momentum),
                                    .epsilon_inside = options_.epsilon_inside});
    });
  }
};

}  // namespace

std::shared_ptr<const OptimizerRule> make_rmsprop(const Config::Map& options) {
  return std::make_shared<RmspropRule>(from_map<RmspropFields, RmspropOptions>(options, "RMSprop"));
}

RMSprop::RMSprop(RmspropOptions options) : Optimizer(std::make_shared<RmspropRule>(std::move(options))) {}

}  // namespace laminar
