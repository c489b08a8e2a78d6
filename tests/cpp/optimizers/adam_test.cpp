// SPDX-License-Identifier: BSD-3-Clause
#include "optimizers/optimizer_check.hpp"

namespace laminar::test {
namespace {

template <class Options>
auto formula(Options options, double weight_decay) {
  return [options, weight_decay](Weight& weight, double g, int t) {
    const double rate = options.learning_rate.constant();
    double& m = weight.moments[0];
    double& s = weight.moments[1];
    m = options.beta_1 * m + (1 - options.beta_1) * g;
    s = options.beta_2 * s + (1 - options.beta_2) * g * g;
    const double corrected_m = m / (1 - std::pow(options.beta_1, t));
    const double corrected_s = s / (1 - std::pow(options.beta_2, t));
    weight.w -= rate * weight_decay * weight.w;
    const double epsilon =
        options.epsilon_hat ? options.epsilon / std::sqrt(1 - std::pow(options.beta_2, t)) : options.epsilon;
    weight.w -= rate * corrected_m /
                (options.epsilon_inside ? std::sqrt(corrected_s + options.epsilon) : std::sqrt(corrected_s) + epsilon);
  };
}

OptimizerCase adam(const AdamOptions& options) { return {Adam(options), 2, formula(options, 0)}; }
OptimizerCase adamw(const AdamWOptions& options) { return {AdamW(options), 2, formula(options, options.weight_decay)}; }

TEST_CASE("adam, with and without its options") {
  check_optimizer(adam({}));
  check_optimizer(adam({.learning_rate = 0.1, .beta_1 = 0.5, .beta_2 = 0.75, .epsilon = 1e-3}));
  check_optimizer(adam({.learning_rate = 0.1, .epsilon = 1e-2, .epsilon_inside = true}));
  check_optimizer(adam({.learning_rate = 0.1, .epsilon = 1e-2, .epsilon_hat = true}));
  check_optimizer(adam({.beta_1 = 0, .beta_2 = 0}));
}

TEST_CASE("adamw, with and without its options") {
  check_optimizer(adamw({}));
  check_optimizer(adamw({.learning_rate = 0.1, .epsilon_inside = true, .weight_decay = 0.5}));
  check_optimizer(adamw({.epsilon = 1e-3, .epsilon_hat = true, .weight_decay = 0.1}));
  check_optimizer(adamw({.weight_decay = 0}));
}

TEST_CASE("adam's first step is the rate against the gradient's sign") {
  for (const double g : {1e-4, 0.3, 1e4}) {
    CHECK(after(Adam({.learning_rate = 0.01}), 1, {g}) == doctest::Approx(0.99).epsilon(1e-4));
    CHECK(after(Adam({.learning_rate = 0.01}), 1, {-g}) == doctest::Approx(1.01).epsilon(1e-4));
  }
  CHECK(after(Adam(), 1, {0}) == 1);
}

TEST_CASE("where epsilon stands matters for the smallest gradients") {
  // s^ = 1e-16: the denominators are 1e-8 + 1e-8 and sqrt(1e-16 + 1e-8), about 1e-4
  CHECK(1 - after(Adam({.learning_rate = 1}), 1, {1e-8}) == doctest::Approx(0.5));
  CHECK(1 - after(Adam({.learning_rate = 1, .epsilon_inside = true}), 1, {1e-8}) == doctest::Approx(1e-4));
  // 1e-8 + 1e-8 / sqrt(0.001)
  CHECK(1 - after(Adam({.learning_rate = 1, .epsilon_hat = true}), 1, {1e-8}) == doctest::Approx(0.030653));
  CHECK_THROWS_AS(Adam({.epsilon_inside = true, .epsilon_hat = true}), ValueError);
}

TEST_CASE("in float32 a first step is not off by the rounding of beta_2") {
  const Adam adam({.learning_rate = 1});
  std::vector<float> w{0}, g{0.5F}, m{0}, s{0};
  std::vector<void*> moments{m.data(), s.data()};
  adam.rule().update(context(), DType::kFloat32, {1, w.data(), g.data(), moments}, 1, 1);
  CHECK(std::abs(w[0] + 1) < 1e-6F);
}

TEST_CASE("no epsilon is so small that a weight without gradient is lost") {
  const Adam adam({.epsilon = 1e-300});
  std::vector<float> w{2}, g{0}, m{0}, s{0};
  std::vector<void*> moments{m.data(), s.data()};
  adam.rule().update(context(), DType::kFloat32, {1, w.data(), g.data(), moments}, 1, 1);
  CHECK(w[0] == 2);
}

TEST_CASE("adam names impossible options") {
  check_not_negative([](double value) { Adam({.learning_rate = value}); }, "Adam: learning_rate");
  check_not_negative([](double value) { AdamW({.weight_decay = value}); }, "AdamW: weight_decay");
  for (const double value : {-0.1, 1.0, std::nan("")}) {
    check_throws<ValueError>([&] { Adam({.beta_1 = value}); },
                             {"Adam: beta_1: expected a number of at least 0 and below 1, got "});
    check_throws<ValueError>([&] { AdamW({.beta_2 = value}); }, {"AdamW: beta_2: expected"});
  }
  check_throws<ValueError>([] { Adam({.epsilon = 0}); }, {"Adam: epsilon: expected a finite number above 0, got 0.0"});
  check_throws<TypeError>(
      [] {
        make_optimizer("adam", {{"weight_decay", 0.1}});
      },
      {"Adam: expected options among", "'weight_decay'"});
}

}  // namespace
}  // namespace laminar::test
