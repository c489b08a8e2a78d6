// SPDX-License-Identifier: BSD-3-Clause
//
// Elementary functions with exact values, and samples of all numbers to compare them on.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "laminar/activation.hpp"

namespace laminar::test {

struct ElementaryFunction {
  const char* name;
  Activation activation;
  long double (*exact)(long double);
  long double low, high;  ///< where most of the samples lie: below and above, the function is at its limits
  double bound_ulps;      ///< of avx2 and avx512, float and double
};

const std::vector<ElementaryFunction>& elementary_functions();

/// Distance in units of the spacing of T at the exact value, which is that of denormal numbers where it is denormal
template <class T>
double ulps(T value, long double exact);

/// Whether a value computed with flushing is right: no denormal number, and off by `bound` or, where the exact value
/// is about denormal, by what flushing takes away.
template <class T>
bool right_with_flushing(T value, long double exact, double bound);

/// What flushing reads in place of x
template <class T>
T flushed(T x) {
  return std::abs(x) < std::numeric_limits<T>::min() ? std::copysign(T(0), x) : x;
}

/// Numbers by index, so that they need no memory: bit patterns over all exponents (every float with a stride that is
/// prime), then an even grid over [low, high].
template <class T>
class Samples {
 public:
  Samples(long double low, long double high) : low_(low), high_(high) {}
  std::int64_t count() const { return kPatterns + kGrid + 1; }
  T operator[](std::int64_t i) const;

 private:
#if defined(__SANITIZE_ADDRESS__)
  static constexpr std::int64_t kReduction = 16;
#else
  static constexpr std::int64_t kReduction = 1;
#endif
  static constexpr std::int64_t kStride = 2063 * kReduction;
  static constexpr std::int64_t kPatterns = (sizeof(T) == 4 ? (std::int64_t{1} << 32) / 2063 : 400000) / kReduction;
  static constexpr std::int64_t kGrid = (sizeof(T) == 4 ? 400000 : 800000) / kReduction;
  long double low_, high_;
};

template <class T>
T Samples<T>::operator[](std::int64_t i) const {
  if (i >= kPatterns) {
    const long double share = static_cast<long double>(i - kPatterns) / kGrid;
    return static_cast<T>(low_ + (high_ - low_) * share);
  }
  T x;
  if constexpr (sizeof(T) == 4) {
    const auto pattern = static_cast<std::uint32_t>(i * kStride);
    std::memcpy(&x, &pattern, sizeof x);
  } else {
    // The golden ratio's multiples spread evenly over the upper bits and look random in the lower.
    const std::uint64_t pattern = static_cast<std::uint64_t>(i) * 0x9E3779B97F4A7C15u;
    std::memcpy(&x, &pattern, sizeof x);
  }
  return x;
}

}  // namespace laminar::test
