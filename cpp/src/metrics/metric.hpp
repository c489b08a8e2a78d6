// SPDX-License-Identifier: BSD-3-Clause
//
// The seam between metrics and the trainer. A metric adds up batches exactly: its result does not depend on how the
// data was cut.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/config.hpp"
#include "core/context.hpp"
#include "core/tensor.hpp"
#include "losses/loss_function.hpp"

namespace laminar {

/// One metric's sums over the batches seen so far.
class MetricState {
 public:
  virtual ~MetricState() = default;
  virtual void reset() = 0;
  /// `weights` holds one number an example, or is empty for weight 1. Allocates nothing.
  virtual void update(const Context& context, const Tensor& predictions, const Tensor& targets,
                      const Tensor& weights) = 0;
  virtual double result() const = 0;  ///< NaN before the first example
};

class Metric {
 public:
  virtual ~Metric() = default;
  virtual std::string_view name() const = 0;  ///< the key in History: "accuracy"
  /// ShapeError when this metric has no meaning for such predictions and targets.
  virtual std::unique_ptr<MetricState> start(const TensorSpec& predictions, const TargetSpec& targets) const = 0;
};

/// "accuracy", or the name of a loss, whose weighted mean it then is.
std::shared_ptr<const Metric> make_metric(const std::string& name);

}  // namespace laminar
