// SPDX-License-Identifier: BSD-3-Clause
//
// What the sources of one instruction set show each other. Each is compiled once per instruction
// set, with the name of its namespace in LAMINAR_ISA and its vocabulary in LAMINAR_ISA_HEADER.
#pragma once

#include "table.hpp"

namespace laminar::kernels::LAMINAR_ISA {

void fill_activations(KernelTable& table);
void fill_binary_cross_entropy(KernelTable& table);
void fill_column_norm(KernelTable& table);
void fill_dropout(KernelTable& table);
void fill_elementwise(KernelTable& table);
void fill_gaussian_noise(KernelTable& table);
// One element type a source: a program that uses one of them need not have the other in memory.
void fill_gemm_f32(KernelTable& table);
void fill_gemm_f64(KernelTable& table);
void fill_layer_norm(KernelTable& table);
void fill_optimizer_steps(KernelTable& table);
void fill_reduce(KernelTable& table);
void fill_scaling(KernelTable& table);
void fill_softmax(KernelTable& table);

// What gemm does to its tiles on their way to memory:
void activate(const ActivationArgs<float>& args);
void activate(const ActivationArgs<double>& args);
void activate_backward(const ActivationBackwardArgs<float>& args);
void activate_backward(const ActivationBackwardArgs<double>& args);
void column_sums(int64_t rows, int64_t columns, const float* x, int64_t row_stride, float* out, bool accumulate);
void column_sums(int64_t rows, int64_t columns, const double* x, int64_t row_stride, double* out, bool accumulate);

}  // namespace laminar::kernels::LAMINAR_ISA
