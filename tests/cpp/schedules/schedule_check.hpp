// SPDX-License-Identifier: BSD-3-Clause
//
// What every schedule is checked for: its rates by step and by epoch, and its stored form.
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "schedules/schedule_rule.hpp"
#include "support/tensors.hpp"

namespace laminar::test {

using schedules::By;

inline std::string stored(const LearningRate& rate) { return describe(encode(rate)); }

/// `make(by)` is a schedule whose rates at t = 0, 1, ... are `expected`.
template <class Make>
void check_schedule(const Make& make, const std::vector<double>& expected) {
  const LearningRate by_step = make(By::kStep), by_epoch = make(By::kEpoch);
  LearningRate again = 0.0;
  decode(encode(by_step), "rate", again);
  CHECK(stored(again) == stored(by_step));
  CHECK(stored(by_epoch) != stored(by_step));
  CHECK_FALSE(by_step.is_constant());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto t = static_cast<std::int64_t>(i);
    CAPTURE(t);
    CHECK(by_step.at({.step = t, .epoch = 7}) == doctest::Approx(expected[i]).epsilon(1e-12));
    CHECK(by_epoch.at({.step = 1000, .epoch = t}) == doctest::Approx(expected[i]).epsilon(1e-12));
    CHECK(again.at({.step = t, .epoch = 0}) == by_step.at({.step = t, .epoch = 0}));
  }
}

/// Checks that an option that must be a finite number of 0 or more says so.
template <class Make>
void check_rate_option(const Make& make, const std::string& where) {
  for (const double value : {-0.1, std::nan(""), std::numeric_limits<double>::infinity()}) {
    check_throws<ValueError>([&] { make(value); }, {where + ": expected a finite number of 0 or more, got "});
  }
}

}  // namespace laminar::test
