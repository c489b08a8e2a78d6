// SPDX-License-Identifier: BSD-3-Clause
//
// rate = initial_learning_rate decay_rate^(t / decay_steps)
#include <cmath>

#include "schedules/registry.hpp"

namespace laminar {
namespace schedules {
namespace {

struct ExponentialDecayFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("initial_learning_rate", options.initial_learning_rate);
    field("decay_steps", options.decay_steps);
    field("decay_rate", options.decay_rate);
    field("staircase", options.staircase);
    field("by", options.by);
  }
};

class ExponentialDecayRule final : public RuleWith<ExponentialDecayOptions, ExponentialDecayFields> {
 public:
  explicit ExponentialDecayRule(const ExponentialDecayOptions& options) : RuleWith(options) {
    expect_rate(options.initial_learning_rate, "ExponentialDecay: initial_learning_rate");
    expect_steps(options.decay_steps, "ExponentialDecay: decay_steps");
    expect(std::isfinite(options.decay_rate) && options.decay_rate > 0, "ExponentialDecay: decay_rate",
           "a finite number above 0", options.decay_rate);
  }

  std::string_view type() const override { return "ExponentialDecay"; }
  double rate(const Progress& progress) const override {
    return options_.initial_learning_rate * std::pow(options_.decay_rate, stairs(options_, progress));
  }
};

}  // namespace

ExponentialDecay::ExponentialDecay(const ExponentialDecayOptions& options)
    : LearningRate(std::make_shared<ExponentialDecayRule>(options)) {}

}  // namespace schedules

std::shared_ptr<const ScheduleRule> make_exponential_decay(const Config::Map& options) {
  using namespace schedules;
  return std::make_shared<ExponentialDecayRule>(
      from_map<ExponentialDecayFields, ExponentialDecayOptions>(options, "ExponentialDecay"));
}

}  // namespace laminar
