// SPDX-License-Identifier: BSD-3-Clause
//
// The elementary functions, which only objects of an instruction set may include, as the table shows them.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "support/tables.hpp"

namespace laminar::test {
namespace {

using kernels::KernelTable;

/// Distance in units of the spacing of T at the exact value
template <class T>
double ulps(T value, long double exact) {
  const T nearest = static_cast<T>(exact);
  if (value == nearest || (std::isnan(value) && std::isnan(exact))) return 0;
  if (!std::isfinite(value) || !std::isfinite(nearest)) return std::numeric_limits<double>::infinity();
  const T magnitude = std::abs(nearest);
  const T spacing = std::nextafter(magnitude, std::numeric_limits<T>::infinity()) - magnitude;
  return static_cast<double>(std::abs(static_cast<long double>(value) - exact) / static_cast<long double>(spacing));
}

struct Function {
  Activation activation;
  long double (*exact)(long double);
  long double low, high;  ///< of the dense samples
  double bound_ulps;
};

long double exact_sigmoid(long double z) { return 1 / (1 + std::exp(-z)); }
long double exact_softplus(long double z) { return std::log1p(std::exp(z)); }
long double exact_elu(long double z) { return z > 0 ? z : std::expm1(z); }
long double exact_silu(long double z) { return z * exact_sigmoid(z); }
long double exact_gelu(long double z) { return z * std::erfc(-z * std::sqrt(0.5L)) / 2; }

const Function kFunctions[] = {
    {Activation::kExponential, [](long double z) { return std::exp(z); }, -760, 720, 1.5},
    {Activation::kTanh, [](long double z) { return std::tanh(z); }, -25, 25, 3},
    {Activation::kSigmoid, exact_sigmoid, -760, 50, 3},
    {Activation::kSoftplus, exact_softplus, -700, 60, 3},
    {Activation::kElu, exact_elu, -60, 3, 2},
    {Activation::kSilu, exact_silu, -700, 60, 4},
    {Activation::kGelu, exact_gelu, -36, 10, 5},
};

/// Evenly spaced samples, and around 0 every magnitude that T has.
template <class T>
std::vector<T> samples(long double low, long double high) {
  constexpr int kCount = 400000;
  // float ends at exp(-87) where double ends at exp(-708)
  const long double range = sizeof(T) == 4 ? 8.2L : 1;
  const bool narrow = high - low < 100;
  std::vector<T> points;
  for (int i = 0; i <= kCount; ++i) {
    points.push_back(static_cast<T>((low + (high - low) * i / kCount) / (narrow ? std::sqrt(range) : range)));
  }
  for (T tiny = T(1); tiny > 0; tiny *= T(0.7)) {
    if (tiny < std::numeric_limits<T>::min()) break;
    points.insert(points.end(), {tiny, -tiny});
  }
  return points;
}

TEST_CASE_TEMPLATE("elementary functions keep their error bounds", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const Function& function : kFunctions) {
      // The generic gelu rounds the argument of erfc, which costs digits far out in the lower tail.
      if (&table == &tables()[0] && function.activation == Activation::kGelu) continue;
      const std::vector<T> z = samples<T>(function.low, function.high);
      std::vector<T> a(z.size());
      table.of<T>().activate({static_cast<int64_t>(z.size()), function.activation, T(0), z.data(), a.data()});
      double worst = 0;
      T worst_at = 0;
      for (size_t i = 0; i < z.size(); ++i) {
        const long double exact = function.exact(z[i]);
        const double error = ulps(a[i], exact);
        if (error > worst) worst = error, worst_at = z[i];
      }
      const std::string isa = table.isa;
      CAPTURE(isa);
      CAPTURE(static_cast<int>(function.activation));
      CAPTURE(worst_at);
      CHECK(worst <= function.bound_ulps);
    }
  }
}

TEST_CASE_TEMPLATE("exponential at its ends", T, float, double) {
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const T overflow = std::log(std::numeric_limits<T>::max());
  const std::vector<T> z = {0,       T(-0.0), inf, -inf, nan, std::nextafter(overflow, T(0)), overflow + 1,
                            T(1e30), T(-1e30)};
  for (const KernelTable& table : tables()) {
    std::vector<T> a(z.size());
    table.of<T>().activate({static_cast<int64_t>(z.size()), Activation::kExponential, T(0), z.data(), a.data()});
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

TEST_CASE_TEMPLATE("tanh keeps the sign of zero", T, float, double) {
  for (const KernelTable& table : tables()) {
    const T z[2] = {T(0), T(-0.0)};
    T a[2];
    table.of<T>().activate({2, Activation::kTanh, T(0), z, a});
    CHECK((a[0] == 0 && !std::signbit(a[0])));
    CHECK((a[1] == 0 && std::signbit(a[1])));
  }
}

}  // namespace
}  // namespace laminar::test
