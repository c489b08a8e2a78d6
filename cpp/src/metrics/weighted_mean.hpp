// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>

#include "core/tensor.hpp"

namespace laminar {

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
  double result() const {
    if (!seen_) return std::numeric_limits<double>::quiet_NaN();
    return weights_ == 0 ? 0 : sum_ / weights_;
  }

 private:
  double sum_ = 0;
  double weights_ = 0;
  bool seen_ = false;
};

/// The weight of example i, 1 where there are none.
inline double weight_at(const Tensor& weights, std::int64_t i) {
  if (weights.empty()) return 1;
  return weights.dtype() == DType::kFloat64 ? weights.as<const double>()[i]
                                            : static_cast<double>(weights.as<const float>()[i]);
}

}  // namespace laminar
