// SPDX-License-Identifier: BSD-3-Clause
//
// m = beta_1 m + (1 - beta_1) g;  s = beta_2 s + (1 - beta_2) g^2;
// w -= rate m^ / (sqrt(s^) + epsilon), m^ = m / (1 - beta_1^t), s^ = s / (1 - beta_2^t);
// AdamW: w -= rate weight_decay w before it
#include <cmath>

#include "laminar/error.hpp"
#include "optimizers/registry.hpp"

namespace laminar {
namespace {

struct AdamFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("learning_rate", options.learning_rate);
    field("beta_1", options.beta_1);
    field("beta_2", options.beta_2);
    field("epsilon", options.epsilon);
    field("epsilon_inside", options.epsilon_inside);
    field("epsilon_hat", options.epsilon_hat);
    UpdateFields::visit(options.update, field);
  }
};

struct AdamWFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    AdamFields::visit(options, field);
    field("weight_decay", options.weight_decay);
  }
};

/// 1 - beta^t in double, of the beta that the dtype can hold: what the moments' weights add up to.
template <class T>
T correction(double beta, std::int64_t step) {
  return static_cast<T>(1 - std::pow(static_cast<double>(static_cast<T>(beta)), static_cast<double>(step)));
}

/// The arithmetic that Adam and AdamW share.
template <class Options, class Fields>
class AdamBase : public RuleWith<Options, Fields> {
 public:
  AdamBase(Options options, const std::string& type) : RuleWith<Options, Fields>(std::move(options), type) {
    expect_decay(options_.beta_1, type + ": beta_1");
    expect_decay(options_.beta_2, type + ": beta_2");
    expect_positive(options_.epsilon, type + ": epsilon");
    if (options_.epsilon_inside && options_.epsilon_hat) {
      throw ValueError(type + ": epsilon_hat: expected false with epsilon_inside, got true");
    }
  }

  int moments() const override { return 2; }

 protected:
  using RuleWith<Options, Fields>::options_;

  template <class T>
  void update_as(const Context& context, const ParameterRun& run, std::int64_t step, double rate,
                 double weight_decay) const {
    T* w = static_cast<T*>(run.parameters);
    const T* g = static_cast<const T*>(run.gradients);
    T* m = static_cast<T*>(run.moments[0]);
    T* s = static_cast<T*>(run.moments[1]);
    const T correction_1 = correction<T>(options_.beta_1, step);
    const T correction_2 = correction<T>(options_.beta_2, step);
    const double epsilon =
        options_.epsilon_hat ? options_.epsilon / std::sqrt(static_cast<double>(correction_2)) : options_.epsilon;
    update_in_parallel(context, run.n, [&](std::int64_t begin, std::int64_t n) {
      context.kernels<T>().adam({.n = n,
                                 .w = w + begin,
                                 .g = g + begin,
                                 .m = m + begin,
                                 .s = s + begin,
                                 .rate = static_cast<T>(rate),
                                 .beta_1 = static_cast<T>(options_.beta_1),
                                 .beta_2 = static_cast<T>(options_.beta_2),
                                 .epsilon = epsilon_as<T>(epsilon),
                                 .weight_decay = static_cast<T>(weight_decay),
                                 .correction_1 = correction_1,
                                 .correction_2 = correction_2,
                                 .epsilon_inside = options_.epsilon_inside});
    });
  }
};

class AdamRule final : public AdamBase<AdamOptions, AdamFields> {
 public:
  explicit AdamRule(AdamOptions options) : AdamBase(std::move(options), "Adam") {}
  std::string_view type() const override { return "Adam"; }
  void update(const Context& context, DType dtype, const ParameterRun& run, std::int64_t step,
              double rate) const override {
    dispatch_float(dtype, [&]<class T>() { update_as<T>(context, run, step, rate, 0.0); });
  }
};

class AdamWRule final : public AdamBase<AdamWOptions, AdamWFields> {
 public:
  explicit AdamWRule(AdamWOptions options) : AdamBase(std::move(options), "AdamW") {
    expect_not_negative(options_.weight_decay, "AdamW: weight_decay");
  }
  std::string_view type() const override { return "AdamW"; }
  void update(const Context& context, DType dtype, const ParameterRun& run, std::int64_t step,
              double rate) const override {
    dispatch_float(dtype, [&]<class T>() { update_as<T>(context, run, step, rate, options_.weight_decay); });
  }
};

}  // namespace

std::shared_ptr<const OptimizerRule> make_adam(const Config::Map& options) {
  return std::make_shared<AdamRule>(from_map<AdamFields, AdamOptions>(options, "Adam"));
}

std::shared_ptr<const OptimizerRule> make_adamw(const Config::Map& options) {
  return std::make_shared<AdamWRule>(from_map<AdamWFields, AdamWOptions>(options, "AdamW"));
}

Adam::Adam(AdamOptions options) : Optimizer(std::make_shared<AdamRule>(std::move(options))) {}
AdamW::AdamW(AdamWOptions options) : Optimizer(std::make_shared<AdamWRule>(std::move(options))) {}

}  // namespace laminar
