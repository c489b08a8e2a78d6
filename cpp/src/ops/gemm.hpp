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

/// A matrix as `pack` left it.
template <class T>
struct PackedMatrix {
  const T* data;
};

/// What happens to a product on its way to memory.
template <class T>
struct Epilogue {
  bool accumulate = false;
  const T* bias = nullptr;
  ActivationSpec activation = {};
  T* pre_activation = nullptr;  ///< keeps A B + bias, laid out like C

  /// C *= act'(a) afterwards, for an act whose derivative a tells (laid out like C).
  ActivationSpec derivative = {};
  const T* derivative_a = nullptr;

  T* b_sums = nullptr;  ///< b_sums[n] (+)= sum over k of B[k, n]
  bool add_b_sums = false;
};

/// C[m, n] = act(A[m, k] B[k, n] + bias), or C += A B; C is row-major without gaps.
///
/// Threads share out parts of C. The bits of an element don't depend on its part, so they don't depend on how many
/// threads there are.
template <class T>
void gemm(const Context& context, std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, MatrixView<T> b,
          T* c, const Epilogue<T>& epilogue);
/// The same bits with a B that was packed before; A's columns lie next to each other.
template <class T>
void gemm(const Context& context, std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, PackedMatrix<T> b,
          T* c, const Epilogue<T>& epilogue);

/// Copies B[k, n] in the order in which gemm reads it fastest: k * n numbers.
template <class T>
void pack(const Context& context, std::int64_t k, std::int64_t n, const T* b, T* packed);

}  // namespace laminar
