// SPDX-License-Identifier: BSD-3-Clause
//
// C[m, n] (+)= A[m, k] B[k, n], then C = act(C + bias[n])
//
// Every element is one chain of fused multiply-adds over k in order, cut at multiples of kDepth only by a store
// and a load of C. So its bits don't depend on the tile that it falls into. (A product with n = 1 and unit strides is a
// dot product in a fixed order of its own.)
#include "entries.hpp"
#include "simd/loops.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

// The register budget: 6 x 4 of 32 registers (or 6 x 2 of 16) accumulate, one row of B (4 or 2) and one number of A
// stand beside them. Narrow tiles are taller, as hiding the latency of fma takes 8 accumulators and more.
constexpr int kWideVectors = kRegisters == 32 ? 4 : 2;
constexpr int kRows = 6;
constexpr int kTallRows = 12;
constexpr int kTallVectors = kWideVectors / 2;
constexpr int kSingleRowVectors = 8;
constexpr int kPanelVectors = kSingleRowVectors;
constexpr int kDepth = 256;    // rows of B in a panel: at most 128 KiB of the level 2 cache
constexpr int kPackRows = 48;  // from so many rows of A on, packing a panel pays for itself

/// At most kPanelVectors vectors of columns and at most kDepth rows of B
template <class T>
struct Panel {
  int64_t k;
  const T* b;
  int64_t b_row_stride;
  int columns;
  bool add;   ///< the sum goes on from what C holds
  bool last;  ///< bias and activation follow

  Panel from_column(int j) const { return {k, b + j, b_row_stride, columns - j, add, last}; }
};

/// Where in A, C and so on a tile begins
template <class T>
struct Corner {
  const T* a;
  T* c;
  const T* bias;
  T* pre_activation;

  Corner from_column(int64_t j) const {
    return {a, c + j, bias ? bias + j : nullptr, pre_activation ? pre_activation + j : nullptr};
  }
};

template <class T, int kTileRows, int kVectors, class Lanes>
[[gnu::noinline]] void multiply_tile(const GemmArgs<T>& args, const Panel<T>& panel, Corner<T> corner,
                                     Lanes last_lanes) {
  using V = Vec<T>;
  constexpr int kLanes = V::kLanes;
  const auto load_vector = [=](const T* p, int j) {
    return j == kVectors - 1 ? load(p + j * kLanes, last_lanes) : load(p + j * kLanes);
  };
  const auto store_vector = [=](T* p, int j, V x) {
    if (j == kVectors - 1) {
      store(p + j * kLanes, x, last_lanes);
    } else {
      store(p + j * kLanes, x);
    }
  };
  const int64_t c_stride = args.c_row_stride, a_stride = args.a_row_stride;

  V sum[kTileRows][kVectors];
#pragma GCC unroll 16
  for (int i = 0; i < kTileRows; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j)
      sum[i][j] = panel.add ? load_vector(corner.c + i * c_stride, j) : broadcast(T(0));
  }

  const T* a = corner.a;
  const T* b = panel.b;
  for (int64_t k = 0; k < panel.k; ++k, a += args.a_column_stride, b += panel.b_row_stride) {
    V row[kVectors];
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) row[j] = load_vector(b, j);
#pragma GCC unroll 16
    for (int i = 0; i < kTileRows; ++i) {
      const V factor = broadcast(a[i * a_stride]);
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) sum[i][j] = fma(factor, row[j], sum[i][j]);
    }
  }

  if (panel.last && corner.bias) {
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) {
      const V bias = load_vector(corner.bias, j);
#pragma GCC unroll 16
      for (int i = 0; i < kTileRows; ++i) sum[i][j] = sum[i][j] + bias;
    }
  }
  if (panel.last && corner.pre_activation) {
#pragma GCC unroll 16
    for (int i = 0; i < kTileRows; ++i) {
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) store_vector(corner.pre_activation + i * c_stride, j, sum[i][j]);
    }
  }
  if (panel.last && args.activation == Activation::kRelu) {
#pragma GCC unroll 16
    for (int i = 0; i < kTileRows; ++i) {
#pragma GCC unroll 16
      for (int j = 0; j < kVectors; ++j) sum[i][j] = max(broadcast(T(0)), sum[i][j]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kTileRows; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) store_vector(corner.c + i * c_stride, j, sum[i][j]);
  }
}

