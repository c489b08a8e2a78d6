// SPDX-License-Identifier: BSD-3-Clause
//
// The kernel tables that were built and that this CPU can run, the generic one first.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "kernels/table.hpp"

namespace laminar::test {

inline const std::vector<kernels::KernelTable>& tables() {
  static const std::vector<kernels::KernelTable> all = [] {
    std::vector<kernels::KernelTable> found(1);
    kernels::generic::fill(found[0]);
    const auto add = [&](void (*fill)(kernels::KernelTable&)) {
      found.push_back(found[0]);
      fill(found.back());
    };
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    if (avx2) add(kernels::avx2::fill);
    if (avx512) add(kernels::avx512::fill);
    return found;
  }();
  return all;
}

/// Around every multiple of a vector's length, and nothing at all
inline const std::vector<int64_t> kSizes = {0, 1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 64, 65, 100, 1000};

template <class T>
std::vector<T> random_vector(int64_t n, uint32_t seed, T low = T(-2), T high = T(2)) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<T> uniform(low, high);
  std::vector<T> values(static_cast<size_t>(n));
  for (T& value : values) value = uniform(engine);
  return values;
}

/// What stands behind the last element of an array and must still stand there afterwards
template <class T>
constexpr T kGuard = T(12345);

template <class T>
std::vector<T> guarded(std::vector<T> values) {
  values.insert(values.end(), 32, kGuard<T>);
  return values;
}

}  // namespace laminar::test
