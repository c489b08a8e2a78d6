// SPDX-License-Identifier: BSD-3-Clause
#include "metrics/outputs.hpp"

namespace laminar {

std::int64_t outputs_of(std::string_view metric, const TensorSpec& predictions, const TargetSpec& targets) {
  const Shape& p = predictions.shape;
  const Shape& y = targets.spec.shape;
  if (targets.domain.kind == TargetDomain::Kind::kLabels || !compatible(p, y)) {
    throw ShapeError(std::string(metric) + ": expected numbers of the predictions' shape " + to_string(p) +
                     " as targets, got " +
                     (targets.domain.kind == TargetDomain::Kind::kLabels ? "class labels" : "shape " + to_string(y)));
  }
  if (p.rank() < 2) return 1;
  if (p[-1] != kFree) return p[-1];
  throw ShapeError(std::string(metric) + ": expected a known number of outputs, got predictions of shape " +
                   to_string(p));
}

}  // namespace laminar
