// SPDX-License-Identifier: BSD-3-Clause
//
// What every loss is checked for: its value against a plain formula, its gradient against central differences, both
// dtypes, writing and adding, threads, NaN, and its options.
#pragma once

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/rng.hpp"
#include "losses/loss_function.hpp"
#include "support/close.hpp"
#include "support/tensors.hpp"

namespace laminar::test {

struct Range {
  double low, high;
};

struct LossCase {
  std::string name;
  std::shared_ptr<const LossFunction> loss;
  /// L of one example from its predictions, its targets (labels as numbers) and the length of the last axis.
  std::function<double(std::span<const double> p, std::span<const double> y, std::int64_t last_axis)> formula;
  Range predictions{-2, 2};
  Range targets{-2, 2};
  bool labels = false;  ///< whole numbers, one a row
  bool fused = false;
  std::vector<Shape> shapes{{1, 1}, {5, 1}, {4}, {4, 3}, {3, 19}, {3, 2, 4}, {2, 2, 3, 2}, {700, 20}};
};

/// A loss with its predictions, targets and memory in one dtype.
template <class T>
class LossRun {
 public:
  LossRun(const LossCase& test, const Shape& shape, int threads = 1)
      : test_(test), shape_(shape), threads_(threads), predictions(zeros_like<T>(shape)) {
    const RandomStream random{.seed = 7, .stream = 1, .step = 0};
    const Shape label_shape(shape.axes().first(static_cast<std::size_t>(shape.rank() - 1)));
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      predictions[i] = static_cast<T>(between(test.predictions, random.uniform(2 * i)));
      if (!test.labels) targets.push_back(static_cast<T>(between(test.targets, random.uniform(2 * i + 1))));
    }
    if (test.labels) {
      for (std::int64_t i = 0; i < label_shape.size(); ++i) {
        const std::uint64_t bits = random.bits(static_cast<std::uint64_t>(2 * i + 1));
        labels.push_back(static_cast<std::int32_t>(bits % static_cast<std::uint64_t>(shape[-1])));
      }
    }
    target_ = test.labels ? tensor_of(labels, label_shape) : tensor_of(targets, shape);
    const TensorSpec spec{shape, dtype_of<T>};
    for (const TensorSpec& needed : test.loss->scratch({&spec, 1})) {
      scratch_memory_.push_back(std::vector<T>(static_cast<std::size_t>(needed.shape.size()), T(77)));
      scratch_.push_back({scratch_memory_.back().data(), needed});
    }
  }

  std::int64_t examples() const { return shape_[0]; }

  /// Losses of the current predictions; `state` becomes what backward reads.
  std::vector<T> forward() {
    state = predictions;
    std::vector<T> losses(static_cast<std::size_t>(examples()), T(55));
    const Tensor p = tensor_of(state, shape_);
    test_.loss->forward(
        {context(threads_), {&p, 1}, {&target_, 1}, tensor_of(losses, {examples()}), test_.fused, scratch_});
    return losses;
  }

  /// Gradient of sum_i scales_i L_i after `forward`, written over or added to `before`.
  std::vector<T> backward(std::vector<T> scales, Gradient::Want want, T before) {
    std::vector<T> gradient(predictions.size(), before);
    const Tensor p = tensor_of(state, shape_);
    const Gradient out{want, tensor_of(gradient, shape_)};
    test_.loss->backward(
        {context(threads_), {&p, 1}, {&target_, 1}, tensor_of(scales, {examples()}), {&out, 1}, test_.fused, scratch_});
    return gradient;
  }

  std::uint64_t kink_signature() {
    const Tensor p = tensor_of(predictions, shape_);
    return test_.loss->kink_signature({context(), {&p, 1}, {&target_, 1}, {}, false, {}});
  }

  /// L_i by the plain formula.
  double expected(std::int64_t example) const {
    const auto part = [&](const auto& values) {
      const std::size_t n = values.size() / static_cast<std::size_t>(examples());
      const auto begin = values.begin() + example * static_cast<std::int64_t>(n);
      return std::vector<double>(begin, begin + static_cast<std::int64_t>(n));
    };
    const std::vector<double> p = part(predictions);
    return test_.formula(p, test_.labels ? part(labels) : part(targets), shape_[-1]);
  }

 private:
  static double between(Range range, double u) { return range.low + (range.high - range.low) * u; }

  LossCase test_;
  Shape shape_;
  int threads_;
  Tensor target_;
  std::vector<std::vector<T>> scratch_memory_;
  std::vector<Tensor> scratch_;

 public:
  std::vector<T> predictions;
  std::vector<T> targets;
  std::vector<std::int32_t> labels;
  std::vector<T> state;
};

inline std::vector<double> example_scales(std::int64_t n) {
  std::vector<double> scales;
  for (std::int64_t i = 0; i < n; ++i) scales.push_back(0.25 * static_cast<double>(i % 5) - 0.375);
  return scales;
}

template <class T>
std::vector<T> as(const std::vector<double>& values) {
  std::vector<T> result;
  for (const double value : values) result.push_back(static_cast<T>(value));
  return result;
}

