// SPDX-License-Identifier: BSD-3-Clause
#include <pybind11/pybind11.h>

#include "bindings.hpp"
#include "laminar/version.hpp"

PYBIND11_MODULE(_core, module) {
  module.doc() = "The compiled core of laminar.";
  module.attr("__version__") = laminar::kVersion;
  laminar::bind_errors(module);
  laminar::bind_runtime(module);
  laminar::bind_layers(module);
  laminar::bind_losses(module);
  laminar::bind_metrics(module);
  laminar::bind_schedules(module);
  laminar::bind_optimizers(module);
  laminar::bind_model(module);
  laminar::bind_minimize(module);
}
