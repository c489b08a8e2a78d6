// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <pybind11/pybind11.h>

#include <string>

#include "metrics/metric.hpp"

namespace laminar {

/// A metric that a Python callable computes: (y_true, y_pred, sample_weight or None) -> float.
class CallableMetric final : public ArrayMetric {
 public:
  CallableMetric(pybind11::object function, std::string name)
      : function_(std::move(function)), name_(std::move(name)) {}
  ~CallableMetric() override;

  std::string_view type() const override { return "Callable"; }
  Config::Map options() const override;  ///< only names: a file holds no code
  std::string_view name() const override { return name_; }
  const pybind11::object& function() const { return function_; }

  double measure(const View& y_true, const View& y_pred, const View& sample_weight) const override;

 private:
  pybind11::object function_;
  std::string name_;
};

}  // namespace laminar
