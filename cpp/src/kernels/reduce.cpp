// SPDX-License-Identifier: BSD-3-Clause
//
// out[columns] (+)= sum_r x[r, columns];  sum x[n]^2 and sum |x[n]| in double
#include "entries.hpp"
#include "simd/loops.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

/// Whole cache lines of a row at once: kVectors accumulators go down the rows.
template <class T, int kVectors, class Lanes>
inline void sum_panel(int64_t rows, const T* x, int64_t row_stride, T* out, bool accumulate, Lanes lanes) {
  constexpr int kLanes = Vec<T>::kLanes;
  Vec<T> sums[kVectors];
  for (int j = 0; j < kVectors; ++j) sums[j] = accumulate ? load<T>(out + j * kLanes, lanes) : broadcast(T(0));
  for (int64_t r = 0; r < rows; ++r, x += row_stride) {
    for (int j = 0; j < kVectors; ++j) sums[j] = sums[j] + load(x + j * kLanes, lanes);
  }
  for (int j = 0; j < kVectors; ++j) store(out + j * kLanes, sums[j], lanes);
}

/// A few long rows at once: they are read as they lie in memory, and the sums stay in the level 1 cache.
template <class T>
inline void add_rows(int64_t rows, int64_t columns, const T* x, int64_t row_stride, T* out, bool accumulate) {
  constexpr int64_t kBlock = 8;
  for (int64_t r = 0; r < rows; r += kBlock, x += kBlock * row_stride, accumulate = true) {
    const int64_t count = rows - r < kBlock ? rows - r : kBlock;
    for_each_vector<T>(columns, [=](int64_t c, auto lanes) {
      Vec<T> sum = accumulate ? load<T>(out + c, lanes) : broadcast(T(0));
      for (int64_t i = 0; i < count; ++i) sum = sum + load(x + i * row_stride + c, lanes);
      store(out + c, sum, lanes);
    });
  }
}

template <class T>
void sum_columns(int64_t rows, int64_t columns, const T* x, int64_t row_stride, T* out, bool accumulate) {
  constexpr int kVectors = 4, kPanel = kVectors * Vec<T>::kLanes;
  constexpr int64_t kLongRow = 2048 / static_cast<int64_t>(sizeof(T));
  if (rows > 0 && columns >= kLongRow) return add_rows(rows, columns, x, row_stride, out, accumulate);
  int64_t c = 0;
  for (; c + kPanel <= columns; c += kPanel) {
    sum_panel<T, kVectors>(rows, x + c, row_stride, out + c, accumulate, Whole{});
  }
  for_each_vector<T>(columns - c, [=](int64_t i, auto lanes) {
    sum_panel<T, 1>(rows, x + c + i, row_stride, out + c + i, accumulate, lanes);
  });
}

inline Vec<double> add_square(Vec<double> sum, Vec<double> x) { return fma(x, x, sum); }
inline Vec<double> add_magnitude(Vec<double> sum, Vec<double> x) { return sum + abs(x); }

template <class Add>
inline void add_halves(Vec<double> (&sums)[2], Vec<float> x, Add add) {
  sums[0] = add(sums[0], lower_double(x));
  sums[1] = add(sums[1], upper_double(x));
}
template <class Add>
inline void add_halves(Vec<double> (&sums)[2], Vec<double> x, Add add) {
  sums[0] = add(sums[0], x);
}

/// Eight accumulators hide the latency of the addition; lanes that are absent are 0 and add nothing.
template <class T, class Add>
inline double sum_in_double(int64_t n, const T* x, Add add) {
  constexpr int kChains = 4, kLanes = Vec<T>::kLanes;
  const Vec<double> zero = broadcast(0.0);
  Vec<double> sums[kChains][2] = {{zero, zero}, {zero, zero}, {zero, zero}, {zero, zero}};
  int64_t i = 0;
  for (; i + kChains * kLanes <= n; i += kChains * kLanes) {
    for (int j = 0; j < kChains; ++j) add_halves(sums[j], load(x + i + j * kLanes), add);
  }
  for_each_vector<T>(n - i, [&](int64_t j, auto lanes) { add_halves(sums[0], load(x + i + j, lanes), add); });
  const Vec<double> lower = (sums[0][0] + sums[1][0]) + (sums[2][0] + sums[3][0]);
  const Vec<double> upper = (sums[0][1] + sums[1][1]) + (sums[2][1] + sums[3][1]);
  return reduce_add(lower + upper);
}

template <class T>
double sum_of_squares(int64_t n, const T* x) {
  return sum_in_double(n, x, [](Vec<double> sum, Vec<double> y) { return add_square(sum, y); });
}

template <class T>
double sum_of_magnitudes(int64_t n, const T* x) {
  return sum_in_double(n, x, [](Vec<double> sum, Vec<double> y) { return add_magnitude(sum, y); });
}

/// 0 * x is NaN where x is not finite, and stays so in the sum.
template <class T>
bool all_finite(int64_t n, const T* x) {
  constexpr int kChains = 4, kLanes = Vec<T>::kLanes;
  const Vec<T> zero = broadcast(T(0));
  Vec<T> sums[kChains] = {zero, zero, zero, zero};
  int64_t i = 0;
  for (; i + kChains * kLanes <= n; i += kChains * kLanes) {
    for (int j = 0; j < kChains; ++j) sums[j] = fma(load(x + i + j * kLanes), zero, sums[j]);
  }
  for_each_vector<T>(n - i, [&](int64_t j, auto lanes) { sums[0] = fma(load(x + i + j, lanes), zero, sums[0]); });
  return all(equal((sums[0] + sums[1]) + (sums[2] + sums[3]), zero));
}

template <class T>
void enter(Kernels<T>& kernels) {
  kernels.column_sums = column_sums;
  kernels.sum_of_squares = sum_of_squares<T>;
  kernels.sum_of_magnitudes = sum_of_magnitudes<T>;
  kernels.all_finite = all_finite<T>;
}

}  // namespace

void column_sums(int64_t rows, int64_t columns, const float* x, int64_t row_stride, float* out, bool accumulate) {
  sum_columns(rows, columns, x, row_stride, out, accumulate);
}
void column_sums(int64_t rows, int64_t columns, const double* x, int64_t row_stride, double* out, bool accumulate) {
  sum_columns(rows, columns, x, row_stride, out, accumulate);
}

void fill_reduce(KernelTable& table) {
  enter(table.f32);
  enter(table.f64);
}

}  // namespace laminar::kernels::LAMINAR_ISA
