// SPDX-License-Identifier: BSD-3-Clause
#include "schedules/schedule_check.hpp"

namespace laminar::test {
namespace {

using schedules::InverseTimeDecay;

TEST_CASE("inverse time decay") {
  check_schedule([](By by) { return InverseTimeDecay({.initial_learning_rate = 0.2, .decay_rate = 1.0, .by = by}); },
                 {0.2, 0.1, 0.2 / 3, 0.05, 0.04});
  check_schedule(
      [](By by) {
        return InverseTimeDecay(
            {.initial_learning_rate = 1.0, .decay_steps = 2, .decay_rate = 3.0, .staircase = true, .by = by});
      },
      {1.0, 1.0, 0.25, 0.25, 1.0 / 7});
}

TEST_CASE("inverse time decay names impossible options") {
  check_rate_option([](double value) { InverseTimeDecay({.initial_learning_rate = value}); },
                    "InverseTimeDecay: initial_learning_rate");
  check_rate_option([](double value) { InverseTimeDecay({.decay_rate = value}); }, "InverseTimeDecay: decay_rate");
  check_throws<ValueError>([] { InverseTimeDecay({.decay_steps = 0}); },
                           {"InverseTimeDecay: decay_steps: expected at least 1, got 0"});
}

}  // namespace
}  // namespace laminar::test
