// SPDX-License-Identifier: BSD-3-Clause
#include "optimizers/optimizer_check.hpp"

namespace laminar::test {
namespace {

OptimizerCase rmsprop(const RmspropOptions& options) {
  const int moments = 1 + (options.centered ? 1 : 0) + (options.momentum > 0 ? 1 : 0);
  return {RMSprop(options), moments, [options](Weight& weight, double g, int) {
            auto& [s, a, v] = weight.moments;
            s = options.rho * s + (1 - options.rho) * g * g;
            a = options.rho * a + (1 - options.rho) * g;
            const double h = options.centered ? s - a * a : s;
            v = options.momentum * v +
                g / (options.epsilon_inside ? std::sqrt(h + options.epsilon) : std::sqrt(h) + options.epsilon);
            weight.w -= options.learning_rate.constant() * v;
          }};
}

TEST_CASE("rmsprop, with and without its options") {
  check_optimizer(rmsprop({}));
  check_optimizer(rmsprop({.learning_rate = 0.01, .rho = 0.5, .momentum = 0.9}));
  check_optimizer(rmsprop({.learning_rate = 0.01, .epsilon = 1e-2, .centered = true}));
  check_optimizer(rmsprop({.learning_rate = 0.01, .epsilon = 1e-2, .epsilon_inside = true}));
  check_optimizer(rmsprop({.epsilon = 1e-3, .momentum = 0.5, .centered = true, .epsilon_inside = true}));
}

TEST_CASE("a step of rmsprop by hand") {
  // s = 0.1 * 4 = 0.4, w = 1 - 0.1 * 2 / sqrt(0.4)
  CHECK(after(RMSprop({.learning_rate = 0.1}), 1, {2}) == doctest::Approx(1 - 0.2 / std::sqrt(0.4)));
  CHECK(after(RMSprop(), 1, {0, 0}) == 1);
}

TEST_CASE("rmsprop names impossible options") {
  check_not_negative([](double value) { RMSprop({.learning_rate = value}); }, "RMSprop: learning_rate");
  check_throws<ValueError>([] { RMSprop({.rho = 1}); },
                           {"RMSprop: rho: expected a number of at least 0 and below 1, got 1.0"});
  check_throws<ValueError>([] { RMSprop({.epsilon = -1}); },
                           {"RMSprop: epsilon: expected a finite number above 0, got -1.0"});
  check_throws<ValueError>([] { RMSprop({.momentum = 2}); },
                           {"RMSprop: momentum: expected a number between 0 and 1, got 2.0"});
}

}  // namespace
}  // namespace laminar::test
