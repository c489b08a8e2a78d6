// SPDX-License-Identifier: BSD-3-Clause
//
// mean[columns] and squares[columns] of x[rows, columns], down the rows;  y = (x - center) scale + shift;
// dx = a dy + b (x - center) + shift, with one number a column in all but x, y, dx and dy
#include "entries.hpp"
#include "simd/loops.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

/// Columns are summed in panels of so many vectors, which together hide the latency of the addition.
constexpr int kPanel = 4;

/// body(first column, vectors as an integral constant, lanes) for whole panels and then for single vectors
template <class T, class Body>
[[gnu::always_inline]] inline void for_each_panel(int64_t columns, Body body) {
  constexpr int kWidth = kPanel * Vec<T>::kLanes;
  int64_t c = 0;
  for (; c + kWidth <= columns; c += kWidth) body.template operator()<kPanel>(c, Whole{});
  for_each_vector<T>(columns - c, [&](int64_t i, auto lanes) { body.template operator()<1>(c + i, lanes); });
}

template <class T, int kVectors, class Lanes>
inline void moments_of_panel(int64_t rows, const T* x, int64_t row_stride, T* mean, T* squares, Lanes lanes) {
  constexpr int kLanes = Vec<T>::kLanes;
  const Vec<T> zero = broadcast(T(0)), share = broadcast(T(1) / static_cast<T>(rows));
  // About the first row, what is summed is about as large as the deviations, not as the mean.
  Vec<T> center[kVectors], sum[kVectors], square[kVectors];
  for (int j = 0; j < kVectors; ++j) {
    center[j] = load(x + j * kLanes, lanes);
    sum[j] = zero;
  }
  for (int64_t r = 1; r < rows; ++r) {
    const T* row = x + r * row_stride;
    for (int j = 0; j < kVectors; ++j) sum[j] = sum[j] + (load(row + j * kLanes, lanes) - center[j]);
  }
  for (int j = 0; j < kVectors; ++j) {
    center[j] = fma(sum[j], share, center[j]);
    sum[j] = square[j] = zero;
  }
  for (int64_t r = 0; r < rows; ++r) {
    const T* row = x + r * row_stride;
    for (int j = 0; j < kVectors; ++j) {
      const Vec<T> deviation = load(row + j * kLanes, lanes) - center[j];
      sum[j] = sum[j] + deviation;
      square[j] = fma(deviation, deviation, square[j]);
    }
  }
  // What rounding left out of the mean is in the sum of the deviations.
  for (int j = 0; j < kVectors; ++j) {
    const Vec<T> rest = sum[j] * share;
    store(mean + j * kLanes, center[j] + rest, lanes);
    store(squares + j * kLanes, max(zero, fnmadd(rest, sum[j], square[j])), lanes);
  }
}

template <class T>
void column_moments(const ColumnMomentsArgs<T>& args) {
  for_each_panel<T>(args.columns, [&]<int kVectors>(int64_t c, auto lanes) {
    moments_of_panel<T, kVectors>(args.rows, args.x + c, args.row_stride, args.mean + c, args.squares + c, lanes);
  });
}

template <class T, int kVectors, class Lanes>
inline void products_of_panel(const ColumnProductsArgs<T>& args, int64_t c, Lanes lanes) {
  constexpr int kLanes = Vec<T>::kLanes;
  Vec<T> center[kVectors], sum[kVectors], product[kVectors];
  for (int j = 0; j < kVectors; ++j) {
    center[j] = load(args.center + c + j * kLanes, lanes);
    sum[j] = product[j] = broadcast(T(0));
  }
  for (int64_t r = 0; r < args.rows; ++r) {
    const int64_t row = r * args.row_stride + c;
    for (int j = 0; j < kVectors; ++j) {
      const Vec<T> dy = load(args.dy + row + j * kLanes, lanes);
      sum[j] = sum[j] + dy;
      product[j] = fma(dy, load(args.x + row + j * kLanes, lanes) - center[j], product[j]);
    }
  }
  for (int j = 0; j < kVectors; ++j) {
    store(args.sums + c + j * kLanes, sum[j], lanes);
    store(args.products + c + j * kLanes, product[j], lanes);
  }
}

template <class T>
void column_products(const ColumnProductsArgs<T>& args) {
  for_each_panel<T>(args.columns,
                    [&]<int kVectors>(int64_t c, auto lanes) { products_of_panel<T, kVectors>(args, c, lanes); });
}

/// body(first row, rows as a constant) for groups of so many rows that what is loaded once a column counts little
template <class Body>
[[gnu::always_inline]] inline void for_each_row_group(int64_t rows, Body body) {
  constexpr int kRows = 4;
  int64_t r = 0;
  for (; r + kRows <= rows; r += kRows) body.template operator()<kRows>(r);
  for (; r < rows; ++r) body.template operator()<1>(r);
}

template <class T, class Lanes>
inline Vec<T> load_or_zero(const T* p, int64_t i, Lanes lanes) {
  return p == nullptr ? broadcast(T(0)) : load(p + i, lanes);
}

template <class T, bool kAdd>
void scale_rows(const ScaleColumnsArgs<T>& args) {
  for_each_row_group(args.rows, [&]<int kRows>(int64_t first) {
    for_each_vector<T>(args.columns, [&](int64_t c, auto lanes) {
      const Vec<T> center = load_or_zero(args.center, c, lanes), shift = load_or_zero(args.shift, c, lanes);
      const Vec<T> scale = load(args.scale + c, lanes);
      for (int64_t r = first; r < first + kRows; ++r) {
        const int64_t at = r * args.columns + c;
        const Vec<T> y = fma(load(args.x + at, lanes) - center, scale, shift);
        store(args.y + at, kAdd ? load(args.y + at, lanes) + y : y, lanes);
      }
    });
  });
}

template <class T>
void scale_columns(const ScaleColumnsArgs<T>& args) {
  return args.accumulate ? scale_rows<T, true>(args) : scale_rows<T, false>(args);
}

template <class T, bool kAdd>
void combine_rows(const CombineColumnsArgs<T>& args) {
  for_each_row_group(args.rows, [&]<int kRows>(int64_t first) {
    for_each_vector<T>(args.columns, [&](int64_t c, auto lanes) {
      const Vec<T> center = load(args.center + c, lanes), shift = load(args.shift + c, lanes);
      const Vec<T> a = load(args.a + c, lanes), b = load(args.b + c, lanes);
      for (int64_t r = first; r < first + kRows; ++r) {
        const int64_t at = r * args.columns + c;
        const Vec<T> rest = fma(b, load(args.x + at, lanes) - center, shift);
        const Vec<T> dx = fma(a, load(args.dy + at, lanes), rest);
        store(args.dx + at, kAdd ? load(args.dx + at, lanes) + dx : dx, lanes);
      }
    });
  });
}

template <class T>
void combine_columns(const CombineColumnsArgs<T>& args) {
  return args.accumulate ? combine_rows<T, true>(args) : combine_rows<T, false>(args);
}

template <class T>
void enter(Kernels<T>& kernels) {
  kernels.column_moments = column_moments<T>;
  kernels.scale_columns = scale_columns<T>;
  kernels.column_products = column_products<T>;
  kernels.combine_columns = combine_columns<T>;
}

}  // namespace

void fill_column_norm(KernelTable& table) {
  enter(table.f32);
  enter(table.f64);
}

}  // namespace laminar::kernels::LAMINAR_ISA
