// SPDX-License-Identifier: BSD-3-Clause
//
// The library's own schedules: functions of the progress with a name and options, so that they can be stored.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/config.hpp"
#include "laminar/schedules.hpp"

namespace laminar {

class ScheduleRule : public Schedule {
 public:
  virtual std::string_view type() const = 0;
  virtual Config::Map options() const = 0;
};

std::shared_ptr<const ScheduleRule> make_schedule(const std::string& type, const Config::Map& options);

/// "CosineDecay"; "a schedule of your own" for one that is not the library's.
std::string name_of(const LearningRate& rate);

// As a field of options: a number, or a schedule's options with its "type" in front. A schedule of the caller's own
// has no stored form, which is a TypeError.
Config encode(const LearningRate& value);
void decode(const Config& config, const std::string& where, LearningRate& value);

}  // namespace laminar
