// SPDX-License-Identifier: BSD-3-Clause
//
// y[n] = factor x[n];  y[n] += factor x[n];  x[n] = min(max(x[n], -limit), limit);
// average[n] += share (x[n] - average[n])
#include "entries.hpp"
#include "maps.hpp"

namespace laminar::kernels::generic {
namespace {

template <class T>
void scale(int64_t n, T factor, const T* x, T* y) {
  vector(y, n) = factor * vector(x, n);
}

template <class T>
void clip(int64_t n, T limit, T* x) {
  auto values = vector(x, n);
  // NaN is neither below nor above.
  values = (values < -limit).select(-limit, (values > limit).select(limit, values));
}

template <class T>
void move_average(int64_t n, T share, const T* x, T* average) {
  auto averages = vector(average, n);
  averages += share * (vector(x, n) - averages);
}

template <class T>
void enter(Kernels<T>& kernels) {
  kernels.scale = scale<T>;
  kernels.clip = clip<T>;
  kernels.move_average = move_average<T>;
}

}  // namespace

void fill_scaling(KernelTable& table) {
  enter(table.f32);
  enter(table.f64);
}

}  // namespace laminar::kernels::generic
