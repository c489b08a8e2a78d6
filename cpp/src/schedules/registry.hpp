// SPDX-License-Identifier: BSD-3-Clause
//
// Where a schedule enters: one declaration here, one line in registry.cpp; and what the schedules share.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "schedules/schedule_rule.hpp"

namespace laminar {

using MakeSchedule = std::shared_ptr<const ScheduleRule>(const Config::Map& options);
MakeSchedule make_cosine_decay;
MakeSchedule make_exponential_decay;
MakeSchedule make_inverse_time_decay;
MakeSchedule make_piecewise_constant_decay;
MakeSchedule make_power_decay;
MakeSchedule make_warmup;

namespace schedules {

// ValueErrors that name the option.
void expect_rate(double rate, const std::string& where);          ///< finite, at least 0
void expect_steps(std::int64_t steps, const std::string& where);  ///< at least 1

Config encode(By value);
void decode(const Config& config, const std::string& where, By& value);

/// t
inline std::int64_t time_of(const Progress& progress, By by) {
  return by == By::kStep ? progress.step : progress.epoch;
}

/// t / decay_steps, whole stairs only where wanted.
template <class Options>
double stairs(const Options& options, const Progress& progress) {
  const std::int64_t t = time_of(progress, options.by);
  const std::int64_t whole = t / options.decay_steps;
  if (options.staircase) return static_cast<double>(whole);
  return static_cast<double>(t) / static_cast<double>(options.decay_steps);
}

/// What all have alike: options, listed in Fields.
template <class Options, class Fields>
class RuleWith : public ScheduleRule {
 public:
  explicit RuleWith(Options options) : options_(std::move(options)) {}
  Config::Map options() const override { return to_map<Fields>(options_); }

 protected:
  Options options_;
};

}  // namespace schedules
}  // namespace laminar
