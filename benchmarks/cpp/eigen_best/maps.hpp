// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include <Eigen/Core>

namespace laminar::bench::eigen_best {

template <class T>
using Vector = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>;
template <class T>
using ConstVector = Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>>;

template <class T>
Vector<T> vector(T* data, std::int64_t n) {
  return {data, n};
}
template <class T>
ConstVector<T> vector(const T* data, std::int64_t n) {
  return {data, n};
}

}  // namespace laminar::bench::eigen_best
