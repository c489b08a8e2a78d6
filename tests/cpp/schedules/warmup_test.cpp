// SPDX-License-Identifier: BSD-3-Clause
#include "schedules/schedule_check.hpp"

namespace laminar::test {
namespace {

using schedules::CosineDecay;
using schedules::PowerDecay;
using schedules::Warmup;

TEST_CASE("a warm-up grows to a number or to a schedule, whose time it puts off") {
  check_schedule([](By by) { return Warmup({.learning_rate = 0.4, .warmup_steps = 3, .by = by}); },
                 {0.1, 0.2, 0.3, 0.4, 0.4});
  check_schedule(
      [](By by) {
        return Warmup({.learning_rate = CosineDecay({.initial_learning_rate = 1.0, .decay_steps = 2, .by = by}),
                       .warmup_steps = 1,
                       .by = by});
      },
      {0.5, 1.0, 0.5, 0.0});
}

TEST_CASE("a warm-up by step around a schedule by epoch leaves the epochs as they are") {
  const Warmup rate(
      {.learning_rate = PowerDecay({.initial_learning_rate = 1.0, .power = 1.0, .by = By::kEpoch}), .warmup_steps = 3});
  CHECK(rate.at({.step = 0, .epoch = 0}) == doctest::Approx(0.25));
  CHECK(rate.at({.step = 2, .epoch = 1}) == doctest::Approx(0.75 / 2));
  CHECK(rate.at({.step = 3, .epoch = 1}) == doctest::Approx(1.0 / 2));
}

TEST_CASE("a warm-up names impossible options") {
  check_rate_option([](double value) { Warmup({.learning_rate = value}); }, "Warmup: learning_rate");
  check_throws<ValueError>([] { Warmup({.warmup_steps = 0}); }, {"Warmup: warmup_steps: expected at least 1, got 0"});
}

}  // namespace
}  // namespace laminar::test
