// SPDX-License-Identifier: BSD-3-Clause
//
// Eigen at its best: what a user of Eigen would write for speed. The generic table is bound to promises that cost
// time (no allocation, bits that don't depend on alignment, NaN and infinities right everywhere); these are not.
// What is not here is no faster in other words than in the generic table.
#pragma once

#include "cases.hpp"
#include "kernels/table.hpp"

namespace laminar::bench::eigen_best {

void fill_activations(kernels::KernelTable& table);
void fill_rows(kernels::KernelTable& table);
void fill_reductions(kernels::KernelTable& table);
void fill_optimizer_steps(kernels::KernelTable& table);

inline void fill(kernels::KernelTable& table) {
  fill_activations(table);
  fill_rows(table);
  fill_reductions(table);
  fill_optimizer_steps(table);
}

/// Activations in which Eigen gives up accuracy; after `fill`.
void fill_rough_activations(kernels::KernelTable& table);

Products products();

}  // namespace laminar::bench::eigen_best
