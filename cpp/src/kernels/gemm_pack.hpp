// SPDX-License-Identifier: BSD-3-Clause
//
// Copies of parts of A and B in the order in which tiles read them.
#pragma once

#include "gemm_tile.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

constexpr int64_t kAhead = 8;  // so many rows that lie apart are fetched ahead: no hardware prefetcher follows them

/// out[j, i] = in[i, j] for i < height, j < width, both at most kLanes; with `add` the block is added to `out`.
template <class T>
inline void transpose_block(const T* in, int64_t in_stride, int height, int width, T* out, int64_t out_stride,
                            bool add) {
  constexpr int kLanes = Vec<T>::kLanes;
  Vec<T> rows[kLanes];
  if (height == kLanes && width == kLanes) {
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) rows[i] = load(in + i * in_stride);
  } else {
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) rows[i] = i < height ? load_first(in + i * in_stride, width) : broadcast(T(0));
  }
  transpose(rows);
  if (height == kLanes && width == kLanes && !add) {
#pragma GCC unroll 16
    for (int j = 0; j < kLanes; ++j) store(out + j * out_stride, rows[j]);
    return;
  }
#pragma GCC unroll 16
  for (int j = 0; j < kLanes; ++j) {
    if (j >= width) break;
    T* to = out + j * out_stride;
    store_first(to, add ? load_first(to, height) + rows[j] : rows[j], height);
  }
}

/// out[columns, rows] (+)= in[rows, columns]^T
template <class T>
void transpose_matrix(int64_t rows, int64_t columns, const T* in, int64_t in_stride, T* out, int64_t out_stride,
                      bool add) {
  constexpr int64_t kLanes = Vec<T>::kLanes;
  for (int64_t i = 0; i < rows; i += kLanes) {
    const int height = static_cast<int>(rows - i < kLanes ? rows - i : kLanes);
    for (int64_t j = 0; j < columns; j += kLanes) {
      const int width = static_cast<int>(columns - j < kLanes ? columns - j : kLanes);
      transpose_block(in + i * in_stride + j, in_stride, height, width, out + j * out_stride + i, out_stride, add);
    }
  }
}

/// For one tile of `width` columns after another packed[k, width] = B[k, width], its rows one after the other.
template <class T>
void pack_columns(int64_t depth, int64_t columns, int64_t width, const T* b, int64_t row_stride, int64_t column_stride,
                  T* packed) {
  const auto for_each_tile = [=](auto body) {
    for (int64_t j = 0; j < columns; j += width) body(j, columns - j < width ? columns - j : width, packed + j * depth);
  };
  if (column_stride == 1) {
    // A few tiles at a time: rows are read in longer stretches, but tiles whose distance is a large power of two share
    // the few places of one cache set.
    constexpr int64_t kTiles = 4;
    for (int64_t first = 0; first < columns; first += kTiles * width) {
      const int64_t end = columns - first < kTiles * width ? columns : first + kTiles * width;
      for (int64_t k = 0; k < depth; ++k) {
        for (int64_t j = first; j < end; j += width) {
          const int64_t count = end - j < width ? end - j : width;
          const T* from = b + k * row_stride + j;
          T* to = packed + j * depth + k * count;
          __builtin_prefetch(from + kAhead * row_stride);
          for_each_vector<T>(count, [=](int64_t i, auto lanes) { store(to + i, load(from + i, lanes), lanes); });
        }
      }
    }
  } else if (row_stride == 1) {
    for_each_tile([=](int64_t j, int64_t count, T* tile) {
      transpose_matrix(count, depth, b + j * column_stride, column_stride, tile, count, false);
    });
  } else {
    for_each_tile([=](int64_t j, int64_t count, T* tile) {
      for (int64_t k = 0; k < depth; ++k) {
        for (int64_t i = 0; i < count; ++i) tile[k * count + i] = b[k * row_stride + (j + i) * column_stride];
      }
    });
  }
}

/// Some vectors of numbers that stand next to each other, from the last to the first: what a store writes beyond
/// `count` numbers is written again by those that follow.
template <class T, class Body>
inline void for_each_vector_backwards(int64_t count, Body body) {
  constexpr int64_t kLanes = Vec<T>::kLanes;
  for (int64_t i = (count - 1) / kLanes * kLanes; i >= 0; i -= kLanes) body(i);
}

/// tile[k, height] = A[height, k]^T for k in one vector, of which `count` are there.
template <class T>
[[gnu::always_inline]] inline void pack_vector_of_rows(int count, int height, const T* a, int64_t row_stride, T* tile) {
  constexpr int kLanes = Vec<T>::kLanes;
  for_each_vector_backwards<T>(height, [=](int64_t i) {
    Vec<T> block[kLanes];
#pragma GCC unroll 16
    for (int r = 0; r < kLanes; ++r) {
      const T* row = a + (i + r) * row_stride;
      block[r] = i + r >= height ? broadcast(T(0)) : count == kLanes ? load(row) : load_first(row, count);
    }
    transpose(block);
#pragma GCC unroll 16
    for (int c = 0; c < kLanes; ++c) {
      if (c < count) store(tile + c * height + i, block[c]);
    }
  });
}

/// tile[k, height] = A[height, k]^T, A's rows being far apart and their numbers next to each other. Writes up to kLanes
/// numbers behind the tile, as whole stores are faster than masked ones.
template <class T>
void pack_tile_from_rows(int64_t depth, int height, const T* a, int64_t row_stride, T* tile) {
  constexpr int kLanes = Vec<T>::kLanes;
  int64_t k = 0;
  for (; k + kLanes <= depth; k += kLanes) {
    // The next tile's rows.
    for (int i = 0; i < height; ++i) __builtin_prefetch(a + (height + i) * row_stride + k);
    if (height == kRows) {
      pack_vector_of_rows(kLanes, kRows, a + k, row_stride, tile + k * kRows);
    } else {
      pack_vector_of_rows(kLanes, height, a + k, row_stride, tile + k * height);
    }
  }
  if (k < depth) pack_vector_of_rows(static_cast<int>(depth - k), height, a + k, row_stride, tile + k * height);
}

}  // namespace
}  // namespace laminar::kernels::LAMINAR_ISA
