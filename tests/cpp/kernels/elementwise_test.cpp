// SPDX-License-Identifier: BSD-3-Clause
#include "support/close.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

using kernels::KernelTable;

TEST_CASE_TEMPLATE("add equals its definition", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const int64_t n : kSizes) {
      const std::vector<T> x = random_vector<T>(n, 1), y = random_vector<T>(n, 2);
      std::vector<T> expected = guarded(x), out = guarded(x), in_x = guarded(x), in_y = guarded(y);
      for (int64_t i = 0; i < n; ++i) expected[i] = x[i] + y[i];
      table.of<T>().add(n, x.data(), y.data(), out.data());
      table.of<T>().add(n, in_x.data(), y.data(), in_x.data());
      table.of<T>().add(n, x.data(), in_y.data(), in_y.data());
      CHECK(out == expected);
      CHECK(in_x == expected);
      CHECK(in_y == expected);
    }
  }
}

TEST_CASE_TEMPLATE("penalty gradients equal their definition", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const int64_t n : kSizes) {
      std::vector<T> w = random_vector<T>(n, 1), g = guarded(random_vector<T>(n, 2));
      for (int64_t i = 0; i < n; i += 3) w[i] = i % 2 ? T(0) : T(-0.0);
      std::vector<T> expected = g;
      for (int64_t i = 0; i < n; ++i) {
        const T sign = w[i] > 0 ? T(1) : w[i] < 0 ? T(-1) : T(0);
        expected[i] += T(0.1) * w[i] + T(0.3) * sign;
      }
      table.of<T>().add_penalty_gradient(n, T(0.3), T(0.1), w.data(), g.data());
      check_close(g, expected, 2);
    }
  }
}

}  // namespace
}  // namespace laminar::test
