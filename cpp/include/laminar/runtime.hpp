// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

namespace laminar {

/// Instruction sets that were built and that this CPU and operating system run, best first; the last is "generic".
const std::vector<std::string>& available_isas();

/// What models compute with unless told otherwise: the set that the environment variable LAMINAR_ISA names, else the
/// best available one. ValueError when LAMINAR_ISA names none that is available.
const std::string& default_isa();

/// The threads that models use unless told otherwise: LAMINAR_NUM_THREADS, else OMP_NUM_THREADS, else the CPUs this
/// process may run on (affinity and cgroup quota). ValueError when a variable is not a whole number above 0.
int default_threads();

}  // namespace laminar
