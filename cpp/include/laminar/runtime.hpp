// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// What this machine offers: instruction sets and threads.
#pragma once

#include <string>
#include <vector>

namespace laminar {

/// Instruction sets that were built and that this CPU and operating system run.
///
/// \code{.cpp}
/// assert(available_isas().back() == "generic");
/// Model<float> model(Sequential{Dense({.units = 1})}, {.isa = available_isas().front()});
/// \endcode
///
/// \return "avx512", "avx2" and "generic", or some of them: best first, and "generic", which is always there, last
const std::vector<std::string>& available_isas();

/// What models compute with unless told otherwise: the set that the environment variable LAMINAR_ISA names, else the
/// best available one. The variable is read once.
/// \return one of `available_isas()`
/// \throws ValueError if LAMINAR_ISA names none that is available
const std::string& default_isa();

/// The threads that models use unless told otherwise: LAMINAR_NUM_THREADS, else OMP_NUM_THREADS, else the CPUs this
/// process may run on (affinity and cgroup quota).
/// \return at least 1
/// \throws ValueError if a variable is not a whole number above 0
int default_threads();

}  // namespace laminar
