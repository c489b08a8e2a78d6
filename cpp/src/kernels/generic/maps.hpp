// SPDX-License-Identifier: BSD-3-Clause
//
// Eigen views of raw pointers. Its threads are off and its cache sizes fixed by the build, as both change bits.
#pragma once

#include <stdint.h>

#include <Eigen/Core>

namespace laminar::kernels::generic {

template <class T>
using Vector = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>;
template <class T>
using ConstVector = Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>>;

template <class T>
Vector<T> vector(T* data, int64_t n) {
  return Vector<T>(data, n);
}
template <class T>
ConstVector<T> vector(const T* data, int64_t n) {
  return ConstVector<T>(data, n);
}

/// Sums in the order of the elements: Eigen's own sum depends on how the pointer is aligned.
template <class Expression>
auto ordered_sum(const Expression& x) {
  typename Expression::Scalar total = 0;
  for (int64_t i = 0; i < x.size(); ++i) total += x(i);
  return total;
}

}  // namespace laminar::kernels::generic
