// SPDX-License-Identifier: BSD-3-Clause
#include "bindings.hpp"
#include "callable_metric.hpp"
#include "config_caster.hpp"

namespace py = pybind11;

namespace laminar {

void bind_metrics(py::module_& module) {
  // The holder is of a const function: models share it.
  py::class_<MetricFunction, std::shared_ptr<MetricFunction>>(module, "Metric",
                                                              "What an output is measured by besides its loss.")
      .def(py::init([](const std::string& type, py::handle options) {
             return std::const_pointer_cast<MetricFunction>(make_metric(type, to_config_map(options, type)));
           }),
           py::arg("type"), py::arg("options"))
      .def_static(
          "from_callable",
          [](py::object function, std::string name) -> std::shared_ptr<MetricFunction> {
            return std::make_shared<CallableMetric>(std::move(function), std::move(name));
          },
          py::arg("function"), py::arg("name"))
      .def_property_readonly("type", [](const MetricFunction& self) { return std::string(self.type()); })
      .def_property_readonly("options", [](const MetricFunction& self) { return from_config_map(self.options()); })
      .def_property_readonly("name", [](const MetricFunction& self) { return std::string(self.name()); })
      .def_property_readonly("function", [](const MetricFunction& self) -> py::object {
        const auto* callable = dynamic_cast<const CallableMetric*>(&self);
        return callable == nullptr ? py::object(py::none()) : callable->function();
      });
}

}  // namespace laminar
