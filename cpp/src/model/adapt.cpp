// SPDX-License-Identifier: BSD-3-Clause
//
// mean[n] and std[n] of X[m, n], m running over all axes but the last, in double and a block of rows at a time.
#include "model/adapt.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/cpu.hpp"
#include "core/parallel.hpp"
#include "laminar/error.hpp"
#include "laminar/runtime.hpp"
#include "layers/registry.hpp"
#include "model/sparse_source.hpp"
#include "ops/columns.hpp"

namespace laminar {
namespace {

/// Elements that are converted at a time.
constexpr std::int64_t kBlock = 1 << 16;

void check(const Context& context, const LayerEntry& layer, const View& x) {
  const std::string name = label(layer) + ": adapt: x: ";
  if (x.sparse != nullptr) throw array_expected(label(layer) + ": adapt: x");
  if (x.shape.rank() < 2) {
    throw ShapeError(name + "expected rows of features, at least 2 axes, got shape " + to_string(x.shape));
  }
  if (x.shape.size() == 0) {
    throw ValueError(name + "expected at least one row and one feature, got shape " + to_string(x.shape));
  }
  if (layer.storage != nullptr && layer.state_specs[0].shape[0] != x.shape[-1]) {
    throw ShapeError(name + "expected " + std::to_string(layer.state_specs[0].shape[0]) + " features, got " +
                     std::to_string(x.shape[-1]) + " (shape " + to_string(x.shape) + ")");
  }
  constexpr double kLargest = std::numeric_limits<double>::max();
  const std::int64_t found = find_outside(context, x, {-kLargest, kLargest});
  if (found >= 0) {
    throw ValueError(name + "expected finite numbers, got " + describe(Config(element(x, found))) + " at " +
                     position(x.shape, found));
  }
}

FeatureStatistics statistics_of(const Context& context, const View& x) {
  const std::int64_t features = x.shape[-1], inner = x.shape.from(1).size() / features;
  const std::int64_t rows_at_once = std::min(x.rows(), std::max<std::int64_t>(1, kBlock / (inner * features)));
  const auto n = static_cast<std::size_t>(features);
  std::vector<double> block(static_cast<std::size_t>(rows_at_once * inner * features));
  std::vector<double> partial(static_cast<std::size_t>(partial_shape({rows_at_once * inner, features}).size()));
  std::vector<double> mean(n), variance(n);
  FeatureStatistics sums{std::vector<double>(n), std::vector<double>(n)};
  const ArraySource source(x);
  for (std::int64_t first = 0; first < x.rows(); first += rows_at_once) {
    Shape shape = x.shape;
    shape.set(0, std::min(rows_at_once, x.rows() - first));
    source.copy(context, first, {block.data(), {shape, DType::kFloat64}});
    const MatrixShape matrix = as_matrix(shape);
    column_moments(context, matrix, block.data(), partial.data(), mean.data(), variance.data());
    const auto before = static_cast<double>(first * inner), more = static_cast<double>(matrix.rows);
    for (std::size_t c = 0; c < n; ++c) {  // Chan, Golub and LeVeque again: std holds the sum of squares until the end
      const double apart = mean[c] - sums.mean[c], share = more / (before + more);
      sums.mean[c] += apart * share;
      sums.std[c] += variance[c] * more + apart * apart * share * before;
    }
  }
  const auto rows = static_cast<double>(x.rows() * inner);
  for (double& std : sums.std) std = std::sqrt(std / rows);
  return sums;
}

void write(const LayerEntry& layer, std::size_t index, const std::vector<double>& values) {
  std::byte* memory = layer.storage->state.data() + layer.state_offsets[index];
  dispatch_float(layer.storage->dtype, [&]<class T>() {
    std::transform(values.begin(), values.end(), reinterpret_cast<T*>(memory),
                   [](double value) { return static_cast<T>(value); });
  });
}

}  // namespace

FeatureStatistics statistics_for(const Context& context, const LayerEntry& layer, const View& x) {
  check(context, layer, x);
  return statistics_of(context, x);
}

void adapt(LayerEntry& layer, const FeatureStatistics& statistics) {
  if (layer.storage == nullptr) {
    layer.layer = make_layer("Normalization", {{"mean", encode(statistics.mean)}, {"std", encode(statistics.std)}});
  } else {
    write(layer, 0, statistics.mean);
    write(layer, 1, statistics.std);
  }
}

void Normalization::adapt(const View& x) {
  const Context context{&default_kernel_table(), default_threads(), nullptr};
  laminar::adapt(*entry(), statistics_for(context, *entry(), x));
}

}  // namespace laminar
