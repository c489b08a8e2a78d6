// SPDX-License-Identifier: BSD-3-Clause
#include "table.hpp"

#include "entries.hpp"
#include LAMINAR_ISA_HEADER

namespace laminar::kernels::LAMINAR_ISA {

void fill(KernelTable& table) {
  table.isa = kIsaName;
  fill_activations(table);
  fill_binary_cross_entropy(table);
  fill_column_norm(table);
  fill_dropout(table);
  fill_elementwise(table);
  fill_gaussian_noise(table);
  fill_gemm_f32(table);
  fill_gemm_f64(table);
  fill_layer_norm(table);
  fill_optimizer_steps(table);
  fill_reduce(table);
  fill_scaling(table);
  fill_softmax(table);
}

}  // namespace laminar::kernels::LAMINAR_ISA
