// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "kernels/table.hpp"
#include "laminar/runtime.hpp"

namespace laminar {

/// The table of that name; ValueError, listing the available ones, when there is none.
const kernels::KernelTable& kernel_table(const std::string& isa);

/// The table LAMINAR_ISA names, else the best available one. Read once.
const kernels::KernelTable& default_kernel_table();

}  // namespace laminar
