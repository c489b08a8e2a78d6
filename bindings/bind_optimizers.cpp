// SPDX-License-Identifier: BSD-3-Clause
#include "bindings.hpp"
#include "config_caster.hpp"
#include "optimizers/optimizer_rule.hpp"

namespace py = pybind11;

namespace laminar {

void bind_optimizers(py::module_& module) {
  // The holder is of a const rule: models share it.
  py::class_<OptimizerRule, std::shared_ptr<OptimizerRule>>(module, "Optimizer",
                                                            "A rule by which weights move; compile copies it.")
      .def(py::init([](const std::string& type, py::handle options) {
             return std::const_pointer_cast<OptimizerRule>(make_optimizer(type, to_config_map(options, type)));
           }),
           py::arg("type"), py::arg("options"))
      .def_property_readonly("type", [](const OptimizerRule& self) { return std::string(self.type()); })
      .def_property_readonly("options", [](const OptimizerRule& self) { return from_config_map(self.options()); });
}

}  // namespace laminar
