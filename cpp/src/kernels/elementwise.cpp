// SPDX-License-Identifier: BSD-3-Clause
//
// out[n] = x[n] + y[n];  g[n] += l2 w[n] + l1 sign(w[n])
#include "entries.hpp"
#include "simd/loops.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

template <class T>
void add(int64_t n, const T* x, const T* y, T* out) {
  for_each_vector<T>(n, [=](int64_t i, auto lanes) { store(out + i, load(x + i, lanes) + load(y + i, lanes), lanes); });
}

template <class T>
void add_penalty_gradient(int64_t n, T l1, T l2, const T* w, T* g) {
  const Vec<T> absolute = broadcast(l1), square = broadcast(l2), sign_bit = broadcast(T(-0.0)), zero = broadcast(T(0));
  for_each_vector<T>(n, [=](int64_t i, auto lanes) {
    const Vec<T> weight = load(w + i, lanes);
    const Vec<T> signed_one = bit_or(broadcast(T(1)), bit_and(weight, sign_bit));
    const Vec<T> sign = select(equal(weight, zero), zero, signed_one);
    store(g + i, load(g + i, lanes) + fma(square, weight, absolute * sign), lanes);
  });
}

}  // namespace

void fill_elementwise(KernelTable& table) {
  table.f32.add = add<float>;
  table.f64.add = add<double>;
  table.f32.add_penalty_gradient = add_penalty_gradient<float>;
  table.f64.add_penalty_gradient = add_penalty_gradient<double>;
}

}  // namespace laminar::kernels::LAMINAR_ISA
