// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <pybind11/pybind11.h>

#include "losses/loss_function.hpp"

namespace laminar {

/// A loss that a Python callable computes: (y_true, y_pred) -> (losses (m,), d losses / d y_pred).
class CallableLoss final : public LossFunction {
 public:
  explicit CallableLoss(pybind11::object function) : function_(std::move(function)) {}
  ~CallableLoss() override;

  std::string_view type() const override { return "Callable"; }
  Config::Map options() const override;  ///< only names: a file holds no code
  const pybind11::object& function() const { return function_; }

  std::vector<TargetSpec> targets(std::span<const TensorSpec> predictions,
                                  std::span<const TensorSpec> given) const override;
  std::vector<TensorSpec> saved(std::span<const TensorSpec> predictions) const override;
  void forward(const LossForwardCall& call) const override;
  void backward(const LossBackwardCall& call) const override;

 private:
  pybind11::object function_;
};

}  // namespace laminar
