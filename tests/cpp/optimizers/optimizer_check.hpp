// SPDX-License-Identifier: BSD-3-Clause
//
// What every optimizer is checked for: several steps against a plain formula for one weight, both dtypes, threads, and
// its options.
#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "core/rng.hpp"
#include "optimizers/optimizer_rule.hpp"
#include "support/close.hpp"
#include "support/tensors.hpp"

namespace laminar::test {

/// One weight with its moments, all 0 at first.
struct Weight {
  double w;
  double moments[3] = {0, 0, 0};
};

struct OptimizerCase {
  Optimizer optimizer;
  int moments;
  /// Moves the weight by a gradient in step t = 1, 2, ...
  std::function<void(Weight& weight, double g, int t)> formula;
};

/// A run of parameters with gradients and moments in one dtype.
template <class T>
class OptimizerRun {
 public:
  OptimizerRun(const OptimizerRule& rule, std::size_t n)
      : parameters(n), gradients(n), rule_(rule), moments_(static_cast<std::size_t>(rule.moments()), parameters) {
    for (std::size_t i = 0; i < n; ++i) parameters[i] = static_cast<T>(random(i));
  }

  void step(std::int64_t t, double rate, int threads = 1) {
    for (std::size_t i = 0; i < gradients.size(); ++i) gradients[i] = static_cast<T>(gradient(i, t));
    std::vector<void*> moments;
    for (std::vector<T>& moment : moments_) moments.push_back(moment.data());
    rule_.update(context(threads), dtype_of<T>,
                 {static_cast<std::int64_t>(parameters.size()), parameters.data(), gradients.data(), moments}, t, rate);
  }

  static double random(std::size_t i) { return 2 * RandomStream{.seed = 3}.uniform(i) - 1; }
  /// Every seventh weight has no gradient, as behind a dead unit.
  static double gradient(std::size_t i, std::int64_t t) {
    if (i % 7 == 3) return 0;
    return RandomStream{.seed = 4, .stream = 0, .step = static_cast<std::uint64_t>(t)}.normal(i);
  }

  std::vector<T> parameters, gradients;

 private:
  const OptimizerRule& rule_;
  std::vector<std::vector<T>> moments_;
};

template <class T>
void check_steps(const OptimizerCase& test) {
  const OptimizerRule& rule = test.optimizer.rule();
  const double rate = rule.learning_rate().at({0, 0});
  for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{5}, std::size_t{64}, std::size_t{40001}}) {
    OptimizerRun<T> run(rule, n), threaded(rule, n);
    std::vector<Weight> weights(n);
    for (std::size_t i = 0; i < n; ++i) weights[i].w = static_cast<double>(run.parameters[i]);
    for (int t = 1; t <= 5; ++t) {
      run.step(t, rate);
      threaded.step(t, rate, 3);
      for (std::size_t i = 0; i < n; ++i) test.formula(weights[i], static_cast<double>(run.gradients[i]), t);
    }
    std::vector<T> expected(n);
    for (std::size_t i = 0; i < n; ++i) expected[i] = static_cast<T>(weights[i].w);
    check_close(run.parameters, expected, 100);
    CHECK(threaded.parameters == run.parameters);
  }
}

inline void check_optimizer(const OptimizerCase& test) {
  const OptimizerRule& rule = test.optimizer.rule();
  const std::string options = describe(rule.options());
  CAPTURE(options);
  CHECK(rule.moments() == test.moments);
  const auto again = make_optimizer(std::string(rule.type()), rule.options());
  CHECK(again->type() == rule.type());
  CHECK(describe(again->options()) == options);
  check_steps<float>(test);
  check_steps<double>(test);
}

/// The weight after steps with these gradients.
inline double after(const Optimizer& optimizer, double w, const std::vector<double>& gradients) {
  std::vector<double> moments(3);
  std::vector<void*> pointers;
  for (int i = 0; i < optimizer.rule().moments(); ++i) pointers.push_back(&moments[static_cast<std::size_t>(i)]);
  for (std::size_t t = 0; t < gradients.size(); ++t) {
    const auto steps_taken = static_cast<std::int64_t>(t);
    const double rate = optimizer.rule().learning_rate().at({steps_taken, 0});
    optimizer.rule().update(context(), DType::kFloat64, {1, &w, &gradients[t], pointers}, steps_taken + 1, rate);
  }
  return w;
}

/// Checks that an option that must be a finite number of 0 or more says so.
template <class Make>
void check_not_negative(const Make& make, const std::string& where) {
  for (const double value : {-0.1, std::nan(""), std::numeric_limits<double>::infinity()}) {
    check_throws<ValueError>([&] { make(value); }, {where + ": expected a finite number of 0 or more, got "});
  }
}

}  // namespace laminar::test
