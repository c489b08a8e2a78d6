// SPDX-License-Identifier: BSD-3-Clause
//
// p[rows, columns] = exp(z - max z) / sum exp(z - max z) by rows, its gradient, and cross-entropy
#include "entries.hpp"
#include "simd/loops.hpp"
#include "simd/math.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

/// A NaN may be missed here; it comes back through exp and the sum.
template <class T>
T largest(int64_t n, const T* z) {
  const T lowest = -MathConstants<T>::kInfinity;
  Vec<T> maximum = broadcast(lowest);
  for_each_vector<T>(
      n, [&](int64_t i, auto lanes) { maximum = max(maximum, fill_absent(load(z + i, lanes), lowest, lanes)); });
  return reduce_max(maximum);
}

template <class T>
T sum(int64_t n, const T* x) {
  Vec<T> total = broadcast(T(0));
  for_each_vector<T>(n, [&](int64_t i, auto lanes) { total = total + load(x + i, lanes); });
  return reduce_add(total);
}

/// p = softmax(z) of one row; gives sum_j exp(z_j - max z).
template <class T>
T softmax_row(int64_t n, T maximum, const T* z, T* p) {
  const Vec<T> shift = broadcast(maximum);
  Vec<T> total = broadcast(T(0));
  for_each_vector<T>(n, [&](int64_t i, auto lanes) {
    const Vec<T> e = exp(load(z + i, lanes) - shift);
    store(p + i, e, lanes);
    total = total + fill_absent(e, T(0), lanes);
  });
  const T mass = reduce_add(total);
  const Vec<T> inverse = broadcast(T(1) / mass);
  for_each_vector<T>(n, [&](int64_t i, auto lanes) { store(p + i, load(p + i, lanes) * inverse, lanes); });
  return mass;
}

template <class T>
void softmax(int64_t rows, int64_t columns, const T* z, T* p) {
  for (int64_t r = 0; r < rows; ++r, z += columns, p += columns) softmax_row(columns, largest(columns, z), z, p);
}

template <class T>
void softmax_backward(int64_t rows, int64_t columns, const T* p, const T* dp, T* dz, bool accumulate) {
  for (int64_t r = 0; r < rows; ++r, p += columns, dp += columns, dz += columns) {
    Vec<T> products = broadcast(T(0));
    for_each_vector<T>(
        columns, [&](int64_t i, auto lanes) { products = fma(load(p + i, lanes), load(dp + i, lanes), products); });
    const Vec<T> mean = broadcast(reduce_add(products));
    for_each_vector<T>(columns, [&](int64_t i, auto lanes) {
      const Vec<T> gradient = load(p + i, lanes) * (load(dp + i, lanes) - mean);
      store(dz + i, accumulate ? load(dz + i, lanes) + gradient : gradient, lanes);
    });
  }
}

/// sum_j y_j (max z - z_j), where a target of 0 adds nothing even if its logit is -infinity
template <class T>
T weighted_distance(int64_t n, T maximum, const T* z, const T* y) {
  const Vec<T> top = broadcast(maximum), zero = broadcast(T(0));
  Vec<T> total = zero;
  for_each_vector<T>(n, [&](int64_t i, auto lanes) {
    const Vec<T> target = load(y + i, lanes);
    total = total + select(equal(target, zero), zero, target * (top - load(z + i, lanes)));
  });
  return reduce_add(total);
}

template <class T>
void cross_entropy(const CrossEntropyArgs<T>& args) {
  const int64_t columns = args.columns;
  for (int64_t r = 0; r < args.rows; ++r) {
    if (columns == 0) {
      args.losses[r] = 0;
      continue;
    }
    T* z = args.z_to_p + r * columns;
    const T* y = args.targets ? args.targets + r * columns : nullptr;
    const T maximum = largest<T>(columns, z);
    const T mass = y ? sum(columns, y) : T(1);
    const T distance = y ? weighted_distance(columns, maximum, z, y) : maximum - z[args.labels[r]];
    const T log_sum = first_lane(log(broadcast(softmax_row<T>(columns, maximum, z, z))));
    args.losses[r] = distance + mass * log_sum;
  }
}

template <class T>
void cross_entropy_backward(const CrossEntropyBackwardArgs<T>& args) {
  const int64_t columns = args.columns;
  for (int64_t r = 0; r < args.rows; ++r) {
    const T* p = args.p + r * columns;
    const T* y = args.targets ? args.targets + r * columns : nullptr;
    T* dz = args.dz + r * columns;
    const Vec<T> scale = broadcast(args.scales[r]), mass = broadcast(y ? sum(columns, y) : T(1));
    for_each_vector<T>(columns, [&](int64_t i, auto lanes) {
      const Vec<T> target = y ? load(y + i, lanes) : broadcast(T(0));
      const Vec<T> gradient = scale * (load(p + i, lanes) * mass - target);
      store(dz + i, args.accumulate ? load(dz + i, lanes) + gradient : gradient, lanes);
    });
    if (args.labels && columns > 0) dz[args.labels[r]] -= args.scales[r];
  }
}

template <class T>
void enter(Kernels<T>& kernels) {
  kernels.softmax = softmax<T>;
  kernels.softmax_backward = softmax_backward<T>;
  kernels.cross_entropy = cross_entropy<T>;
  kernels.cross_entropy_backward = cross_entropy_backward<T>;
}

}  // namespace

void fill_softmax(KernelTable& table) {
  enter(table.f32);
  enter(table.f64);
}

}  // namespace laminar::kernels::LAMINAR_ISA
