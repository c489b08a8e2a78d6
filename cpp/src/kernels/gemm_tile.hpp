// SPDX-License-Identifier: BSD-3-Clause
//
// The micro-kernel of gemm: one tile of C in registers, and the choice of a tile by its size.
//
// The register budget: 6 x 4 of 32 registers (or 6 x 2 of 16) accumulate, one row of B (4 or 2) and one number of A
// stand beside them. Narrow tiles are taller, as hiding the latency of fma takes 8 accumulators and more.
#pragma once

#include <type_traits>

#include "entries.hpp"
#include "simd/loops.hpp"
#include "simd/math.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

constexpr int kWideVectors = kRegisters == 32 ? 4 : 2;
constexpr int kRows = 6;
constexpr int kTallRows = 12;
constexpr int kTallVectors = kWideVectors / 2;
constexpr int kSingleRowVectors = 8;

/// Rows of A: number k of row i lies at data[i * row_stride + k * column_stride].
template <class T>
struct Rows {
  const T* data;
  int64_t row_stride, column_stride;

  Rows from(int64_t row) const { return {data + row * row_stride, row_stride, column_stride}; }
};

constexpr int kSteps = 4;  // of k at a time: no branches between them, and one line fetched ahead

template <class T>
constexpr int64_t kLine = 64 / sizeof(T);

/// Some columns of some rows of B; its columns lie next to each other, in groups of kWideVectors vectors.
template <class T>
struct TileColumns {
  int64_t k;
  const T* b;
  int64_t row_stride;
  int64_t group_stride;
  int columns;
  bool add;        ///< the sum is added to what C holds
  bool last;       ///< what follows the product follows now
  const T* ahead;  ///< lines to fetch, one for every kSteps steps, or null
  // Of several groups the last, whose rows may lie closer together.
  const T* last_group = nullptr;
  int64_t last_stride = 0;
};

/// C, and what has its strides.
template <class T>
struct Output {
  int64_t stride;
  T* c;
  const T* bias;
  T* pre_activation;
  const T* derivative_a;
  bool relu;             ///< done in registers, as is
  bool relu_derivative;  ///< this
};

/// Where in C a tile begins.
struct Corner {
  int64_t row, column;
};

template <class T, int kTileRows, int kVectors, class Lanes>
[[gnu::noinline]] void multiply_tile(const Rows<T>& rows, const TileColumns<T>& tile, const Output<T>& output,
                                     Corner corner, Lanes last_lanes) {
  using V = Vec<T>;
  constexpr int kLanes = V::kLanes;
  const auto load_vector = [=](const T* p, int j) {
    return j == kVectors - 1 ? load(p + j * kLanes, last_lanes) : load(p + j * kLanes);
  };
  constexpr int kLastGroup = (kVectors - 1) / kWideVectors;
  const T* last_group = tile.last_group;
  const auto load_b = [&](const T* p, int j) {
    const int group = j / kWideVectors;
    p = kLastGroup > 0 && group == kLastGroup ? last_group : p + group * tile.group_stride;
    p += j % kWideVectors * kLanes;
    return j == kVectors - 1 ? load(p, last_lanes) : load(p);
  };
  const auto store_vector = [=](T* p, int j, V x) {
    if (j == kVectors - 1) {
      store(p + j * kLanes, x, last_lanes);
    } else {
      store(p + j * kLanes, x);
    }
  };

  const int64_t stride = output.stride, start = corner.row * stride + corner.column;
  T* const c = output.c + start;
  // C lies in a far cache: it comes while the products are summed.
#pragma GCC unroll 16
  for (int i = 0; i < kTileRows; ++i) {
#pragma GCC unroll 16
    for (int64_t j = 0; j < kVectors * kLanes; j += kLine<T>) __builtin_prefetch(c + i * stride + j, 1);
  }
  V sum[kTileRows][kVectors];
#pragma GCC unroll 16
  for (int i = 0; i < kTileRows; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) sum[i][j] = broadcast(T(0));
  }

  const auto add_product = [&](const T* a, int64_t a_row_stride, const T* b) {
    V row[kVectors];
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) row[j] = load_b(b, j);
#pragma GCC unroll 16
    for (int i = 0; i < kTileRows; ++i) {
      const V factor = broadcast(a[i * a_row_stride]);
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) sum[i][j] = fma(factor, row[j], sum[i][j]);
    }
  };
  const T* a = rows.data;
  const T* b = tile.b;
  constexpr int64_t kPackedStride = kVectors * kLanes;
  constexpr bool kWide = kVectors == kWideVectors && kIsWhole<Lanes>;
  // Steps whose length is known when compiled cost no additions, several at a time no branches.
  const auto add_products = [&](auto a_row_stride, auto a_step) {
    int64_t k = 0;
    if (tile.ahead) {
      for (const T* ahead = tile.ahead; k + kSteps <= tile.k; k += kSteps, ahead += kLine<T>) {
        __builtin_prefetch(ahead, 0, 2);
#pragma GCC unroll 4
        for (int step = 0; step < kSteps; ++step)
          add_product(a + (k + step) * a_step, a_row_stride, b + (k + step) * kPackedStride);
      }
    }
#pragma GCC unroll 4
    for (; k < tile.k; ++k) add_product(a + k * a_step, a_row_stride, b + k * kPackedStride);
  };
  if (kWide && tile.row_stride == kPackedStride && rows.row_stride == 1 && rows.column_stride == kTileRows) {
    add_products(std::integral_constant<int64_t, 1>{}, std::integral_constant<int64_t, kTileRows>{});
  } else if (kWide && tile.row_stride == kPackedStride && rows.column_stride == 1) {
    add_products(rows.row_stride, std::integral_constant<int64_t, 1>{});
  } else {
#pragma GCC unroll 4
    for (int64_t k = 0; k < tile.k; ++k, a += rows.column_stride, b += tile.row_stride) {
      add_product(a, rows.row_stride, b);
      if constexpr (kLastGroup > 0) last_group += tile.last_stride;
    }
  }

  if (tile.add) {
#pragma GCC unroll 16
    for (int i = 0; i < kTileRows; ++i) {
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) sum[i][j] = load_vector(c + i * stride, j) + sum[i][j];
    }
  }
  if (tile.last && output.bias) {
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) {
      const V bias = load_vector(output.bias + corner.column, j);
#pragma GCC unroll 16
      for (int i = 0; i < kTileRows; ++i) sum[i][j] = sum[i][j] + bias;
    }
  }
  if (tile.last && output.pre_activation) {
#pragma GCC unroll 16
    for (int i = 0; i < kTileRows; ++i) {
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) store_vector(output.pre_activation + start + i * stride, j, sum[i][j]);
    }
  }
  if (tile.last && output.relu) {
#pragma GCC unroll 16
    for (int i = 0; i < kTileRows; ++i) {
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) sum[i][j] = max(broadcast(T(0)), sum[i][j]);
    }
  }
  if (tile.last && output.relu_derivative) {
#pragma GCC unroll 16
    for (int i = 0; i < kTileRows; ++i) {
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) {
        const V activated = load_vector(output.derivative_a + start + i * stride, j);
        sum[i][j] = sum[i][j] * by_sign(activated, broadcast(T(1)), broadcast(T(0)));
      }
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kTileRows; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) store_vector(c + i * stride, j, sum[i][j]);
  }
}

