// SPDX-License-Identifier: BSD-3-Clause
//
// The elementary functions as the table shows them: their error over all numbers, flushing, limits, order.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>

#include "core/denormals.hpp"
#include "simd/accuracy.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

using kernels::KernelTable;

template <class T>
struct Error {
  double ulps = 0;
  T at = 0;
};

template <class T>
std::vector<T> values_of(const KernelTable& table, Activation activation, const std::vector<T>& z) {
  std::vector<T> a(z.size());
  table.of<T>().activate({static_cast<int64_t>(z.size()), activation, T(0), z.data(), a.data()});
  return a;
}

/// Calls body(z, exact) for all samples, some thousands at a time.
template <class T, class Body>
void for_samples(const ElementaryFunction& function, Body body) {
  constexpr int64_t kChunk = 8192;
  // float's exponents end at an eighth of double's.
  const long double shrink = sizeof(T) == 4 && function.high - function.low > 100 ? 7 : 1;
  const Samples<T> samples(function.low / shrink, function.high / (function.high > 100 ? shrink : 1));
  std::vector<T> z;
  std::vector<long double> exact;
  for (int64_t start = 0; start < samples.count(); start += kChunk) {
    z.clear();
    exact.clear();
    for (int64_t i = start; i < std::min(start + kChunk, samples.count()); ++i) {
      z.push_back(samples[i]);
      exact.push_back(function.exact(z.back()));
    }
    body(z, exact);
  }
}

/// The largest error of each table from the first on
template <class T>
std::vector<Error<T>> largest_errors(const ElementaryFunction& function, size_t first) {
  std::vector<Error<T>> worst(tables().size());
  for_samples<T>(function, [&](const std::vector<T>& z, const std::vector<long double>& exact) {
    for (size_t t = first; t < tables().size(); ++t) {
      const std::vector<T> a = values_of(tables()[t], function.activation, z);
      for (size_t i = 0; i < z.size(); ++i) {
        const double error = ulps(a[i], exact[i]);
        if (error > worst[t].ulps) worst[t] = {error, z[i]};
      }
    }
  });
  return worst;
}

// The generic table's functions are the C library's: accurate but where they are put together, as in erfc(-z /
// sqrt(2)).
constexpr size_t kFirstOfOurs = 1;

TEST_CASE_TEMPLATE("elementary functions keep their error bounds", T, float, double) {
  for (const ElementaryFunction& function : elementary_functions()) {
    const std::vector<Error<T>> worst = largest_errors<T>(function, kFirstOfOurs);
    for (size_t t = kFirstOfOurs; t < tables().size(); ++t) {
      const std::string isa = tables()[t].isa, name = function.name;
      CAPTURE(isa);
      CAPTURE(name);
      CAPTURE(worst[t].at);
      CHECK(worst[t].ulps <= function.bound_ulps);
    }
  }
}