/// Picks the tile with `rows` rows among those with 1 .. kMost.
template <class T, int kVectors, int kMost, class Lanes>
inline void with_rows(int rows, const GemmArgs<T>& args, const Panel<T>& panel, Corner<T> corner, Lanes lanes) {
  if constexpr (kMost > 1) {
    if (rows < kMost) return with_rows<T, kVectors, kMost - 1>(rows, args, panel, corner, lanes);
  }
  multiply_tile<T, kMost, kVectors>(args, panel, corner, lanes);
}

/// Narrow tiles may have kTallRows rows, the widest have one, all others 1 .. kRows.
template <class T, int kVectors, class Lanes>
inline void with_height(int rows, const GemmArgs<T>& args, const Panel<T>& panel, Corner<T> corner, Lanes lanes) {
  if constexpr (kVectors > kWideVectors) {
    multiply_tile<T, 1, kVectors>(args, panel, corner, lanes);
  } else if constexpr (kVectors <= kTallVectors) {
    if (rows == kTallRows) return multiply_tile<T, kTallRows, kVectors>(args, panel, corner, lanes);
    with_rows<T, kVectors, kRows>(rows, args, panel, corner, lanes);
  } else {
    with_rows<T, kVectors, kRows>(rows, args, panel, corner, lanes);
  }
}

/// Picks the tile with so many vectors that `columns` fit in; the last of them may be a part.
template <class T, int kVectors>
inline void with_width(int rows, int columns, const GemmArgs<T>& args, const Panel<T>& panel, Corner<T> corner) {
  constexpr int kLanes = Vec<T>::kLanes;
  if constexpr (kVectors > 1) {
    if (columns <= (kVectors - 1) * kLanes) return with_width<T, kVectors - 1>(rows, columns, args, panel, corner);
  }
  if constexpr (kVectors == kWideVectors || kVectors == kSingleRowVectors) {
    if (columns == kVectors * kLanes) return with_height<T, kVectors>(rows, args, panel, corner, Whole{});
  }
  with_height<T, kVectors>(rows, args, panel, corner, Part{columns - (kVectors - 1) * kLanes});
}

/// So many rows of A come next. Rests are shared out evenly: 7 rows are 4 and 3, not 6 and 1.
template <class T>
int next_rows(int64_t left, int columns) {
  if (left >= kTallRows && columns <= kTallVectors * Vec<T>::kLanes) return kTallRows;
  const int64_t tiles = (left + kRows - 1) / kRows;
  return static_cast<int>((left + tiles - 1) / tiles);
}

/// All rows of one panel: the rows of A stay in the level 1 cache while the tiles beside each other read them.
template <class T>
void multiply_panel(const GemmArgs<T>& args, const Panel<T>& panel, Corner<T> corner) {
  constexpr int kTileColumns = kWideVectors * Vec<T>::kLanes;
  const bool activates = panel.last && args.activation != Activation::kLinear && args.activation != Activation::kRelu;
  for (int64_t row = 0; row < args.m;) {
    const int rows = next_rows<T>(args.m - row, panel.columns);
    if (args.m == 1) {
      with_width<T, kSingleRowVectors>(rows, panel.columns, args, panel, corner);
    } else {
      for (int j = 0; j < panel.columns; j += kTileColumns) {
        const int columns = panel.columns - j < kTileColumns ? panel.columns - j : kTileColumns;
        with_width<T, kWideVectors>(rows, columns, args, panel.from_column(j), corner.from_column(j));
      }
    }
    for (int i = 0; activates && i < rows; ++i) {
      T* c = corner.c + i * args.c_row_stride;
      activate(ActivationArgs<T>{panel.columns, args.activation, args.slope, c, c});
    }
    row += rows;
    corner.a += rows * args.a_row_stride;
    corner.c += rows * args.c_row_stride;
    if (corner.pre_activation) corner.pre_activation += rows * args.c_row_stride;
  }
}

/// packed[k, columns] = B[k, columns] with rows one after the other
template <class T>
void pack(const GemmArgs<T>& args, const T* b, int64_t rows, int columns, T* packed) {
  if (args.b_column_stride == 1) {
    for (int64_t k = 0; k < rows; ++k, b += args.b_row_stride, packed += columns) {
      for_each_vector<T>(columns, [=](int64_t j, auto lanes) { store(packed + j, load(b + j, lanes), lanes); });
    }
    return;
  }
  // Blocks of a few columns, so that both what is read and what is written stays in the level 1 cache.
  constexpr int64_t kBlock = 16;
  for (int64_t first = 0; first < rows; first += kBlock) {
    const int64_t end = first + kBlock < rows ? first + kBlock : rows;
    for (int j = 0; j < columns; ++j) {
      const T* source = b + j * args.b_column_stride;
      for (int64_t k = first; k < end; ++k) packed[k * columns + j] = source[k * args.b_row_stride];
    }
  }
}

