// SPDX-License-Identifier: BSD-3-Clause
//
// What every metric that is computed by batches is checked for: the same bits however the rows are cut, starting anew,
// and no allocation.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "metrics/metric.hpp"
#include "support/allocations.hpp"
#include "support/tensors.hpp"

namespace laminar::test {

/// The sums of a metric of this type or name; its errors are those of `start`.
inline std::unique_ptr<MetricState> start_metric(const std::string& type, const Config::Map& options,
                                                 const TensorSpec& predictions, const TargetSpec& targets) {
  const auto metric = make_metric(type, options);
  return dynamic_cast<const BatchMetric&>(*metric).start(predictions, targets);
}

/// Examples for a metric; `targets` are int32 labels or numbers.
template <class T, class Y>
struct MetricCase {
  std::vector<T> predictions;
  Shape p;
  std::vector<Y> targets;
  Shape y;
  TargetDomain domain;
  std::vector<T> weights = {};  ///< empty: none
};

/// The metric over all examples at once, after it has been checked that no cut shows.
template <class T, class Y>
double measure(const std::string& type, MetricCase<T, Y> data, const Config::Map& options = {}) {
  const std::int64_t examples = data.p[0];
  const auto state = start_metric(type, options, {data.p, dtype_of<T>}, {{data.y, dtype_of<Y>}, data.domain});
  CHECK(std::isnan(state->result()));
  const auto add = [&](std::int64_t first, std::int64_t count) {
    const auto part = [&](auto& values, Shape shape) {
      const std::int64_t each = shape.size() / examples;
      shape.set(0, count);
      using Number = typename std::remove_reference_t<decltype(values)>::value_type;
      return Tensor{values.data() + first * each, {shape, dtype_of<Number>}};
    };
    state->update(context(), part(data.predictions, data.p), part(data.targets, data.y),
                  data.weights.empty() ? Tensor{} : part(data.weights, {examples}));
  };
  add(0, examples);
  const double whole = state->result();
  for (const std::int64_t step : {1, 2, 3}) {
    state->reset();
    CHECK(std::isnan(state->result()));
    const CountAllocations allocations;
    for (std::int64_t first = 0; first < examples; first += step) add(first, std::min(step, examples - first));
    CHECK(allocations.count() == 0);
    CHECK(state->result() == whole);
  }
  return whole;
}

}  // namespace laminar::test
