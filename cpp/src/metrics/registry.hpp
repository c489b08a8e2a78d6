// SPDX-License-Identifier: BSD-3-Clause
//
// Where a metric enters: one declaration here, one line in registry.cpp.
#pragma once

#include <memory>

#include "losses/registry.hpp"
#include "metrics/metric.hpp"

namespace laminar {

std::shared_ptr<const Metric> make_accuracy();
/// The weighted mean of a loss with its default options.
std::shared_ptr<const Metric> make_loss_metric(const LossEntry& loss);

/// sum_i w_i x_i / sum_i w_i, one example after the other in double, so that no cut into batches shows.
class WeightedMean {
 public:
  void reset() { *this = {}; }
  void add(double value, double weight) {
    // 0 * infinity would spoil the sum for an example that does not count.
    if (weight != 0) sum_ += weight * value;
    weights_ += weight;
    seen_ = true;
  }
  /// NaN before the first example, 0 where all weights are 0.
  double result() const;

 private:
  double sum_ = 0;
  double weights_ = 0;
  bool seen_ = false;
};

/// The weight of example i, 1 where there are none.
double weight_at(const Tensor& weights, std::int64_t i);

}  // namespace laminar
