// SPDX-License-Identifier: BSD-3-Clause
//
// Sums in Eigen's own order, which depends on how the array is aligned
#include "eigen_best.hpp"
#include "maps.hpp"

namespace laminar::bench::eigen_best {
namespace {

template <class T>
double sum_of_squares(std::int64_t n, const T* x) {
  return vector(x, n).template cast<double>().square().sum();
}

template <class T>
double sum_of_magnitudes(std::int64_t n, const T* x) {
  return vector(x, n).template cast<double>().abs().sum();
}

/// 0 x is 0, and NaN where x is infinite or NaN.
template <class T>
bool all_finite(std::int64_t n, const T* x) {
  return (vector(x, n) * T(0)).sum() == T(0);
}

template <class T>
void enter(kernels::Kernels<T>& table) {
  table.sum_of_squares = sum_of_squares<T>;
  table.sum_of_magnitudes = sum_of_magnitudes<T>;
  table.all_finite = all_finite<T>;
}

}  // namespace

void fill_reductions(kernels::KernelTable& table) {
  enter(table.f32);
  enter(table.f64);
}

}  // namespace laminar::bench::eigen_best
