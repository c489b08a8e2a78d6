// SPDX-License-Identifier: BSD-3-Clause
//
// Each source file of this folder enters its functions into the table.
#pragma once

#include "kernels/table.hpp"

namespace laminar::kernels::generic {

void fill_activations(KernelTable& table);
void fill_binary_cross_entropy(KernelTable& table);
void fill_column_norm(KernelTable& table);
void fill_dropout(KernelTable& table);
void fill_elementwise(KernelTable& table);
void fill_gaussian_noise(KernelTable& table);
void fill_gemm(KernelTable& table);
void fill_layer_norm(KernelTable& table);
void fill_optimizer_steps(KernelTable& table);
void fill_reduce(KernelTable& table);
void fill_scaling(KernelTable& table);
void fill_softmax(KernelTable& table);

// What gemm does to its rows on their way to memory:
template <class T>
void activate(const ActivationArgs<T>& args);
template <class T>
void activate_backward(const ActivationBackwardArgs<T>& args);

}  // namespace laminar::kernels::generic
