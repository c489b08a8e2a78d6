// SPDX-License-Identifier: BSD-3-Clause
//
// rate = values[i] where boundaries[i - 1] <= t < boundaries[i]
#include <algorithm>

#include "laminar/error.hpp"
#include "schedules/registry.hpp"

namespace laminar {
namespace schedules {
namespace {

struct PiecewiseConstantDecayFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("boundaries", options.boundaries);
    field("values", options.values);
    field("by", options.by);
  }
};

void check(const PiecewiseConstantDecayOptions& options) {
  const std::string where = "PiecewiseConstantDecay: ";
  const auto& [boundaries, values, by] = options;
  if (values.size() != boundaries.size() + 1) {
    throw ValueError(where + "values: expected one more than the " + std::to_string(boundaries.size()) +
                     " boundaries, got " + std::to_string(values.size()));
  }
  for (std::size_t i = 0; i < boundaries.size(); ++i) {
    if (boundaries[i] > (i == 0 ? 0 : boundaries[i - 1])) continue;
    throw ValueError(where + "boundaries[" + std::to_string(i) + "]: expected whole numbers that grow from 1 on, got " +
                     std::to_string(boundaries[i]) + (i == 0 ? "" : " after " + std::to_string(boundaries[i - 1])));
  }
  for (std::size_t i = 0; i < values.size(); ++i) expect_rate(values[i], where + "values[" + std::to_string(i) + "]");
}

class PiecewiseConstantDecayRule final : public RuleWith<PiecewiseConstantDecayOptions, PiecewiseConstantDecayFields> {
 public:
  explicit PiecewiseConstantDecayRule(const PiecewiseConstantDecayOptions& options) : RuleWith(options) {
    check(options);
  }

  std::string_view type() const override { return "PiecewiseConstantDecay"; }
  double rate(const Progress& progress) const override {
    const auto& boundaries = options_.boundaries;
    const auto next = std::upper_bound(boundaries.begin(), boundaries.end(), time_of(progress, options_.by));
    return options_.values[static_cast<std::size_t>(next - boundaries.begin())];
  }
};

}  // namespace

PiecewiseConstantDecay::PiecewiseConstantDecay(const PiecewiseConstantDecayOptions& options)
    : LearningRate(std::make_shared<PiecewiseConstantDecayRule>(options)) {}

}  // namespace schedules

std::shared_ptr<const ScheduleRule> make_piecewise_constant_decay(const Config::Map& options) {
  using namespace schedules;
  return std::make_shared<PiecewiseConstantDecayRule>(
      from_map<PiecewiseConstantDecayFields, PiecewiseConstantDecayOptions>(options, "PiecewiseConstantDecay"));
}

}  // namespace laminar
