// SPDX-License-Identifier: BSD-3-Clause
//
// Matrices with statistics and factors of their columns, shared out among threads. Sums run over blocks of a fixed
// number of rows, which are added in order: the bits depend on the shape alone.
#pragma once

#include <cstdint>

#include "core/context.hpp"
#include "core/tensor.hpp"

namespace laminar {

/// Rows and columns of a spec whose axes may be free: rows are kFree where one of them is.
MatrixShape matrix_of(const Shape& shape);

/// Scratch memory of `column_moments` and `column_products`.
Shape partial_shape(MatrixShape shape);

/// mean[c] and (biased) variance[c] over the rows, at least one. The mean may be far from 0.
template <class T>
void column_moments(const Context& context, MatrixShape shape, const T* x, T* partial, T* mean, T* variance);

/// sums[c] = sum_r dy[r, c];  products[c] = sum_r dy[r, c] (x[r, c] - center[c])
template <class T>
void column_products(const Context& context, MatrixShape shape, const T* x, const T* dy, const T* center, T* partial,
                     T* sums, T* products);

/// The kernels of these names, on all rows.
template <class T>
void scale_columns(const Context& context, const kernels::ScaleColumnsArgs<T>& args);
template <class T>
void combine_columns(const Context& context, const kernels::CombineColumnsArgs<T>& args);

}  // namespace laminar
