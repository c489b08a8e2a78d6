// SPDX-License-Identifier: BSD-3-Clause
#include <pybind11/numpy.h>

#include "bindings.hpp"
#include "config_caster.hpp"
#include "laminar/error.hpp"
#include "schedules/schedule_rule.hpp"

namespace py = pybind11;

namespace laminar {
namespace {

void expect_not_negative(std::int64_t value, const char* name) {
  if (value < 0) throw ValueError(std::string(name) + ": expected 0 or more, got " + std::to_string(value));
}

double rate(const ScheduleRule& self, std::int64_t step, std::int64_t epoch) {
  expect_not_negative(step, "step");
  expect_not_negative(epoch, "epoch");
  return self.rate({.step = step, .epoch = epoch});
}

py::array_t<double> rates(const ScheduleRule& self, std::int64_t steps, std::int64_t steps_per_epoch) {
  expect_not_negative(steps, "steps");
  if (steps_per_epoch < 1) {
    throw ValueError("steps_per_epoch: expected at least 1, got " + std::to_string(steps_per_epoch));
  }
  py::array_t<double> result(static_cast<py::ssize_t>(steps));
  double* values = result.mutable_data();
  for (std::int64_t step = 0; step < steps; ++step) {
    values[step] = self.rate({.step = step, .epoch = step / steps_per_epoch});
  }
  return result;
}

}  // namespace

void bind_schedules(py::module_& module) {
  // The holder is of a const rule: optimizers share it.
  py::class_<ScheduleRule, std::shared_ptr<ScheduleRule>>(module, "Schedule",
                                                          "A learning rate that depends on the progress of training.")
      .def(py::init([](const std::string& type, py::handle options) {
             return std::const_pointer_cast<ScheduleRule>(make_schedule(type, to_config_map(options, type)));
           }),
           py::arg("type"), py::arg("options"))
      .def_property_readonly("type", [](const ScheduleRule& self) { return std::string(self.type()); })
      .def_property_readonly("options", [](const ScheduleRule& self) { return from_config_map(self.options()); })
      .def("rate", rate, py::arg("step"), py::arg("epoch"))
      .def("rates", rates, py::arg("steps"), py::arg("steps_per_epoch"));
}

}  // namespace laminar