template <class T>
void check_value(const LossCase& test, const Shape& shape) {
  LossRun<T> run(test, shape), threaded(test, shape, 4);
  const std::vector<T> losses = run.forward();
  for (std::int64_t i = 0; i < run.examples(); ++i) {
    CAPTURE(i);
    CHECK(losses[static_cast<std::size_t>(i)] ==
          doctest::Approx(run.expected(i)).epsilon(200 * static_cast<double>(std::numeric_limits<T>::epsilon())));
  }
  if (!test.fused) CHECK(run.state == run.predictions);  // they are the model's output
  CHECK(threaded.forward() == losses);
  CHECK(threaded.state == run.state);
}

template <class T>
void check_gradient(const LossCase& test, const Shape& shape) {
  LossRun<T> run(test, shape);
  LossRun<double> exact(test, shape);
  const std::vector<double> scales = example_scales(run.examples());
  run.forward();
  const std::vector<T> gradient = run.backward(as<T>(scales), Gradient::Want::kWrite, T(99));
  const std::int64_t outputs = shape.size() / shape[0];
  const std::int64_t stride = std::max<std::int64_t>(1, shape.size() / 60);
  for (std::int64_t e = 0; e < shape.size(); e += stride) {
    const auto at = static_cast<std::size_t>(e);
    const double x = exact.predictions[at];
    constexpr double kStep = 1e-6;
    exact.predictions[at] = x + kStep;
    const double above = exact.expected(e / outputs);
    exact.predictions[at] = x - kStep;
    const double below = exact.expected(e / outputs);
    exact.predictions[at] = x;
    const double difference = scales[static_cast<std::size_t>(e / outputs)] * (above - below) / (2 * kStep);
    const double tolerance = sizeof(T) == 8 ? 2e-8 : 1e-5;
    CAPTURE(e);
    CHECK(std::abs(static_cast<double>(gradient[at]) - difference) <= tolerance * (1 + std::abs(difference)));
  }

  std::vector<T> added = run.backward(as<T>(scales), Gradient::Want::kAdd, T(3));
  for (std::size_t e = 0; e < added.size(); ++e) added[e] -= T(3);
  check_close(added, gradient, 8);
  const std::vector<T> untouched = run.backward(as<T>(scales), Gradient::Want::kNot, T(3));
  CHECK(untouched == std::vector<T>(added.size(), T(3)));

  LossRun<T> threaded(test, shape, 4);
  threaded.forward();
  CHECK(threaded.backward(as<T>(scales), Gradient::Want::kWrite, T(0)) == gradient);
}

template <class T>
void check_nan(const LossCase& test) {
  LossRun<T> run(test, test.shapes.back());
  const std::size_t label = test.labels ? static_cast<std::size_t>(run.labels[0]) : 0;
  run.predictions[label] = std::numeric_limits<T>::quiet_NaN();
  const std::vector<T> losses = run.forward();
  CHECK(std::isnan(losses[0]));
  CHECK(std::isfinite(losses[1]));
  const std::vector<T> ones(losses.size(), T(1));
  CHECK(std::isnan(run.backward(ones, Gradient::Want::kWrite, T(0))[label]));
}

inline void check_rebuilds(const LossFunction& loss) {
  const auto again = make_loss(std::string(loss.type()), loss.options());
  CHECK(again->type() == loss.type());
  CHECK(describe(again->options()) == describe(loss.options()));
}

inline void check_loss(const LossCase& test) {
  CAPTURE(test.name);
  check_rebuilds(*test.loss);
  for (const Shape& shape : test.shapes) {
    const std::string shape_text = to_string(shape);
    CAPTURE(shape_text);
    check_value<float>(test, shape);
    check_value<double>(test, shape);
    check_gradient<float>(test, shape);
    check_gradient<double>(test, shape);
  }
  check_nan<float>(test);
  check_nan<double>(test);
}

/// Mean or sum over the outputs of an example.
template <class Term>
auto mean_over_outputs(const Term& term) {
  return [term](std::span<const double> p, std::span<const double> y, std::int64_t) {
    double sum = 0;
    for (std::size_t j = 0; j < p.size(); ++j) sum += term(p[j], y[j]);
    return sum / static_cast<double>(p.size());
  };
}
template <class Term>
auto sum_over_outputs(const Term& term) {
  return [term](std::span<const double> p, std::span<const double> y, std::int64_t) {
    double sum = 0;
    for (std::size_t j = 0; j < p.size(); ++j) sum += term(p[j], y[j]);
    return sum;
  };
}

/// The value and derivative of a loss at single numbers.
struct At {
  double value, derivative;
};
template <class T = double>
At loss_at(const std::shared_ptr<const LossFunction>& loss, double p, double y, bool fused = false) {
  LossRun<T> run({.name = "", .loss = loss, .formula = {}, .fused = fused}, {1, 1});
  run.predictions[0] = static_cast<T>(p);
  run.targets[0] = static_cast<T>(y);
  const double value = static_cast<double>(run.forward()[0]);
  return {value, static_cast<double>(run.backward({T(1)}, Gradient::Want::kWrite, T(0))[0])};
}

}  // namespace laminar::test
