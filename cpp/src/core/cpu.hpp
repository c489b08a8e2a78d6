// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "kernels/table.hpp"

namespace laminar {

/// Instruction sets that were built and that this CPU and operating system run, best first; the last is "generic".
const std::vector<std::string>& available_isas();

/// The table of that name; ValueError, listing the available ones, when there is none.
const kernels::KernelTable& kernel_table(const std::string& isa);

/// The table LAMINAR_ISA names, else the best available one. Read once.
const kernels::KernelTable& default_kernel_table();

}  // namespace laminar
