// SPDX-License-Identifier: BSD-3-Clause
//
// From predictions to classes: argmax_j p_rj of row r (the first maximum wins), or [p > threshold] of an output that
// stands alone, beside the true class: the label, argmax_j y_rj, or [y > 1/2].
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "losses/loss_function.hpp"

namespace laminar {

class Decisions {
 public:
  /// ShapeError, beginning with the metric's name, when nothing is decided between such predictions and targets.
  Decisions(std::string_view metric, const TensorSpec& predictions, const TargetSpec& targets, double threshold);

  /// Whether an example belongs to exactly one class; else each output is a yes or no of its own.
  bool exclusive() const { return kind_ != Kind::kThreshold || outputs_ == 1; }
  /// Whether rows are compared as a whole, with a class for each of their outputs.
  bool by_rows() const { return kind_ != Kind::kThreshold; }
  /// Classes where they exclude each other, 2 of an output that stands alone; else outputs. kFree where not known.
  std::int64_t classes() const { return exclusive() && !by_rows() ? 2 : outputs_; }

  /// Decisions that make up an example.
  std::int64_t per_example(const Shape& predictions) const;

  /// body(decision, predicted class, true class) for the decisions from `begin` to `end` whose target is known.
  template <class T, class Body>
  void for_each(const Tensor& predictions, const Tensor& targets, std::int64_t begin, std::int64_t end,
                const Body& body) const;

 private:
  enum class Kind {
    kLabels,     ///< rows of classes against int32 labels
    kRows,       ///< rows of classes against rows of classes
    kThreshold,  ///< each output on its own
  };
  static Kind kind_of(std::string_view metric, const TensorSpec& predictions, const TargetSpec& targets);

  Kind kind_;
  std::int64_t outputs_;  ///< of a row
  double threshold_;
};

template <class T>
std::int64_t argmax(const T* row, std::int64_t n) {
  return std::max_element(row, row + n) - row;
}

template <class T, class Body>
void Decisions::for_each(const Tensor& predictions, const Tensor& targets, std::int64_t begin, std::int64_t end,
                         const Body& body) const {
  const T* p = predictions.as<const T>();
  const std::int64_t n = outputs_;
  if (kind_ == Kind::kLabels) {
    const std::int32_t* labels = targets.as<const std::int32_t>();
    for (std::int64_t r = begin; r < end; ++r) body(r, argmax(p + r * n, n), std::int64_t{labels[r]});
    return;
  }
  const T* y = targets.as<const T>();
  if (kind_ == Kind::kRows) {
    for (std::int64_t r = begin; r < end; ++r) body(r, argmax(p + r * n, n), argmax(y + r * n, n));
    return;
  }
  const T threshold = static_cast<T>(threshold_);
  for (std::int64_t r = begin; r < end; ++r) {
    if (!std::isnan(y[r])) body(r, std::int64_t{p[r] > threshold}, std::int64_t{y[r] > T(0.5)});
  }
}

/// ValueError unless 0 < threshold < 1.
void expect_threshold(double threshold, const std::string& metric);

}  // namespace laminar