/// Picks the tile with `height` rows among those with 1 .. kMost.
template <class T, int kVectors, int kMost, class Lanes>
inline void with_rows(int height, const Rows<T>& rows, const TileColumns<T>& tile, const Output<T>& output,
                      Corner corner, Lanes lanes) {
  if constexpr (kMost > 1) {
    if (height < kMost) return with_rows<T, kVectors, kMost - 1>(height, rows, tile, output, corner, lanes);
  }
  multiply_tile<T, kMost, kVectors>(rows, tile, output, corner, lanes);
}

/// Narrow tiles may have kTallRows rows, the widest have one, all others 1 .. kRows.
template <class T, int kVectors, class Lanes>
inline void with_height(int height, const Rows<T>& rows, const TileColumns<T>& tile, const Output<T>& output,
                        Corner corner, Lanes lanes) {
  if constexpr (kVectors > kWideVectors) {
    multiply_tile<T, 1, kVectors>(rows, tile, output, corner, lanes);
  } else {
    if constexpr (kVectors <= kTallVectors) {
      if (height == kTallRows) return multiply_tile<T, kTallRows, kVectors>(rows, tile, output, corner, lanes);
    }
    with_rows<T, kVectors, kRows>(height, rows, tile, output, corner, lanes);
  }
}

/// Picks the tile with so many vectors that the columns fit in; the last of them may be a part.
template <class T, int kVectors>
inline void with_width(int height, const Rows<T>& rows, const TileColumns<T>& tile, const Output<T>& output,
                       Corner corner) {
  constexpr int kLanes = Vec<T>::kLanes;
  const int columns = tile.columns;
  if constexpr (kVectors > 1) {
    if (columns <= (kVectors - 1) * kLanes) return with_width<T, kVectors - 1>(height, rows, tile, output, corner);
  }
  if constexpr (kVectors == kWideVectors || kVectors == kSingleRowVectors) {
    if (columns == kVectors * kLanes) return with_height<T, kVectors>(height, rows, tile, output, corner, Whole{});
  }
  with_height<T, kVectors>(height, rows, tile, output, corner, Part{columns - (kVectors - 1) * kLanes});
}

/// Cuts `total` into the fewest stretches of at most `most`, as even as multiples of `unit` allow: one stretch's
/// length.
inline int64_t even_stretch(int64_t total, int64_t most, int64_t unit) {
  const int64_t units = (total + unit - 1) / unit;
  const int64_t stretches = (units * unit + most - 1) / most;
  return stretches <= 1 ? most : (units + stretches - 1) / stretches * unit;
}

}  // namespace
}  // namespace laminar::kernels::LAMINAR_ISA
