// SPDX-License-Identifier: BSD-3-Clause
//
// rate = initial_learning_rate / (1 + decay_rate t / decay_steps)
#include <cmath>

#include "schedules/registry.hpp"

namespace laminar {
namespace schedules {
namespace {

struct InverseTimeDecayFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("initial_learning_rate", options.initial_learning_rate);
    field("decay_steps", options.decay_steps);
    field("decay_rate", options.decay_rate);
    field("staircase", options.staircase);
    field("by", options.by);
  }
};

class InverseTimeDecayRule final : public RuleWith<InverseTimeDecayOptions, InverseTimeDecayFields> {
 public:
  explicit InverseTimeDecayRule(const InverseTimeDecayOptions& options) : RuleWith(options) {
    expect_rate(options.initial_learning_rate, "InverseTimeDecay: initial_learning_rate");
    expect_steps(options.decay_steps, "InverseTimeDecay: decay_steps");
    expect(std::isfinite(options.decay_rate) && options.decay_rate >= 0, "InverseTimeDecay: decay_rate",
           "a finite number of 0 or more", options.decay_rate);
  }

  std::string_view type() const override { return "InverseTimeDecay"; }
  double rate(const Progress& progress) const override {
    return options_.initial_learning_rate / (1.0 + options_.decay_rate * stairs(options_, progress));
  }
};

}  // namespace

InverseTimeDecay::InverseTimeDecay(const InverseTimeDecayOptions& options)
    : LearningRate(std::make_shared<InverseTimeDecayRule>(options)) {}

}  // namespace schedules

std::shared_ptr<const ScheduleRule> make_inverse_time_decay(const Config::Map& options) {
  using namespace schedules;
  return std::make_shared<InverseTimeDecayRule>(
      from_map<InverseTimeDecayFields, InverseTimeDecayOptions>(options, "InverseTimeDecay"));
}

}  // namespace laminar
