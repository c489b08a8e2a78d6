// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "core/context.hpp"
#include "laminar/activation.hpp"

namespace laminar {

/// A matrix that is read: element (i, j) lies at data[i * row_stride + j * column_stride].
template <class T>
struct MatrixView {
  const T* data;
  std::int64_t row_stride;
  std::int64_t column_stride;

  MatrixView transposed() const { return {data, column_stride, row_stride}; }
};

template <class T>
MatrixView<T> row_major(const T* data, std::int64_t columns) {
  return {data, columns, 1};
}

/// What happens to a product on its way to memory.
template <class T>
struct Epilogue {
  bool accumulate = false;
  const T* bias = nullptr;
  ActivationSpec activation = {};
  T* pre_activation = nullptr;  ///< keeps A B + bias, laid out like C
};

/// C[m, n] = act(A[m, k] B[k, n] + bias), or C += A B; C is row-major without gaps.
///
/// The output is cut into tiles by its shape alone and threads share out whole tiles, so the bits do
/// not depend on how many there are.
template <class T>
void gemm(const Context& context, std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, MatrixView<T> b,
          T* c, const Epilogue<T>& epilogue);

}  // namespace laminar
