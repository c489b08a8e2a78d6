// SPDX-License-Identifier: BSD-3-Clause
//
// g' = g + weight_decay w;  v = momentum v + (1 - dampening) g';  w -= rate (nesterov ? g' + momentum v : v)
#include "optimizers/registry.hpp"

namespace laminar {
namespace {

struct SgdFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("learning_rate", options.learning_rate);
    field("momentum", options.momentum);
    field("dampening", options.dampening);
    field("nesterov", options.nesterov);
    field("weight_decay", options.weight_decay);
    UpdateFields::visit(options.update, field);
  }
};

class SgdRule final : public RuleWith<SgdOptions, SgdFields> {
 public:
  explicit SgdRule(SgdOptions options) : RuleWith(std::move(options), "SGD") {
    expect(options_.momentum >= 0 && options_.momentum <= 1, "SGD: momentum", "a number between 0 and 1",
           options_.momentum);
    expect(options_.dampening >= 0 && options_.dampening <= 1, "SGD: dampening", "a number between 0 and 1",
           options_.dampening);
    expect_not_negative(options_.weight_decay, "SGD: weight_decay");
    if (options_.nesterov) {
      expect(options_.momentum > 0, "SGD: momentum", "a number above 0 with nesterov", options_.momentum);
      expect(options_.dampening == 0, "SGD: dampening", "0 with nesterov", options_.dampening);
    }
  }

  std::string_view type() const override { return "SGD"; }
  int moments() const override { return options_.momentum > 0 ? 1 : 0; }

  void update(const Context& context, DType dtype, const ParameterRun& run, std::int64_t, double rate) const override {
    dispatch_float(dtype, [&]<class T>() { update_as<T>(context, run, rate); });
  }

 private:
  template <class T>
  void update_as(const Context& context, const ParameterRun& run, double rate) const {
    T* w = static_cast<T*>(run.parameters);
    const T* g = static_cast<const T*>(run.gradients);
    T* v = moments() == 0 ? nullptr : static_cast<T*>(run.moments[0]);
    update_in_parallel(context, run.n, [&](std::int64_t begin, std::int64_t n) {
      context.kernels<T>().sgd({.n = n,
                                .w = w + begin,
                                .g = g + begin,
                                .v = v == nullptr ? nullptr : v + begin,
                                .rate = static_cast<T>(rate),
                                .momentum = static_cast<T>(options_.momentum),
                                .dampening = static_cast<T>(options_.dampening),
                                .weight_decay = static_cast<T>(options_.weight_decay),
                                .nesterov = options_.nesterov});
    });
  }
};

}  // namespace

std::shared_ptr<const OptimizerRule> make_sgd(const Config::Map& options) {
  return std::make_shared<SgdRule>(from_map<SgdFields, SgdOptions>(options, "SGD"));
}

SGD::SGD(SgdOptions options) : Optimizer(std::make_shared<SgdRule>(std::move(options))) {}

}  // namespace laminar
