// SPDX-License-Identifier: BSD-3-Clause
//
// out[columns] (+)= sum_r x[r, columns];  sum x[n]^2 and sum |x[n]| in double
#include "entries.hpp"
#include "maps.hpp"

namespace laminar::kernels::generic {
namespace {

template <class T>
void column_sums(int64_t rows, int64_t columns, const T* x, int64_t row_stride, T* out, bool accumulate) {
  auto sums = vector(out, columns);
  if (!accumulate) sums.setZero();
  for (int64_t r = 0; r < rows; ++r) sums += vector(x + r * row_stride, columns);
}

template <class T>
double sum_of_squares(int64_t n, const T* x) {
  return ordered_sum(vector(x, n).template cast<double>().square());
}

template <class T>
double sum_of_magnitudes(int64_t n, const T* x) {
  return ordered_sum(vector(x, n).template cast<double>().abs());
}

template <class T>
bool all_finite(int64_t n, const T* x) {
  return vector(x, n).isFinite().all();
}

template <class T>
void enter(Kernels<T>& kernels) {
  kernels.column_sums = column_sums<T>;
  kernels.sum_of_squares = sum_of_squares<T>;
  kernels.sum_of_magnitudes = sum_of_magnitudes<T>;
  kernels.all_finite = all_finite<T>;
}

}  // namespace

void fill_reduce(KernelTable& table) {
  enter(table.f32);
  enter(table.f64);
}

}  // namespace laminar::kernels::generic
