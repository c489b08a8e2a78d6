// SPDX-License-Identifier: BSD-3-Clause
//
// s += g^2;  w -= rate g / (sqrt(s) + epsilon)
#include "optimizers/registry.hpp"

namespace laminar {
namespace {

struct AdagradFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("learning_rate", options.learning_rate);
    field("epsilon", options.epsilon);
    UpdateFields::visit(options.update, field);
  }
};

class AdagradRule final : public RuleWith<AdagradOptions, AdagradFields> {
 public:
  explicit AdagradRule(AdagradOptions options) : RuleWith(std::move(options), "Adagrad") {
    expect_positive(options_.epsilon, "Adagrad: epsilon");
  }

  std::string_view type() const override { return "Adagrad"; }
  int moments() const override { return 1; }

  void update(const Context& context, DType dtype, const ParameterRun& run, std::int64_t, double rate) const override {
    dispatch_float(dtype, [&]<class T>() { update_as<T>(context, run, rate); });
  }

 private:
  template <class T>
  void update_as(const Context& context, const ParameterRun& run, double rate) const {
    T* w = static_cast<T*>(run.parameters);
    const T* g = static_cast<const T*>(run.gradients);
    T* s = static_cast<T*>(run.moments[0]);
    update_in_parallel(context, run.n, [&](std::int64_t begin, std::int64_t n) {
      context.kernels<T>().adagrad({.n = n,
                                    .w = w + begin,
                                    .g = g + begin,
                                    .s = s + begin,
                                    .rate = static_cast<T>(rate),
                                    .epsilon = epsilon_as<T>(options_.epsilon)});
    });
  }
};

}  // namespace

std::shared_ptr<const OptimizerRule> make_adagrad(const Config::Map& options) {
  return std::make_shared<AdagradRule>(from_map<AdagradFields, AdagradOptions>(options, "Adagrad"));
}

Adagrad::Adagrad(AdagradOptions options) : Optimizer(std::make_shared<AdagradRule>(std::move(options))) {}

}  // namespace laminar
