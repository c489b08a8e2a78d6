// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "support/close.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

using kernels::KernelTable;

TEST_CASE_TEMPLATE("column sums equal their definition", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const int64_t columns : kSizes) {
      for (const int64_t rows : {0, 1, 6, 33}) {
        for (const bool accumulate : {false, true}) {
          const int64_t stride = columns + 3;
          const std::vector<T> x = random_vector<T>(rows * stride, 1), start = random_vector<T>(columns, 2);
          std::vector<T> sums = guarded(start), expected = guarded(start);
          for (int64_t c = 0; c < columns; ++c) {
            if (!accumulate) expected[c] = 0;
            for (int64_t r = 0; r < rows; ++r) expected[c] += x[r * stride + c];
          }
          table.of<T>().column_sums(rows, columns, x.data(), stride, sums.data(), accumulate);
          CHECK(sums == expected);  // in order, so bit for bit
        }
      }
    }
  }
}

TEST_CASE_TEMPLATE("sums of squares and magnitudes equal their definitions", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const int64_t n : kSizes) {
      const std::vector<T> x = random_vector<T>(n + 1, 1);
      double squares = 0, magnitudes = 0;
      for (int64_t i = 0; i < n; ++i) {
        squares += double{x[i]} * double{x[i]};
        magnitudes += std::abs(double{x[i]});
      }
      CHECK(table.of<T>().sum_of_squares(n, x.data()) == doctest::Approx(squares).epsilon(1e-13));
      CHECK(table.of<T>().sum_of_magnitudes(n, x.data()) == doctest::Approx(magnitudes).epsilon(1e-13));
    }
  }
}

TEST_CASE_TEMPLATE("sums do not depend on the alignment", T, float, double) {
  const int64_t n = 999;
  const std::vector<T> x = random_vector<T>(n, 1);
  for (const KernelTable& table : tables()) {
    const double expected = table.of<T>().sum_of_squares(n, x.data());
    for (int64_t offset = 0; offset < 16; ++offset) {
      std::vector<T> moved(offset);
      moved.insert(moved.end(), x.begin(), x.end());
      CHECK(table.of<T>().sum_of_squares(n, moved.data() + offset) == expected);
    }
  }
}

TEST_CASE_TEMPLATE("all_finite finds every NaN and infinity", T, float, double) {
  using Limits = std::numeric_limits<T>;
  for (const KernelTable& table : tables()) {
    for (const int64_t n : kSizes) {
      std::vector<T> x(n + 1, Limits::max());
      x[n] = Limits::infinity();  // behind the end
      CHECK(table.of<T>().all_finite(n, x.data()));
      for (int64_t i = 0; i<n; i += n> 100 ? 37 : 1) {
        for (const T poison : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()}) {
          x[i] = poison;
          CHECK_FALSE(table.of<T>().all_finite(n, x.data()));
        }
        x[i] = Limits::denorm_min();
      }
    }
  }
}

}  // namespace
}  // namespace laminar::test
