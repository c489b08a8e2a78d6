// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "support/close.hpp"
#include "support/tables.hpp"
#include "support/upper_halves.hpp"

namespace laminar::test {
namespace {

using kernels::KernelTable;

const Activation kAll[] = {Activation::kLinear, Activation::kSigmoid,   Activation::kTanh,
                           Activation::kRelu,   Activation::kLeakyRelu, Activation::kElu,
                           Activation::kSelu,   Activation::kGelu,      Activation::kGeluTanh,
                           Activation::kSilu,   Activation::kSoftplus,  Activation::kExponential};

template <class T>
T activated(const KernelTable& table, Activation activation, T z) {
  T a = 0;
  table.of<T>().activate({1, activation, T(0.25), &z, &a});
  return a;
}

/// act'(z), times da = 1
template <class T>
T derivative(const KernelTable& table, Activation activation, T z) {
  const T a = activated(table, activation, z), da = 1;
  T dz = 0;
  table.of<T>().activate_backward({1, activation, T(0.25), &z, &a, &da, &dz, false});
  return dz;
}

// Instructions of the baseline, which follow, are slow for as long as upper halves are in use. Compilers clear them
// from -O2 on, which kernels under sanitizers are not compiled with.
#ifndef __SANITIZE_ADDRESS__
TEST_CASE_TEMPLATE("activations leave no upper half of a register in use", T, float, double) {
  if (!knows_upper_halves()) return;
  const std::vector<T> z(40, T(0.5));
  std::vector<T> a(z), dz(z);
  for (const KernelTable& table : tables()) {
    for (const Activation activation : kAll) {
      table.of<T>().activate({40, activation, T(0.1), z.data(), a.data()});
      CHECK_EQ(upper_halves_in_use(), 0);
      table.of<T>().activate_backward({40, activation, T(0.1), z.data(), a.data(), z.data(), dz.data(), false});
      CHECK_EQ(upper_halves_in_use(), 0);
    }
  }
}
#endif

TEST_CASE_TEMPLATE("activations of every instruction set agree", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const Activation activation : kAll) {
      for (const int64_t n : kSizes) {
        const std::vector<T> z = random_vector<T>(n, 1, T(-8), T(8));
        std::vector<T> a = guarded(z), expected = guarded(z), apart = guarded(z);
        tables()[0].of<T>().activate({n, activation, T(0.1), z.data(), expected.data()});
        table.of<T>().activate({n, activation, T(0.1), z.data(), apart.data()});
        table.of<T>().activate({n, activation, T(0.1), a.data(), a.data()});
        CAPTURE(static_cast<int>(activation));
        check_close(a, expected, 8);
        CHECK(a == apart);
      }
    }
  }
}

TEST_CASE_TEMPLATE("activation gradients of every instruction set agree", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const Activation activation : kAll) {
      for (const int64_t n : kSizes) {
        const std::vector<T> z = random_vector<T>(n, 1, T(-8), T(8)), da = random_vector<T>(n, 2);
        std::vector<T> a(z);
        tables()[0].of<T>().activate({n, activation, T(0.1), a.data(), a.data()});
        for (const bool accumulate : {false, true}) {
          std::vector<T> dz = guarded(da), expected = guarded(da);  // in place of da
          tables()[0].of<T>().activate_backward(
              {n, activation, T(0.1), z.data(), a.data(), expected.data(), expected.data(), accumulate});
          table.of<T>().activate_backward(
              {n, activation, T(0.1), z.data(), a.data(), dz.data(), dz.data(), accumulate});
          CAPTURE(static_cast<int>(activation));
          check_close(dz, expected, 32);
        }
      }
    }
  }
}

TEST_CASE("derivatives are the slopes of the functions") {
  const double h = 1e-5;
  for (const KernelTable& table : tables()) {
    for (const Activation activation : kAll) {
      for (const double z : {-9.0, -3.3, -0.7, -1e-3, 2e-3, 0.4, 2.9, 8.0}) {
        const double slope = (activated(table, activation, z + h) - activated(table, activation, z - h)) / (2 * h);
        CAPTURE(static_cast<int>(activation));
        CAPTURE(z);
        CHECK(derivative(table, activation, z) == doctest::Approx(slope).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE_TEMPLATE("activations at zero, infinity and NaN", T, float, double) {
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const T selu_lowest = static_cast<T>(-1.0507009873554804934193349852946 * 1.6732632423543772848170429916717);
  struct Limits {
    Activation activation;
    T at_minus_infinity, at_zero, at_infinity, slope_at_zero;
  };
  const Limits limits[] = {{Activation::kLinear, -inf, 0, inf, 1},
                           {Activation::kSigmoid, 0, T(0.5), 1, T(0.25)},
                           {Activation::kTanh, -1, 0, 1, 1},
                           {Activation::kRelu, 0, 0, inf, 0},
                           {Activation::kLeakyRelu, -inf, 0, inf, T(0.25)},
                           {Activation::kElu, -1, 0, inf, 1},
                           {Activation::kSelu, selu_lowest, 0, inf, -selu_lowest},
                           {Activation::kGelu, 0, 0, inf, T(0.5)},
                           {Activation::kGeluTanh, 0, 0, inf, T(0.5)},
                           {Activation::kSilu, 0, 0, inf, T(0.5)},
                           {Activation::kSoftplus, 0, T(0.693147180559945309), inf, T(0.5)},
                           {Activation::kExponential, 0, 1, inf, 1}};
  for (const KernelTable& table : tables()) {
    for (const Limits& limit : limits) {
      const std::string isa = table.isa;
      CAPTURE(isa);
      CAPTURE(static_cast<int>(limit.activation));
      CHECK(close(activated(table, limit.activation, -inf), limit.at_minus_infinity, 2));
      CHECK(close(activated(table, limit.activation, inf), limit.at_infinity, 2));
      for (const T zero : {T(0), T(-0.0)}) {
        CHECK(close(activated(table, limit.activation, zero), limit.at_zero, 2));
        CHECK(close(derivative(table, limit.activation, zero), limit.slope_at_zero, 2));
      }
      CHECK(std::isnan(activated(table, limit.activation, nan)));
      CHECK((limit.activation == Activation::kLinear || std::isnan(derivative(table, limit.activation, nan))));
      if (limit.activation == Activation::kExponential) continue;
      for (const T far : {-inf, inf, T(-1e30), T(1e30)}) CHECK(std::isfinite(derivative(table, limit.activation, far)));
    }
  }
}

}  // namespace
}  // namespace laminar::test
