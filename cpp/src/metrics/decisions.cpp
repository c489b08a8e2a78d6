// SPDX-License-Identifier: BSD-3-Clause
#include "metrics/decisions.hpp"

#include "laminar/error.hpp"

namespace laminar {
namespace {

std::int64_t last_axis(const Shape& shape) { return shape.rank() < 2 ? 1 : shape[-1]; }

}  // namespace

Decisions::Decisions(std::string_view metric, const TensorSpec& predictions, const TargetSpec& targets,
                     double threshold)
    : kind_(kind_of(metric, predictions, targets)), outputs_(last_axis(predictions.shape)), threshold_(threshold) {}

Decisions::Kind Decisions::kind_of(std::string_view metric, const TensorSpec& predictions, const TargetSpec& targets) {
  using Domain = TargetDomain::Kind;
  const Shape& p = predictions.shape;
  const Shape& y = targets.spec.shape;
  if (targets.domain.kind == Domain::kLabels) return Kind::kLabels;
  if (compatible(p, y) && targets.domain.kind != Domain::kNonNegative) {
    // Outputs of binary cross-entropy do not exclude each other; those of squared errors on one-hot rows do.
    const bool multi_label = targets.domain.kind == Domain::kUnitInterval && targets.domain.classes == 0;
    return last_axis(p) == 1 || multi_label ? Kind::kThreshold : Kind::kRows;
  }
  throw ShapeError(std::string(metric) +
                   ": expected class labels, or targets between 0 and 1 of the predictions' shape " + to_string(p) +
                   ", got targets of shape " + to_string(y) + " that are neither");
}

std::int64_t Decisions::per_example(const Shape& predictions) const {
  const std::int64_t outputs = examples_of(predictions).outputs;
  return by_rows() ? outputs / predictions[-1] : outputs;
}

void expect_threshold(double threshold, const std::string& metric) {
  expect(threshold > 0 && threshold < 1, metric + ": threshold", "a number between 0 and 1", threshold);
}

}  // namespace laminar
