// SPDX-License-Identifier: BSD-3-Clause
#include "schedules/schedule_check.hpp"

namespace laminar::test {
namespace {

using schedules::ExponentialDecay;

TEST_CASE("exponential decay, smooth and in stairs") {
  check_schedule([](By by) { return ExponentialDecay({.initial_learning_rate = 0.3, .decay_rate = 0.95, .by = by}); },
                 {0.3, 0.3 * 0.95, 0.3 * 0.95 * 0.95});
  check_schedule(
      [](By by) {
        return ExponentialDecay({.initial_learning_rate = 1.0, .decay_steps = 2, .decay_rate = 0.25, .by = by});
      },
      {1.0, 0.5, 0.25, 0.125});
  check_schedule(
      [](By by) {
        return ExponentialDecay(
            {.initial_learning_rate = 1.0, .decay_steps = 3, .decay_rate = 0.1, .staircase = true, .by = by});
      },
      {1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 0.01});
}

TEST_CASE("exponential decay names impossible options") {
  check_rate_option([](double value) { ExponentialDecay({.initial_learning_rate = value}); },
                    "ExponentialDecay: initial_learning_rate");
  for (const double value : {0.0, -1.0, std::nan("")}) {
    check_throws<ValueError>([&] { ExponentialDecay({.decay_rate = value}); },
                             {"ExponentialDecay: decay_rate: expected a finite number above 0, got "});
  }
  check_throws<ValueError>([] { ExponentialDecay({.decay_steps = -3}); },
                           {"ExponentialDecay: decay_steps: expected at least 1, got -3"});
}

}  // namespace
}  // namespace laminar::test
