// SPDX-License-Identifier: BSD-3-Clause
#include "losses/loss_function.hpp"

#include <algorithm>
#include <cmath>

#include "laminar/error.hpp"
#include "losses/elementwise_loss.hpp"

namespace laminar {

std::vector<TensorSpec> LossFunction::saved(std::span<const TensorSpec>) const { return {}; }
std::vector<TensorSpec> LossFunction::scratch(std::span<const TensorSpec>) const { return {}; }
bool LossFunction::fuses(ActivationSpec) const { return false; }
std::uint64_t LossFunction::kink_signature(const LossForwardCall&) const { return 0; }

const TensorSpec& single_target(std::span<const TensorSpec> predictions, std::span<const TensorSpec> given) {
  if (predictions.size() != 1) {
    throw ShapeError("expected predictions that are one tensor, got " + std::to_string(predictions.size()));
  }
  if (given.size() == 1) return given[0];
  throw ShapeError("y: expected one target for predictions of shape " + to_string(predictions[0].shape) + ", got " +
                   (given.empty() ? "none" : std::to_string(given.size())));
}

bool compatible(const Shape& a, const Shape& b) {
  if (a.rank() != b.rank()) return false;
  for (int axis = 0; axis < a.rank(); ++axis) {
    if (a[axis] != b[axis] && a[axis] != kFree && b[axis] != kFree) return false;
  }
  return true;
}

TargetSpec same_shape_target(std::span<const TensorSpec> predictions, std::span<const TensorSpec> given,
                             TargetDomain domain) {
  const Shape& y = single_target(predictions, given).shape;
  const Shape& p = predictions[0].shape;
  const bool column = p.rank() == 2 && p[1] == 1 && y.rank() == 1;
  if (!compatible(p, column ? Shape{y[0], 1} : y)) {
    throw ShapeError("y: expected shape " + to_string(p) + ", that of the predictions, got " + to_string(y));
  }
  return {predictions[0], domain};
}

Examples examples_of(const Shape& predictions) {
  const std::int64_t count = predictions.rank() == 0 ? 1 : predictions[0];
  std::int64_t outputs = 1;
  for (int axis = 1; axis < predictions.rank(); ++axis) outputs *= predictions[axis];
  return {count, outputs};
}

double known_share(const Tensor& targets, std::int64_t example) {
  const std::int64_t outputs = examples_of(targets.shape()).outputs;
  if (outputs == 0) return 1;
  return dispatch_float(targets.dtype(), [&]<class T>() {
    const T* y = targets.as<const T>() + example * outputs;
    const auto known = std::count_if(y, y + outputs, [](T number) { return !std::isnan(number); });
    return static_cast<double>(known) / static_cast<double>(outputs);
  });
}

std::int64_t example_grain(std::int64_t outputs) {
  constexpr std::int64_t kGrain = 8192;  // elements
  return std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, outputs));
}

double reduction_factor(losses::Reduction reduction, std::int64_t outputs) {
  const bool sum = reduction == losses::Reduction::kSum || outputs == 0;
  return sum ? 1.0 : 1.0 / static_cast<double>(outputs);
}

std::uint64_t hash_of_difference_signs(const LossForwardCall& call) {
  return dispatch_float(call.predictions[0].dtype(), [&]<class T>() {
    const T* p = call.predictions[0].as<const T>();
    const T* y = call.targets[0].as<const T>();
    const std::int64_t n = call.predictions[0].shape().size();
    std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
    for (std::int64_t i = 0; i < n; ++i) {
      const std::uint64_t sign = p[i] > y[i] ? 1U : p[i] < y[i] ? 2U : 0U;
      hash = (hash ^ sign) * 1099511628211ULL;
    }
    return hash;
  });
}

}  // namespace laminar
