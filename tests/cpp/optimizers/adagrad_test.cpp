// SPDX-License-Identifier: BSD-3-Clause
#include "optimizers/optimizer_check.hpp"

namespace laminar::test {
namespace {

OptimizerCase adagrad(const AdagradOptions& options) {
  return {Adagrad(options), 1, [options](Weight& weight, double g, int) {
            double& s = weight.moments[0];
            s += g * g;
            weight.w -= options.learning_rate.constant() * g / (std::sqrt(s) + options.epsilon);
          }};
}

TEST_CASE("adagrad, with and without its options") {
  check_optimizer(adagrad({}));
  check_optimizer(adagrad({.learning_rate = 0.5, .epsilon = 0.1}));
}

TEST_CASE("two steps of adagrad by hand") {
  // s = 9, w = 1 - 0.1; s = 25, w = 0.9 - 0.1 * 4 / 5
  CHECK(after(Adagrad({.learning_rate = 0.1}), 1, {3, 4}) == doctest::Approx(0.82));
  CHECK(after(Adagrad(), 1, {0}) == 1);
}

TEST_CASE("adagrad names impossible options") {
  check_not_negative([](double value) { Adagrad({.learning_rate = value}); }, "Adagrad: learning_rate");
  check_throws<ValueError>([] { Adagrad({.epsilon = 0}); },
                           {"Adagrad: epsilon: expected a finite number above 0, got 0.0"});
}

}  // namespace
}  // namespace laminar::test
