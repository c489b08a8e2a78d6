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
#include "laminar/metrics.hpp"
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

/// What `compile` is given: a BatchMetric or an ArrayMetric.
class MetricFunction {
 public:
  virtual ~MetricFunction() = default;
  virtual std::string_view type() const = 0;
  virtual Config::Map options() const = 0;
  virtual std::string_view name() const = 0;  ///< the key in History: "accuracy"
};

/// A metric that is computed while batches go by.
class BatchMetric : public MetricFunction {
 public:
  /// ShapeError when this metric has no meaning for such predictions and targets.
  virtual std::unique_ptr<MetricState> start(const TensorSpec& predictions, const TargetSpec& targets) const = 0;
};

/// A metric of whole arrays, after a prediction of all rows.
class ArrayMetric : public MetricFunction {
 public:
  /// y_true as the caller gave it; y_pred (m,) where y_true is (m,) for an output (m, 1); `sample_weight` may be
  /// without data.
  virtual double measure(const View& y_true, const View& y_pred, const View& sample_weight) const = 0;
};

/// By type or name, "Precision" or "precision"; also that of a loss, whose weighted mean it then is.
std::shared_ptr<const MetricFunction> make_metric(const std::string& type, const Config::Map& options = {});

}  // namespace laminar
