// SPDX-License-Identifier: BSD-3-Clause
//
// L_i = mean over rows r of -sum_j y_rj log p_rj; an example (t, k) has t rows, (k,) one. With p = softmax(z),
// dL/dz = p sum_j y_j - y, which is p - y for probabilities y.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/parallel.hpp"
#include "laminar/error.hpp"
#include "losses/elementwise_loss.hpp"
#include "losses/registry.hpp"

namespace laminar {
namespace {

struct CrossEntropyFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("from_logits", options.from_logits);
  }
};

/// A range of rows with what belongs to them: either labels or probabilities as targets, the other null.
template <class T>
struct Rows {
  std::int64_t count;
  std::int64_t classes;
  const std::int32_t* labels;
  const T* targets;
};

/// `first` .. `first + count` of the rows of a target.
template <class T>
Rows<T> rows_of(const Tensor& target, std::int64_t classes, std::int64_t first, std::int64_t count) {
  if (target.dtype() == DType::kInt32) return {count, classes, target.as<const std::int32_t>() + first, nullptr};
  return {count, classes, nullptr, target.as<const T>() + first * classes};
}

// Probabilities are clipped to [eps, 1 - eps]; outside, the gradient is 0.
template <class T>
constexpr T kLowest = std::numeric_limits<T>::epsilon();
template <class T>
constexpr T kHighest = 1 - std::numeric_limits<T>::epsilon();

template <class T>
T clipped_log(T p) {
  return std::log(p < kLowest<T> ? kLowest<T> : p > kHighest<T> ? kHighest<T> : p);
}
template <class T>
T clipped_reciprocal(T p) {
  return p < kLowest<T> || p > kHighest<T> ? T(0) : 1 / p;
}

/// losses[r] = -sum_j y_rj log p_rj
template <class T>
void forward_from_probabilities(const Rows<T>& rows, const T* p, T* losses) {
  for (std::int64_t r = 0; r < rows.count; ++r, p += rows.classes) {
    if (rows.labels != nullptr) {
      losses[r] = -clipped_log(p[rows.labels[r]]);
    } else {
      const T* y = rows.targets + r * rows.classes;
      losses[r] = static_cast<T>(-sum_in_lanes(rows.classes, [&](std::int64_t j) { return y[j] * clipped_log(p[j]); }));
    }
  }
}

/// dp[r, j] (+)= -scales[r] y_rj / p_rj
template <class T>
void backward_from_probabilities(const Rows<T>& rows, const T* p, const T* scales, T* dp, bool accumulate) {
  for (std::int64_t r = 0; r < rows.count; ++r, p += rows.classes, dp += rows.classes) {
    if (!accumulate) std::fill_n(dp, rows.classes, T(0));
    if (rows.targets != nullptr) {
      const T* y = rows.targets + r * rows.classes;
      for (std::int64_t j = 0; j < rows.classes; ++j) dp[j] -= scales[r] * (y[j] * clipped_reciprocal(p[j]));
    } else {
      // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): one of labels and targets is set
      const std::int32_t label = rows.labels[r];
      dp[label] -= scales[r] * clipped_reciprocal(p[label]);
    }
  }
}

/// losses[r] = log sum_j exp z_rj - z at the label, and z becomes p
template <class T>
void forward_from_logits(const Context& context, const Rows<T>& rows, T* z_to_p, T* losses) {
  context.kernels<T>().cross_entropy({.rows = rows.count,
                                      .columns = rows.classes,
                                      .z_to_p = z_to_p,
                                      .labels = rows.labels,
                                      .targets = rows.targets,
                                      .losses = losses});
}

/// dz[r, j] (+)= scales[r] (p_rj - y_rj)
template <class T>
void backward_from_logits(const Context& context, const Rows<T>& rows, const T* p, const T* scales, T* dz,
                          bool accumulate) {
  context.kernels<T>().cross_entropy_backward({.rows = rows.count,
                                               .columns = rows.classes,
                                               .p = p,
                                               .labels = rows.labels,
                                               .targets = rows.targets,
                                               .scales = scales,
                                               .dz = dz,
                                               .accumulate = accumulate});
}

template <class T>
void mean_of_rows(std::int64_t examples, std::int64_t per_example, const T* row_losses, T* losses) {
  const double factor = reduction_factor(losses::Reduction::kMean, per_example);
  for (std::int64_t i = 0; i < examples; ++i, row_losses += per_example) {
    losses[i] = static_cast<T>(factor * sum_in_lanes(per_example, [&](std::int64_t r) { return row_losses[r]; }));
  }
}

template <class T>
void spread_over_rows(std::int64_t examples, std::int64_t per_example, const T* scales, T* row_scales) {
  const T factor = static_cast<T>(reduction_factor(losses::Reduction::kMean, per_example));
  for (std::int64_t i = 0; i < examples; ++i)
    std::fill_n(row_scales + i * per_example, per_example, scales[i] * factor);
}

class CrossEntropyFunction final : public LossFunction {
 public:
  explicit CrossEntropyFunction(losses::CrossEntropyOptions options) : options_(options) {}

  std::string_view type() const override { return "CrossEntropy"; }
  Config::Map options() const override { return to_map<CrossEntropyFields>(options_); }

  bool fuses(ActivationSpec activation) const override {
    return !options_.from_logits && activation.kind == Activation::kSoftmax;
  }

  std::vector<TargetSpec> targets(std::span<const TensorSpec> predictions,
                                  std::span<const TensorSpec> given) const override;

  /// A number a row where an example has several; and where the predictions are logits that must stay what they are,
  /// a place for p.
  std::vector<TensorSpec> scratch(std::span<const TensorSpec> predictions) const override;

