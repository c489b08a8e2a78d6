// SPDX-License-Identifier: BSD-3-Clause
//
// out[n] = x[n] + y[n];  g[n] += l2 w[n] + l1 sign(w[n])
#include "entries.hpp"
#include "maps.hpp"

namespace laminar::kernels::generic {
namespace {

template <class T>
void add(int64_t n, const T* x, const T* y, T* out) {
  vector(out, n) = vector(x, n) + vector(y, n);
}

template <class T>
void add_penalty_gradient(int64_t n, T l1, T l2, const T* w, T* g) {
  const auto weights = vector(w, n);
  vector(g, n) += l2 * weights + l1 * weights.sign();
}

}  // namespace

void fill_elementwise(KernelTable& table) {
  table.f32.add = add<float>;
  table.f64.add = add<double>;
  table.f32.add_penalty_gradient = add_penalty_gradient<float>;
  table.f64.add_penalty_gradient = add_penalty_gradient<double>;
}

}  // namespace laminar::kernels::generic
