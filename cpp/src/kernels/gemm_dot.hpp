// SPDX-License-Identifier: BSD-3-Clause
//
// c[i, j] (+)= sum over k of a[i, k] b[j, k]: products where k runs along the vectors. They waste no lane on a narrow C
// and need no packed panel for a transposed B, but each element costs a sum across lanes.
#pragma once

#include "simd/loops.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

constexpr int kDotRows = 6;
constexpr int kDotColumns = kRegisters == 32 ? 4 : 2;

/// Rows of A and of the transposed B, k numbers next to each other in each.
template <class T>
struct Dots {
  int64_t k;
  const T* a;
  int64_t a_stride;
  const T* b;
  int64_t b_stride;
  T* c;
  int64_t c_stride;
  bool add;
  const T* bias;  ///< of each column, or null
};

/// Every element is one chain over vectors of k, then a sum across lanes: the same bits in a tile of any size.
template <class T, int kTileRows, int kTileColumns>
[[gnu::noinline]] void dot_tile(const Dots<T>& dots) {
  using V = Vec<T>;
  constexpr int kCount = kTileRows * kTileColumns, kFours = (kCount + 3) / 4;
  V sum[kFours][4];  // of the elements in row-major order
#pragma GCC unroll 24
  for (int e = 0; e < 4 * kFours; ++e) sum[e / 4][e % 4] = broadcast(T(0));
  const auto add_vector = [&](int64_t k, auto lanes) {
    V column[kTileColumns];
#pragma GCC unroll 8
    for (int j = 0; j < kTileColumns; ++j) column[j] = load(dots.b + j * dots.b_stride + k, lanes);
#pragma GCC unroll 8
    for (int i = 0; i < kTileRows; ++i) {
      const V row = load(dots.a + i * dots.a_stride + k, lanes);
#pragma GCC unroll 8
      for (int j = 0; j < kTileColumns; ++j) {
        V& element = sum[(i * kTileColumns + j) / 4][(i * kTileColumns + j) % 4];
        element = fma(row, column[j], element);
      }
    }
  };
  for_each_vector<T>(dots.k, add_vector);
  T total[4 * kFours];
#pragma GCC unroll 8
  for (int four = 0; four < kFours; ++four) reduce_add(sum[four], total + 4 * four);
#pragma GCC unroll 8
  for (int i = 0; i < kTileRows; ++i) {
#pragma GCC unroll 8
    for (int j = 0; j < kTileColumns; ++j) {
      T& c = dots.c[i * dots.c_stride + j];
      T value = total[i * kTileColumns + j];
      if (dots.add) value = c + value;
      c = dots.bias ? value + dots.bias[j] : value;
    }
  }
}

template <class T, int kTileRows, int kMost = kDotColumns>
inline void with_dot_columns(int64_t columns, const Dots<T>& dots) {
  if constexpr (kMost > 1) {
    if (columns < kMost) return with_dot_columns<T, kTileRows, kMost - 1>(columns, dots);
  }
  dot_tile<T, kTileRows, kMost>(dots);
}

template <class T, int kMost = kDotRows>
inline void with_dot_rows(int64_t rows, int64_t columns, const Dots<T>& dots) {
  if constexpr (kMost > 1) {
    if (rows < kMost) return with_dot_rows<T, kMost - 1>(rows, columns, dots);
  }
  with_dot_columns<T, kMost>(columns, dots);
}

/// c[m, n] (+)= A[m, k] B[n, k]^T
template <class T>
void multiply_dots(int64_t m, int64_t n, const Dots<T>& dots) {
  for (int64_t i = 0; i < m; i += kDotRows) {
    const int64_t rows = m - i < kDotRows ? m - i : kDotRows;
    for (int64_t j = 0; j < n; j += kDotColumns) {
      Dots<T> tile = dots;
      tile.a += i * dots.a_stride;
      tile.b += j * dots.b_stride;
      tile.c += i * dots.c_stride + j;
      if (dots.bias) tile.bias += j;
      with_dot_rows(rows, n - j, tile);
    }
  }
}

}  // namespace
}  // namespace laminar::kernels::LAMINAR_ISA