  void forward(const LossForwardCall& call) const override {
    dispatch_float(call.predictions[0].dtype(), [&]<class T>() { forward_as<T>(call); });
  }
  void backward(const LossBackwardCall& call) const override {
    if (!call.d_predictions[0].wanted()) return;
    dispatch_float(call.predictions[0].dtype(), [&]<class T>() { backward_as<T>(call); });
  }

 private:
  template <class T>
  void forward_as(const LossForwardCall& call) const;
  template <class T>
  void backward_as(const LossBackwardCall& call) const;

  losses::CrossEntropyOptions options_;
};

/// The shape of labels: one for every row of the predictions.
Shape without_last_axis(const Shape& shape) {
  return Shape(shape.axes().first(static_cast<std::size_t>(shape.rank() - 1)));
}

std::vector<TargetSpec> CrossEntropyFunction::targets(std::span<const TensorSpec> predictions,
                                                      std::span<const TensorSpec> given) const {
  const Shape& y = single_target(predictions, given).shape;
  const Shape& p = predictions[0].shape;
  if (p.rank() < 2 || p[-1] == 1) {
    throw ShapeError("CrossEntropy: expected predictions of 2 or more classes on the last axis, got shape " +
                     to_string(p) + "; for one output use binary_cross_entropy");
  }
  const std::int64_t classes = p[-1];
  if (classes < 2) {
    throw ShapeError("CrossEntropy: expected a known number of classes on the last axis, got shape " + to_string(p));
  }
  const Shape labels = without_last_axis(p);
  const bool column = y.rank() == p.rank() && y[-1] == 1;
  if (compatible(labels, column ? without_last_axis(y) : y)) {
    return {{{labels, DType::kInt32}, {TargetDomain::Kind::kLabels, classes}}};
  }
  if (compatible(p, y)) return {{predictions[0], {TargetDomain::Kind::kUnitInterval, classes}}};
  throw ShapeError("y: expected labels of shape " + to_string(labels) + " or probabilities of shape " + to_string(p) +
                   ", got " + to_string(y));
}

std::vector<TensorSpec> CrossEntropyFunction::scratch(std::span<const TensorSpec> predictions) const {
  std::vector<TensorSpec> specs;
  if (predictions[0].shape.rank() > 2) {
    specs.push_back({without_last_axis(predictions[0].shape), predictions[0].dtype});
  }
  if (options_.from_logits) specs.push_back(predictions[0]);
  return specs;
}

template <class T>
void CrossEntropyFunction::forward_as(const LossForwardCall& call) const {
  const auto [examples, outputs] = examples_of(call.predictions[0].shape());
  const std::int64_t classes = call.predictions[0].shape()[-1];
  const std::int64_t per_example = outputs / classes;
  T* losses = call.losses.as<T>();
  T* row_losses = per_example == 1 ? losses : call.scratch.front().as<T>();
  T* in = call.predictions[0].as<T>();
  T* z_to_p = call.fused || !options_.from_logits ? in : call.scratch.back().as<T>();

  parallel_for(call.context, examples, example_grain(outputs), [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t first = begin * per_example;
    const Rows<T> rows = rows_of<T>(call.targets[0], classes, first, (end - begin) * per_example);
    const std::int64_t offset = first * classes;
    if (z_to_p != in) {
      std::memcpy(z_to_p + offset, in + offset, static_cast<std::size_t>(rows.count * classes) * sizeof(T));
    }
    if (call.fused || options_.from_logits) {
      forward_from_logits(call.context, rows, z_to_p + offset, row_losses + first);
    } else {
      forward_from_probabilities(rows, in + offset, row_losses + first);
    }
    if (per_example != 1) mean_of_rows(end - begin, per_example, row_losses + first, losses + begin);
  });
}

template <class T>
void CrossEntropyFunction::backward_as(const LossBackwardCall& call) const {
  const auto [examples, outputs] = examples_of(call.predictions[0].shape());
  const std::int64_t classes = call.predictions[0].shape()[-1];
  const std::int64_t per_example = outputs / classes;
  const T* scales = call.scales.as<const T>();
  T* row_scales = per_example == 1 ? nullptr : call.scratch.front().as<T>();
  const T* in = call.predictions[0].as<const T>();
  const Gradient& gradient = call.d_predictions[0];

  parallel_for(call.context, examples, example_grain(outputs), [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t first = begin * per_example;
    const Rows<T> rows = rows_of<T>(call.targets[0], classes, first, (end - begin) * per_example);
    const T* row_scale = scales + begin;
    if (row_scales != nullptr) {
      spread_over_rows(end - begin, per_example, scales + begin, row_scales + first);
      row_scale = row_scales + first;
    }
    const T* p = in + first * classes;
    T* out = gradient.tensor.as<T>() + first * classes;
    if (!call.fused && !options_.from_logits) {
      backward_from_probabilities(rows, p, row_scale, out, gradient.adds());
      return;
    }
    if (!call.fused) {
      T* softmax = call.scratch.back().as<T>() + first * classes;
      call.context.kernels<T>().softmax(rows.count, classes, p, softmax);
      p = softmax;
    }
    backward_from_logits(call.context, rows, p, row_scale, out, gradient.adds());
  });
}

}  // namespace

std::shared_ptr<const LossFunction> make_cross_entropy(const Config::Map& options) {
  return std::make_shared<CrossEntropyFunction>(
      from_map<CrossEntropyFields, losses::CrossEntropyOptions>(options, "CrossEntropy"));
}

losses::CrossEntropy::CrossEntropy(CrossEntropyOptions options)
    : Loss(std::make_shared<CrossEntropyFunction>(options)) {}

}  // namespace laminar
