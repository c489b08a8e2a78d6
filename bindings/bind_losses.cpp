// SPDX-License-Identifier: BSD-3-Clause
#include "bindings.hpp"
#include "callable_loss.hpp"
#include "config_caster.hpp"
#include "laminar/error.hpp"

namespace py = pybind11;

namespace laminar {

void bind_losses(py::module_& module) {
  // The holder is of a const function: models share it.
  py::class_<LossFunction, std::shared_ptr<LossFunction>>(module, "Loss",
                                                          "What an output is measured by; one number an example.")
      .def(py::init([](const std::string& type, py::handle options) {
             return std::const_pointer_cast<LossFunction>(make_loss(type, to_config_map(options, type)));
           }),
           py::arg("type"), py::arg("options"))
      .def_static(
          "from_callable",
          [](py::object function) -> std::shared_ptr<LossFunction> {
            if (PyCallable_Check(function.ptr()) == 0) {
              throw TypeError("loss: expected a name, a loss or a callable, got " +
                              std::string(py::str(py::type::handle_of(function).attr("__name__"))));
            }
            return std::make_shared<CallableLoss>(std::move(function));
          },
          py::arg("function"))
      .def_property_readonly("type", [](const LossFunction& self) { return std::string(self.type()); })
      .def_property_readonly("options", [](const LossFunction& self) { return from_config_map(self.options()); })
      .def_property_readonly("function", [](const LossFunction& self) -> py::object {
        const auto* callable = dynamic_cast<const CallableLoss*>(&self);
        return callable == nullptr ? py::object(py::none()) : callable->function();
      });
}

}  // namespace laminar
