// SPDX-License-Identifier: BSD-3-Clause
#include "schedules/registry.hpp"

#include <cmath>

#include "laminar/error.hpp"

namespace laminar {
namespace {

struct Entry {
  const char* type;
  MakeSchedule* make;
};

constexpr Entry kSchedules[] = {
    {"CosineDecay", make_cosine_decay},
    {"ExponentialDecay", make_exponential_decay},
    {"InverseTimeDecay", make_inverse_time_decay},
    {"PiecewiseConstantDecay", make_piecewise_constant_decay},
    {"PowerDecay", make_power_decay},
    {"Warmup", make_warmup},
};

}  // namespace

std::shared_ptr<const ScheduleRule> make_schedule(const std::string& type, const Config::Map& options) {
  std::vector<std::string> types;
  for (const Entry& entry : kSchedules) {
    if (type == entry.type) return entry.make(options);
    types.emplace_back(entry.type);
  }
  throw ValueError(expected_one_of("schedule", types, type));
}

std::string name_of(const LearningRate& rate) {
  const auto* rule = dynamic_cast<const ScheduleRule*>(rate.schedule());
  return rule == nullptr ? "a schedule of your own" : std::string(rule->type());
}

Config encode(const LearningRate& value) {
  if (value.is_constant()) return value.constant();
  const auto* rule = dynamic_cast<const ScheduleRule*>(value.schedule());
  if (rule == nullptr) {
    throw TypeError(
        "learning_rate: expected a number or a schedule of the library's to store, got a schedule of your own, which "
        "has no stored form");
  }
  Config::Map map{{"type", std::string(rule->type())}};
  for (auto& entry : rule->options()) map.push_back(std::move(entry));
  return map;
}

void decode(const Config& config, const std::string& where, LearningRate& value) {
  if (const Config::Map* map = config.map()) {
    std::string type;
    Config::Map options;
    for (const auto& [name, entry] : *map) {
      if (name == "type") {
        decode(entry, where + ": type", type);
      } else {
        options.emplace_back(name, entry);
      }
    }
    value = LearningRate(make_schedule(type, options));
    return;
  }
  if (config.text() != nullptr) {
    throw TypeError(where + ": expected a number or a schedule, got " + describe(config));
  }
  double rate = 0;
  decode(config, where, rate);
  schedules::expect_rate(rate, where);
  value = rate;
}

namespace schedules {

void expect_rate(double rate, const std::string& where) {
  expect(std::isfinite(rate) && rate >= 0, where, "a finite number of 0 or more", rate);
}

void expect_steps(std::int64_t steps, const std::string& where) {
  if (steps < 1) throw ValueError(where + ": expected at least 1, got " + std::to_string(steps));
}

Config encode(By value) { return std::string(value == By::kStep ? "step" : "epoch"); }

void decode(const Config& config, const std::string& where, By& value) {
  std::string name;
  laminar::decode(config, where, name);
  if (name != "step" && name != "epoch") throw ValueError(expected_one_of(where, {"step", "epoch"}, name));
  value = name == "step" ? By::kStep : By::kEpoch;
}

}  // namespace schedules
}  // namespace laminar
