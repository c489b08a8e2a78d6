// SPDX-License-Identifier: BSD-3-Clause
#include "schedules/schedule_check.hpp"

namespace laminar::test {
namespace {

using schedules::CosineDecay;

TEST_CASE("cosine decay falls to its end and stays there") {
  const double side = std::sqrt(0.5);  // cos(pi / 4)
  check_schedule([](By by) { return CosineDecay({.initial_learning_rate = 2.0, .decay_steps = 4, .by = by}); },
                 {2.0, 1 + side, 1.0, 1 - side, 0.0, 0.0});
  check_schedule(
      [](By by) { return CosineDecay({.initial_learning_rate = 2.0, .decay_steps = 2, .alpha = 0.1, .by = by}); },
      {2.0, 1.1, 0.2, 0.2});
}

TEST_CASE("cosine decay names impossible options") {
  check_rate_option([](double value) { CosineDecay({.initial_learning_rate = value}); },
                    "CosineDecay: initial_learning_rate");
  check_throws<ValueError>([] { CosineDecay({.decay_steps = 0}); }, {"CosineDecay: decay_steps", "at least 1, got 0"});
  for (const double value : {-0.1, 1.1, std::nan("")}) {
    check_throws<ValueError>([&] { CosineDecay({.alpha = value}); },
                             {"CosineDecay: alpha: expected a number between 0 and 1, got "});
  }
}

}  // namespace
}  // namespace laminar::test