TEST_CASE_TEMPLATE("elementary functions with denormal numbers flushed", T, float, double) {
  const T smallest = std::numeric_limits<T>::min();
  for (const ElementaryFunction& function : elementary_functions()) {
    std::vector<T> z;
    const Samples<T> samples(function.low / (sizeof(T) == 4 ? 7 : 1), 1);
    for (int64_t i = 0; i < samples.count(); i += 53) z.push_back(samples[i]);
    for (T x = smallest / 64; x < 64 * smallest; x *= T(1.37)) z.insert(z.end(), {x, -x});
    for (size_t t = kFirstOfOurs; t < tables().size(); ++t) {
      const KernelTable& table = tables()[t];
      const std::vector<T> a = [&] {
        const FlushDenormals flushing;
        return values_of(table, function.activation, z);
      }();
      int64_t wrong = 0;
      T wrong_at = 0;
      for (size_t i = 0; i < z.size(); ++i) {
        if (a[i] == z[i]) continue;  // the identity may hand a denormal number on
        const long double exact = function.exact(flushed(z[i]));
        if (std::isnan(exact) ? std::isnan(a[i]) : right_with_flushing(a[i], exact, function.bound_ulps)) continue;
        ++wrong;
        wrong_at = z[i];
      }
      const std::string isa = table.isa, name = function.name;
      CAPTURE(isa);
      CAPTURE(name);
      CAPTURE(wrong_at);
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE_TEMPLATE("exponential at its ends", T, float, double) {
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const T overflow = std::log(std::numeric_limits<T>::max());
  const std::vector<T> z = {0,       T(-0.0), inf, -inf, nan, std::nextafter(overflow, T(0)), overflow + 1,
                            T(1e30), T(-1e30)};
  for (const KernelTable& table : tables()) {
    const std::vector<T> a = values_of(table, Activation::kExponential, z);
    CHECK(a[0] == 1);
    CHECK(a[1] == 1);
    CHECK(a[2] == inf);
    CHECK(a[3] == 0);
    CHECK(std::isnan(a[4]));
    CHECK(std::isfinite(a[5]));
    CHECK(a[6] == inf);
    CHECK(a[7] == inf);
    CHECK(a[8] == 0);
  }
}

TEST_CASE_TEMPLATE("odd functions and gates keep the sign of zero", T, float, double) {
  using enum Activation;
  for (const KernelTable& table : tables()) {
    for (const Activation activation : {kTanh, kElu, kSelu, kSilu, kGelu, kGeluTanh}) {
      const std::vector<T> a = values_of<T>(table, activation, {T(0), T(-0.0)});
      const std::string isa = table.isa;
      CAPTURE(isa);
      CAPTURE(static_cast<int>(activation));
      CHECK((a[0] == 0 && !std::signbit(a[0])));
      CHECK((a[1] == 0 && std::signbit(a[1])));
    }
  }
}

// Checked once for all floats in order; here in windows of neighbours that lie evenly over all exponents.
TEST_CASE("exponential, tanh and elu never fall") {
  constexpr uint32_t kWindow = 1024, kWindows = 2000, kLargest = 0x7F800000;  // infinity
  using enum Activation;
  for (size_t t = kFirstOfOurs; t < tables().size(); ++t) {
    for (const Activation activation : {kExponential, kTanh, kElu}) {
      int64_t falls = 0;
      for (uint32_t window = 0; window < kWindows; ++window) {
        std::vector<float> z;
        for (uint32_t i = 0; i < kWindow; ++i) {
          const uint32_t pattern = window * (kLargest / kWindows) + i;
          float magnitude = 0;
          std::memcpy(&magnitude, &pattern, sizeof magnitude);
          z.push_back(magnitude);
        }
        std::vector<float> negative;
        for (size_t i = z.size(); i > 0; --i) negative.push_back(-z[i - 1]);
        for (const std::vector<float>& rising : {z, negative}) {
          const std::vector<float> a = values_of(tables()[t], activation, rising);
          for (size_t i = 1; i < a.size(); ++i) falls += a[i] < a[i - 1];
        }
      }
      const std::string isa = tables()[t].isa;
      CAPTURE(isa);
      CAPTURE(static_cast<int>(activation));
      CHECK(falls == 0);
    }
  }
}

// laminar_tests --no-skip --test-case="accuracy table*" prints the table of docs/vector_math.md.
TEST_CASE("accuracy table" * doctest::skip()) {
  std::printf("| function | bound |");
  for (const KernelTable& table : tables()) std::printf(" %s float | %s double |", table.isa, table.isa);
  std::printf("\n");
  for (const ElementaryFunction& function : elementary_functions()) {
    const std::vector<Error<float>> floats = largest_errors<float>(function, 0);
    const std::vector<Error<double>> doubles = largest_errors<double>(function, 0);
    std::printf("| %s | %g |", function.name, function.bound_ulps);
    for (size_t t = 0; t < tables().size(); ++t) std::printf(" %.2f | %.2f |", floats[t].ulps, doubles[t].ulps);
    std::printf("\n");
  }
}

}  // namespace
}  // namespace laminar::test
