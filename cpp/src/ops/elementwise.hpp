// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "core/config.hpp"
#include "core/context.hpp"
#include "core/tensor.hpp"
#include "laminar/activation.hpp"

namespace laminar {

/// a = act(z) over a whole tensor, softmax by rows of the last axis; a may be z.
template <class T>
void activate(const Context& context, ActivationSpec activation, MatrixShape shape, const T* z, T* a);

/// dz = da act'(z), or dz += ...; softmax by rows. z is read only where `needs_pre_activation`.
template <class T>
void activate_backward(const Context& context, ActivationSpec activation, MatrixShape shape, const T* z, const T* a,
                       const T* da, T* dz, bool accumulate);

/// y = x, or y += x.
template <class T>
void copy_or_add(const Context& context, std::int64_t n, const T* x, T* y, bool accumulate);

/// out[c] = sum over rows of x[r, c], or += it.
template <class T>
void column_sums(const Context& context, MatrixShape shape, const T* x, T* out, bool accumulate);

/// Whether no element is NaN or infinite.
template <class T>
bool all_finite(const Context& context, std::int64_t n, const T* x);

}  // namespace laminar
