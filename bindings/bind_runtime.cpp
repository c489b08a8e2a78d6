// SPDX-License-Identifier: BSD-3-Clause
#include <pybind11/stl.h>

#include <atomic>

#include "bindings.hpp"
#include "core/build_info.hpp"
#include "core/cpu.hpp"
#include "core/parallel.hpp"
#include "laminar/error.hpp"
#include "laminar/version.hpp"
#include "runtime.hpp"

namespace py = pybind11;

namespace laminar {
namespace {

std::atomic<int> threads{1};

void set_num_threads(py::int_ n) {
  const long value = PyLong_AsLong(n.ptr());
  if (value < 1 || value > 4096) {
    PyErr_Clear();
    throw ValueError("n: expected a number of threads from 1 to 4096, got " + std::string(py::str(n)));
  }
  threads = static_cast<int>(value);
}

}  // namespace

Context current_context() {
  static const kernels::KernelTable& table = default_kernel_table();
  return {&table, threads.load(std::memory_order_relaxed), nullptr};
}

void bind_runtime(py::module_& module) {
  threads = default_threads();
  default_kernel_table();  // an unusable LAMINAR_ISA is an error at import
  module.def("set_num_threads", set_num_threads, py::arg("n"));
  module.def("get_num_threads", [] { return threads.load(); });
  module.def("isa", [] { return std::string(default_kernel_table().isa); });
  module.def("available_isas", available_isas);
  module.def("build_info", [] {
    py::dict info;
    info["version"] = kVersion;
    for (const auto& [key, value] : build_info()) info[py::str(key)] = value;
    return info;
  });
}

}  // namespace laminar
