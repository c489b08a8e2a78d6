// SPDX-License-Identifier: BSD-3-Clause
//
// y[n] = factor x[n];  y[n] += factor x[n];  x[n] = min(max(x[n], -limit), limit);
// average[n] += share (x[n] - average[n])
#include "entries.hpp"
#include "simd/loops.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

template <class T>
void scale(int64_t n, T factor, const T* x, T* y) {
  const Vec<T> f = broadcast(factor);
  for_each_vector<T>(n, [=](int64_t i, auto lanes) { store(y + i, f * load(x + i, lanes), lanes); });
}

template <class T>
void clip(int64_t n, T limit, T* x) {
  const Vec<T> upper = broadcast(limit), lower = broadcast(-limit);
  for_each_vector<T>(
      n, [=](int64_t i, auto lanes) { store(x + i, min(upper, max(lower, load<T>(x + i, lanes))), lanes); });
}

template <class T>
void move_average(int64_t n, T share, const T* x, T* average) {
  const Vec<T> fresh = broadcast(share);
  for_each_vector<T>(n, [=](int64_t i, auto lanes) {
    const Vec<T> before = load<T>(average + i, lanes);
    store(average + i, fma(fresh, load(x + i, lanes) - before, before), lanes);
  });
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

}  // namespace laminar::kernels::LAMINAR_ISA
