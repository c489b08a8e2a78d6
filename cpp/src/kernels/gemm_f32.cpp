// SPDX-License-Identifier: BSD-3-Clause
#include "entries.hpp"
#include "gemm_forms.hpp"

namespace laminar::kernels::LAMINAR_ISA {

void fill_gemm_f32(KernelTable& table) { enter(table.f32); }

}  // namespace laminar::kernels::LAMINAR_ISA