template <class T>
void multiply(const GemmArgs<T>& args) {
  constexpr int kPanelColumns = kPanelVectors * Vec<T>::kLanes;
  const bool packs = args.b_column_stride != 1 || args.m >= kPackRows;
  alignas(64) T packed[kDepth * kPanelColumns];
  for (int64_t column = 0; column < args.n; column += kPanelColumns) {
    const int columns = static_cast<int>(args.n - column < kPanelColumns ? args.n - column : kPanelColumns);
    for (int64_t first = 0; first == 0 || first < args.k; first += kDepth) {
      const int64_t rows = args.k - first < kDepth ? args.k - first : kDepth;
      const T* b = args.b + first * args.b_row_stride + column * args.b_column_stride;
      if (packs) pack(args, b, rows, columns, packed);
      const Panel<T> panel{rows,    packs ? packed : b,           packs ? columns : args.b_row_stride,
                           columns, args.accumulate || first > 0, first + kDepth >= args.k};
      const Corner<T> origin{args.a + first * args.a_column_stride, args.c, args.bias, args.pre_activation};
      multiply_panel(args, panel, origin.from_column(column));
    }
  }
}

template <class T>
T dot(int64_t n, const T* x, const T* y) {
  constexpr int kChains = 4, kLanes = Vec<T>::kLanes;
  const Vec<T> zero = broadcast(T(0));
  Vec<T> sums[kChains] = {zero, zero, zero, zero};
  int64_t i = 0;
  for (; i + kChains * kLanes <= n; i += kChains * kLanes) {
    for (int j = 0; j < kChains; ++j) sums[j] = fma(load(x + i + j * kLanes), load(y + i + j * kLanes), sums[j]);
  }
  for_each_vector<T>(
      n - i, [&](int64_t j, auto lanes) { sums[0] = fma(load(x + i + j, lanes), load(y + i + j, lanes), sums[0]); });
  return reduce_add((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

/// c[m] (+)= A[m, k] b[k] with rows of A and b contiguous
template <class T>
void multiply_vector(const GemmArgs<T>& args) {
  const T bias = args.bias ? *args.bias : T(0);
  for (int64_t i = 0; i < args.m; ++i) {
    T* c = args.c + i * args.c_row_stride;
    const T product = dot(args.k, args.a + i * args.a_row_stride, args.b);
    *c = (args.accumulate ? *c + product : product) + bias;
    if (args.pre_activation) args.pre_activation[i * args.c_row_stride] = *c;
  }
  if (args.c_row_stride == 1) return activate(ActivationArgs<T>{args.m, args.activation, args.slope, args.c, args.c});
  for (int64_t i = 0; i < args.m; ++i) {
    T* c = args.c + i * args.c_row_stride;
    activate(ActivationArgs<T>{1, args.activation, args.slope, c, c});
  }
}

template <class T>
void gemm(const GemmArgs<T>& args) {
  if (args.m == 0 || args.n == 0) return;
  const bool plain = !args.bias && !args.pre_activation && args.activation == Activation::kLinear;
  if (args.n == 1 && args.a_column_stride == 1 && args.b_row_stride == 1) {
    multiply_vector(args);
  } else if (args.n == 1 && args.c_row_stride == 1 && args.a_row_stride == 1 && plain) {
    // c^T[1, m] = b^T[1, k] A^T[k, m]: the vectors run along m. This is dW of a layer with one output.
    GemmArgs<T> transposed = args;
    transposed.m = 1;
    transposed.n = args.m;
    transposed.a = args.b;
    transposed.a_row_stride = 0;
    transposed.a_column_stride = args.b_row_stride;
    transposed.b = args.a;
    transposed.b_row_stride = args.a_column_stride;
    transposed.b_column_stride = 1;
    multiply(transposed);
  } else {
    multiply(args);
  }
}

}  // namespace

void fill_gemm(KernelTable& table) {
  table.f32.gemm = gemm<float>;
  table.f64.gemm = gemm<double>;
}

}  // namespace laminar::kernels::LAMINAR_ISA
