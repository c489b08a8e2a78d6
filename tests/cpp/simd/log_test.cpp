// SPDX-License-Identifier: BSD-3-Clause
//
// The logarithm, which kernels use inside: its error over all positive numbers, its limits, denormal numbers.
#if defined(LAMINAR_HAVE_PROBE_AVX2) || defined(LAMINAR_HAVE_PROBE_AVX512)

#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>

#include "core/denormals.hpp"
#include "simd/accuracy.hpp"
#include "support/tables.hpp"

namespace laminar::test {

namespace avx2 {
void vector_log(int64_t n, const float* x, float* y);
void vector_log(int64_t n, const double* x, double* y);
}  // namespace avx2
namespace avx512 {
void vector_log(int64_t n, const float* x, float* y);
void vector_log(int64_t n, const double* x, double* y);
}  // namespace avx512

namespace {

constexpr double kBoundUlps = 1.5;

template <class T>
struct Logarithm {
  std::string isa;
  void (*compute)(int64_t n, const T* x, T* y);

  std::vector<T> operator()(const std::vector<T>& x) const {
    std::vector<T> y(x.size());
    compute(static_cast<int64_t>(x.size()), x.data(), y.data());
    return y;
  }
};

/// Those that were built and that this CPU can run
template <class T>
std::vector<Logarithm<T>> logarithms() {
  std::vector<Logarithm<T>> all;
  for (const kernels::KernelTable& table : tables()) {
    const std::string isa = table.isa;
#if defined(LAMINAR_HAVE_PROBE_AVX2)
    if (isa == "avx2") all.push_back({isa, avx2::vector_log});
#endif
#if defined(LAMINAR_HAVE_PROBE_AVX512)
    if (isa == "avx512") all.push_back({isa, avx512::vector_log});
#endif
  }
  return all;
}

template <class T>
struct Error {
  double ulps = 0;
  T at = 0;
};

template <class T>
Error<T> largest_error(const Logarithm<T>& logarithm) {
  const Samples<T> samples(0.25, 4);
  std::vector<T> x;
  for (int64_t i = 0; i < samples.count(); ++i) x.push_back(samples[i]);
  const std::vector<T> y = logarithm(x);
  Error<T> worst;
  for (size_t i = 0; i < x.size(); ++i) {
    const double error = ulps(y[i], std::log(static_cast<long double>(x[i])));
    if (error > worst.ulps) worst = {error, x[i]};
  }
  return worst;
}

TEST_CASE_TEMPLATE("logarithm keeps its error bound", T, float, double) {
  for (const Logarithm<T>& logarithm : logarithms<T>()) {
    const Error<T> worst = largest_error(logarithm);
    CAPTURE(logarithm.isa);
    CAPTURE(worst.at);
    CHECK(worst.ulps <= kBoundUlps);
  }
}

// The last row of the table that math_test.cpp prints
TEST_CASE("accuracy table: logarithm" * doctest::skip()) {
  std::printf("| log | %g | - | - |", kBoundUlps);
  const std::vector<Logarithm<float>> floats = logarithms<float>();
  const std::vector<Logarithm<double>> doubles = logarithms<double>();
  for (size_t i = 0; i < floats.size(); ++i) {
    std::printf(" %.2f | %.2f |", largest_error(floats[i]).ulps, largest_error(doubles[i]).ulps);
  }
  std::printf("\n");
}

TEST_CASE_TEMPLATE("logarithm at its ends", T, float, double) {
  using Limits = std::numeric_limits<T>;
  const T inf = Limits::infinity();
  const std::vector<T> x = {T(0), T(-0.0), inf, -inf, Limits::quiet_NaN(), T(-1), -Limits::denorm_min(), T(1)};
  for (const Logarithm<T>& logarithm : logarithms<T>()) {
    CAPTURE(logarithm.isa);
    const std::vector<T> y = logarithm(x);
    CHECK(y[0] == -inf);
    CHECK(y[1] == -inf);
    CHECK(y[2] == inf);
    for (const size_t i : {3, 4, 5, 6}) CHECK(std::isnan(y[i]));
    CHECK(y[7] == 0);
  }
}

TEST_CASE_TEMPLATE("logarithm with denormal numbers flushed", T, float, double) {
  const T smallest = std::numeric_limits<T>::min();
  for (const Logarithm<T>& logarithm : logarithms<T>()) {
    CAPTURE(logarithm.isa);
    const std::vector<T> y = [&] {
      const FlushDenormals flushing;
      return logarithm({smallest / 2, smallest, 2 * smallest, std::numeric_limits<T>::max()});
    }();
    CHECK(y[0] == -std::numeric_limits<T>::infinity());
    CHECK(ulps(y[1], std::log(static_cast<long double>(smallest))) <= kBoundUlps);
    CHECK(ulps(y[2], std::log(2 * static_cast<long double>(smallest))) <= kBoundUlps);
    CHECK(ulps(y[3], std::log(static_cast<long double>(std::numeric_limits<T>::max()))) <= kBoundUlps);
  }
}

}  // namespace
}  // namespace laminar::test

#endif
