// SPDX-License-Identifier: BSD-3-Clause
//
// Metrics of numbers: each output, along the last axis, on its own, then the mean over the outputs.
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "laminar/error.hpp"
#include "metrics/metric.hpp"
#include "metrics/weighted_mean.hpp"

namespace laminar {

/// The number of outputs; ShapeError, beginning with the metric's name, when targets are no numbers of the predictions'
/// shape.
std::int64_t outputs_of(std::string_view metric, const TensorSpec& predictions, const TargetSpec& targets);

/// Output is what one output adds up: `add(p, y, weight)`, `weight()` and `result()`.
template <class Output>
class OutputsState final : public MetricState {
 public:
  explicit OutputsState(std::int64_t outputs) : outputs_(static_cast<std::size_t>(outputs)) {}

  void reset() override {
    outputs_.assign(outputs_.size(), {});
    seen_ = false;
  }

  void update(const Context&, const Tensor& predictions, const Tensor& targets, const Tensor& weights) override {
    const auto [count, per_example] = examples_of(predictions.shape());
    const std::int64_t n = count * per_example;
    dispatch_float(predictions.dtype(), [&, per_example = per_example]<class T>() {
      const T* p = predictions.as<const T>();
      const T* y = targets.as<const T>();
      for (std::int64_t i = 0; i < n; ++i) {
        const double weight = weight_at(weights, i / per_example);
        if (weight == 0 || std::isnan(y[i])) continue;
        outputs_[static_cast<std::size_t>(i) % outputs_.size()].add(static_cast<double>(p[i]),
                                                                    static_cast<double>(y[i]), weight);
      }
    });
    seen_ = seen_ || count > 0;
  }

  /// Outputs without a known target have no part in the mean; it is 0 where none has one.
  double result() const override {
    if (!seen_) return std::numeric_limits<double>::quiet_NaN();
    double sum = 0;
    double n = 0;
    for (const Output& output : outputs_) {
      if (output.weight() == 0) continue;
      sum += output.result();
      n += 1;
    }
    return n == 0 ? 0 : sum / n;
  }

 private:
  std::vector<Output> outputs_;
  bool seen_ = false;
};

}  // namespace laminar
