// SPDX-License-Identifier: BSD-3-Clause
//
// rate = initial_learning_rate / (t + 1)^power
#include <cmath>

#include "schedules/registry.hpp"

namespace laminar {
namespace schedules {
namespace {

struct PowerDecayFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("initial_learning_rate", options.initial_learning_rate);
    field("power", options.power);
    field("by", options.by);
  }
};

class PowerDecayRule final : public RuleWith<PowerDecayOptions, PowerDecayFields> {
 public:
  explicit PowerDecayRule(const PowerDecayOptions& options) : RuleWith(options) {
    expect_rate(options.initial_learning_rate, "PowerDecay: initial_learning_rate");
    expect(std::isfinite(options.power) && options.power >= 0, "PowerDecay: power", "a finite number of 0 or more",
           options.power);
  }

  std::string_view type() const override { return "PowerDecay"; }
  double rate(const Progress& progress) const override {
    return options_.initial_learning_rate /
           std::pow(static_cast<double>(time_of(progress, options_.by)) + 1.0, options_.power);
  }
};

}  // namespace

PowerDecay::PowerDecay(const PowerDecayOptions& options) : LearningRate(std::make_shared<PowerDecayRule>(options)) {}

}  // namespace schedules

std::shared_ptr<const ScheduleRule> make_power_decay(const Config::Map& options) {
  using namespace schedules;
  return std::make_shared<PowerDecayRule>(from_map<PowerDecayFields, PowerDecayOptions>(options, "PowerDecay"));
}

}  // namespace laminar
