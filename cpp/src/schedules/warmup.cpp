// SPDX-License-Identifier: BSD-3-Clause
//
// rate = inner(0) (t + 1) / (warmup_steps + 1) while t < warmup_steps, then inner(t - warmup_steps)
#include "schedules/registry.hpp"

namespace laminar {
namespace schedules {
namespace {

struct WarmupFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("learning_rate", options.learning_rate);
    field("warmup_steps", options.warmup_steps);
    field("by", options.by);
  }
};

class WarmupRule final : public RuleWith<WarmupOptions, WarmupFields> {
 public:
  explicit WarmupRule(const WarmupOptions& options) : RuleWith(options) {
    if (options.learning_rate.is_constant()) {
      expect_rate(options.learning_rate.constant(), "Warmup: learning_rate");
    }
    expect_steps(options.warmup_steps, "Warmup: warmup_steps");
  }

  std::string_view type() const override { return "Warmup"; }
  double rate(const Progress& progress) const override {
    const std::int64_t t = time_of(progress, options_.by);
    const std::int64_t length = options_.warmup_steps;
    // Only the time that the warm-up counts is put off: how many steps an epoch has is not known here.
    Progress inner = progress;
    (options_.by == By::kStep ? inner.step : inner.epoch) = t < length ? 0 : t - length;
    const double rate = options_.learning_rate.at(inner);
    return t < length ? rate * (static_cast<double>(t) + 1.0) / (static_cast<double>(length) + 1.0) : rate;
  }
};

}  // namespace

Warmup::Warmup(const WarmupOptions& options) : LearningRate(std::make_shared<WarmupRule>(options)) {}

}  // namespace schedules

std::shared_ptr<const ScheduleRule> make_warmup(const Config::Map& options) {
  using namespace schedules;
  return std::make_shared<WarmupRule>(from_map<WarmupFields, WarmupOptions>(options, "Warmup"));
}

}  // namespace laminar
