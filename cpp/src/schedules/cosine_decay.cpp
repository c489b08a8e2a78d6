// SPDX-License-Identifier: BSD-3-Clause
//
// rate = initial_learning_rate ((1 - alpha) (1 + cos(pi min(t / decay_steps, 1))) / 2 + alpha)
#include <algorithm>
#include <cmath>
#include <numbers>

#include "schedules/registry.hpp"

namespace laminar {
namespace schedules {
namespace {

struct CosineDecayFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("initial_learning_rate", options.initial_learning_rate);
    field("decay_steps", options.decay_steps);
    field("alpha", options.alpha);
    field("by", options.by);
  }
};

class CosineDecayRule final : public RuleWith<CosineDecayOptions, CosineDecayFields> {
 public:
  explicit CosineDecayRule(const CosineDecayOptions& options) : RuleWith(options) {
    expect_rate(options.initial_learning_rate, "CosineDecay: initial_learning_rate");
    expect_steps(options.decay_steps, "CosineDecay: decay_steps");
    expect(options.alpha >= 0 && options.alpha <= 1, "CosineDecay: alpha", "a number between 0 and 1", options.alpha);
  }

  std::string_view type() const override { return "CosineDecay"; }
  double rate(const Progress& progress) const override {
    const std::int64_t t = std::min(time_of(progress, options_.by), options_.decay_steps);
    const double share = static_cast<double>(t) / static_cast<double>(options_.decay_steps);
    const double fall = 0.5 * (1.0 + std::cos(std::numbers::pi * share));
    return options_.initial_learning_rate * ((1.0 - options_.alpha) * fall + options_.alpha);
  }
};

}  // namespace

CosineDecay::CosineDecay(const CosineDecayOptions& options)
    : LearningRate(std::make_shared<CosineDecayRule>(options)) {}

}  // namespace schedules

std::shared_ptr<const ScheduleRule> make_cosine_decay(const Config::Map& options) {
  using namespace schedules;
  return std::make_shared<CosineDecayRule>(from_map<CosineDecayFields, CosineDecayOptions>(options, "CosineDecay"));
}

}  // namespace laminar
