// SPDX-License-Identifier: BSD-3-Clause
#include "callable_metric.hpp"

#include "config_caster.hpp"
#include "numpy_views.hpp"

namespace py = pybind11;

namespace laminar {

CallableMetric::~CallableMetric() {
  const py::gil_scoped_acquire gil;
  function_ = py::object();
}

Config::Map CallableMetric::options() const {
  const py::gil_scoped_acquire gil;
  return {{"function", name_of_callable(function_)}, {"name", name_}};
}

double CallableMetric::measure(const View& y_true, const View& y_pred, const View& sample_weight) const {
  const py::gil_scoped_acquire gil;
  // Copies: the callable may keep or change what it is given.
  const py::object weight = sample_weight.data == nullptr ? py::object(py::none()) : copy_of(sample_weight);
  return function_(copy_of(y_true), copy_of(y_pred), weight).cast<double>();
}

}  // namespace laminar
