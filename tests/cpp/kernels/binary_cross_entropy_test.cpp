// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "support/close.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

using kernels::KernelTable;

TEST_CASE_TEMPLATE("binary cross-entropy equals its definition", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const int64_t rows : {0, 1, 7, 33}) {
      for (const int64_t columns : kSizes) {
        const int64_t n = rows * columns;
        std::vector<T> z = random_vector<T>(n, 1, T(-30), T(30)), y = random_vector<T>(n, 2, T(0), T(1));
        for (int64_t i = 0; i < n; i += 5) z[i] = i % 2 ? T(1000) : T(-1000), y[i] = i % 3 ? T(1) : T(0);
        std::vector<T> p = guarded(z), losses = guarded(std::vector<T>(rows));
        std::vector<T> expected = p, expected_losses = losses;
        for (int64_t r = 0; r < rows; ++r) {
          long double loss = 0;
          for (int64_t i = r * columns; i < (r + 1) * columns; ++i) {
            const long double logit = z[i];
            loss += std::max(logit, 0.0L) - logit * y[i] + std::log1p(std::exp(-std::abs(logit)));
            expected[i] = static_cast<T>(1 / (1 + std::exp(-logit)));
          }
          expected_losses[r] = static_cast<T>(T(0.25) * loss);
        }
        table.of<T>().binary_cross_entropy({rows, columns, p.data(), y.data(), T(0.25), losses.data()});
        const std::string isa = table.isa;
        CAPTURE(isa);
        CAPTURE(rows);
        CAPTURE(columns);
        check_close(p, expected, 4);
        check_close(losses, expected_losses, 32);
      }
    }
  }
}

TEST_CASE_TEMPLATE("rows of binary cross-entropy do not depend on their neighbours", T, float, double) {
  constexpr int64_t kRows = 37;
  for (const KernelTable& table : tables()) {
    for (const int64_t columns : {1, 2, 3, 4, 5, 10, 32, 33}) {
      const std::vector<T> z = random_vector<T>(kRows * columns, 1, T(-5), T(5));
      const std::vector<T> y = random_vector<T>(kRows * columns, 2, T(0), T(1));
      std::vector<T> together = z, losses(kRows);
      table.of<T>().binary_cross_entropy({kRows, columns, together.data(), y.data(), T(0.5), losses.data()});
      for (const int64_t step : {1, 5, 16}) {
        std::vector<T> apart = z, losses_apart(kRows);
        for (int64_t first = 0; first < kRows; first += step) {
          const int64_t start = first * columns;
          table.of<T>().binary_cross_entropy({std::min(step, kRows - first), columns, apart.data() + start,
                                              y.data() + start, T(0.5), losses_apart.data() + first});
        }
        const std::string isa = table.isa;
        CAPTURE(isa);
        CAPTURE(columns);
        CAPTURE(step);
        CHECK(apart == together);
        CHECK(losses_apart == losses);
      }
    }
  }
}

TEST_CASE_TEMPLATE("binary cross-entropy skips missing targets, and else keeps its bits", T, float, double) {
  constexpr int64_t kRows = 21;
  for (const KernelTable& table : tables()) {
    for (const int64_t columns : kSizes) {
      const std::string isa = table.isa;
      CAPTURE(isa);
      CAPTURE(columns);
      const int64_t n = kRows * columns;
      const std::vector<T> z = random_vector<T>(n, 1, T(-5), T(5));
      std::vector<T> y = random_vector<T>(n, 2, T(0), T(1));
      const auto run = [&](const std::vector<T>& targets, bool skip) {
        std::vector<T> p = z, losses(kRows);
        table.of<T>().binary_cross_entropy({kRows, columns, p.data(), targets.data(), T(0.25), losses.data(), skip});
        return std::pair(p, losses);
      };
      const auto plain = run(y, false);
      CHECK(run(y, true) == plain);
      std::vector<long double> expected(kRows, 0);
      for (int64_t i = 0; i < n; ++i) {
        if (i % 3 == 0) {
          y[i] = std::numeric_limits<T>::quiet_NaN();
          continue;
        }
        const long double logit = z[i];
        expected[i / columns] += (std::max(logit, 0.0L) - logit * y[i] + std::log1p(std::exp(-std::abs(logit)))) / 4;
      }
      const auto [p, losses] = run(y, true);
      CHECK(p == plain.first);
      check_close(losses, std::vector<T>(expected.begin(), expected.end()), 32);
    }
  }
}

TEST_CASE_TEMPLATE("binary cross-entropy passes NaN on", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const int64_t columns : {1, 3}) {
      std::vector<T> z(columns, std::numeric_limits<T>::quiet_NaN()), y(columns, T(1)), loss(1);
      table.of<T>().binary_cross_entropy({1, columns, z.data(), y.data(), T(1), loss.data()});
      CHECK(std::isnan(z[0]));
      CHECK(std::isnan(loss[0]));
    }
  }
}

}  // namespace
}  // namespace laminar::test
