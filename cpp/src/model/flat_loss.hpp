// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "model/model_core.hpp"

namespace laminar {

/// J(theta) on fixed data, with theta one vector of double precision: the parameters that train, in the order of their
/// names. Layers behave as at prediction, so that J is the loss that `evaluate` reports. The model is in use as long as
/// this lives; its counters, moments and averages stay as they are.
class ModelCore::FlatLoss {
 public:
  /// Checks the data as `fit` does. All rows are one batch, sparse ones made dense here. The arrays must live on; their
  /// values are read at every evaluation.
  FlatLoss(ModelCore& model, const Context& context, const Arrays& arrays);

  std::int64_t size() const { return size_; }
  void read(double* theta) const;
  void write(const double* theta);
  /// Writes theta, then returns J there and fills its gradient. DivergedError when one of them is not finite.
  double evaluate(const double* theta, double* gradient);

 private:
  ModelCore& model_;
  Context context_;
  Access::Writing guard_;
  WorkspacePool::Lease workspace_;
  std::shared_ptr<const Plan> plan_;
  std::vector<std::size_t> trained_;  // numbers of parameters
  std::int64_t size_ = 0;
};

}  // namespace laminar
