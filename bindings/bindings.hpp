// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <pybind11/pybind11.h>

#include "constructed.hpp"

namespace laminar {

// One a topic, each in the file of its name.
void bind_errors(pybind11::module_& module);
void bind_runtime(pybind11::module_& module);
void bind_schedules(pybind11::module_& module);
void bind_layers(pybind11::module_& module);
void bind_losses(pybind11::module_& module);
void bind_metrics(pybind11::module_& module);
void bind_optimizers(pybind11::module_& module);
void bind_model(pybind11::module_& module);
void bind_minimize(pybind11::module_& module);

}  // namespace laminar
