// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <limits>

#include "support/close.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

using kernels::KernelTable;

TEST_CASE_TEMPLATE("scaling equals its definition, in place too", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const int64_t n : kSizes) {
      const std::vector<T> x = random_vector<T>(n, 1), y = random_vector<T>(n, 2);
      std::vector<T> scaled = guarded(x), in_place = guarded(x);
      for (int64_t i = 0; i < n; ++i) {
        scaled[i] = T(0.3) * x[i];
      }
      std::vector<T> out = guarded(y);
      table.of<T>().scale(n, T(0.3), x.data(), out.data());
      table.of<T>().scale(n, T(0.3), in_place.data(), in_place.data());
      CHECK(out == scaled);
      CHECK(in_place == scaled);
    }
  }
}

TEST_CASE_TEMPLATE("clipping equals its definition and passes NaN on", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const int64_t n : kSizes) {
      std::vector<T> x = guarded(random_vector<T>(n, 1)), expected = x;
      for (int64_t i = 0; i < n; ++i) {
        if (i % 7 == 3) x[i] = std::numeric_limits<T>::quiet_NaN();
        if (i % 7 == 5) x[i] = std::numeric_limits<T>::infinity() * (i % 2 ? T(1) : T(-1));
        expected[i] = std::isnan(x[i]) ? x[i] : std::min(std::max(x[i], T(-0.7)), T(0.7));
      }
      table.of<T>().clip(n, T(0.7), x.data());
      check_close(x, expected, 0);
    }
  }
}

TEST_CASE_TEMPLATE("a moving average equals its definition; its first value is x itself", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const int64_t n : kSizes) {
      const std::vector<T> x = random_vector<T>(n, 1);
      std::vector<T> average = guarded(random_vector<T>(n, 2)), expected = average, first = guarded(std::vector<T>(n));
      for (int64_t i = 0; i < n; ++i) expected[i] += T(0.1) * (x[i] - expected[i]);
      table.of<T>().move_average(n, T(0.1), x.data(), average.data());
      table.of<T>().move_average(n, T(1), x.data(), first.data());
      check_close(average, expected, 1);
      CHECK(first == guarded(x));
    }
  }
}

}  // namespace
}  // namespace laminar::test
