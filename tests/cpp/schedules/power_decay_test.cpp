// SPDX-License-Identifier: BSD-3-Clause
#include "schedules/schedule_check.hpp"

namespace laminar::test {
namespace {

using schedules::PowerDecay;

TEST_CASE("power decay counts from 1") {
  check_schedule([](By by) { return PowerDecay({.initial_learning_rate = 0.6, .power = 1.0, .by = by}); },
                 {0.6, 0.3, 0.2, 0.15});
  check_schedule([](By by) { return PowerDecay({.initial_learning_rate = 0.6, .by = by}); },
                 {0.6, 0.6 / std::sqrt(2.0), 0.6 / std::sqrt(3.0), 0.3});
}

TEST_CASE("power decay names impossible options") {
  check_rate_option([](double value) { PowerDecay({.initial_learning_rate = value}); },
                    "PowerDecay: initial_learning_rate");
  check_rate_option([](double value) { PowerDecay({.power = value}); }, "PowerDecay: power");
}

}  // namespace
}  // namespace laminar::test
