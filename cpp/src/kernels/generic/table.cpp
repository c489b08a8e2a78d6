// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/table.hpp"

#include "entries.hpp"

namespace laminar::kernels::generic {

void fill(KernelTable& table) {
  table.isa = "generic";
  fill_activations(table);
  fill_binary_cross_entropy(table);
  fill_column_norm(table);
  fill_dropout(table);
  fill_elementwise(table);
  fill_gaussian_noise(table);
  fill_gemm(table);
  fill_layer_norm(table);
  fill_optimizer_steps(table);
  fill_reduce(table);
  fill_scaling(table);
  fill_softmax(table);
}

}  // namespace laminar::kernels::generic
