// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "support/close.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

using kernels::KernelTable;

constexpr int64_t kManyRows[] = {1, 2, 7, 8, 9, 33};

template <class T>
void check_moments(const KernelTable& table, int64_t rows, int64_t columns, const std::vector<T>& x, int64_t stride,
                   double epsilons) {
  std::vector<T> mean = guarded(std::vector<T>(columns)), squares = guarded(std::vector<T>(columns));
  std::vector<T> expected_mean = mean, expected_squares = squares;
  for (int64_t c = 0; c < columns; ++c) {
    long double sum = 0, square = 0;
    for (int64_t r = 0; r < rows; ++r) sum += x[r * stride + c];
    for (int64_t r = 0; r < rows; ++r) square += std::pow(x[r * stride + c] - sum / rows, 2);
    expected_mean[c] = static_cast<T>(sum / rows);
    expected_squares[c] = static_cast<T>(square);
  }
  table.of<T>().column_moments({rows, columns, x.data(), stride, mean.data(), squares.data()});
  check_close(mean, expected_mean, epsilons);
  check_close(squares, expected_squares, epsilons);
}

TEST_CASE_TEMPLATE("column moments equal their definition", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const int64_t columns : kSizes) {
      for (const int64_t rows : kManyRows) {
        check_moments<T>(table, rows, columns, random_vector<T>(rows * (columns + 3), 1), columns + 3, 8);
      }
    }
  }
}

TEST_CASE_TEMPLATE("a mean far from 0 takes no digits from the squares", T, float, double) {
  // 256 numbers about 1e4 with a standard deviation of about 1, the first of them far away from the others: squares
  // are near 256, and float keeps 1e4 to 5e-4, which is 4096 epsilons.
  for (const KernelTable& table : tables()) {
    std::vector<T> x = random_vector<T>(256 * 5, 1);
    for (T& number : x) number += T(1e4);
    check_moments<T>(table, 256, 5, x, 5, 16);
    for (int c = 0; c < 5; ++c) x[c] = T(0);
    check_moments<T>(table, 256, 5, x, 5, 16);
  }
}

TEST_CASE_TEMPLATE("squares of equal numbers are 0, and NaN is passed on", T, float, double) {
  for (const KernelTable& table : tables()) {
    std::vector<T> x(100 * 9, T(0.1)), mean(9), squares(9);
    x[50 * 9 + 4] = std::numeric_limits<T>::quiet_NaN();
    table.of<T>().column_moments({100, 9, x.data(), 9, mean.data(), squares.data()});
    for (int c = 0; c < 9; ++c) {
      CHECK(std::isnan(mean[c]) == (c == 4));
      CHECK(std::isnan(squares[c]) == (c == 4));
      if (c != 4) CHECK(mean[c] == T(0.1));
      if (c != 4) CHECK(squares[c] == 0);
    }
  }
}

TEST_CASE_TEMPLATE("scaled columns equal their definition", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const int64_t columns : kSizes) {
      for (const int64_t rows : kManyRows) {
        for (const bool accumulate : {false, true}) {
          for (const bool plain : {false, true}) {
            const std::vector<T> x = random_vector<T>(rows * columns, 1), center = random_vector<T>(columns, 2);
            const std::vector<T> scale = random_vector<T>(columns, 3), shift = random_vector<T>(columns, 4);
            std::vector<T> y = guarded(x), expected = guarded(x);  // in place
            for (int64_t i = 0; i < rows * columns; ++i) {
              const int64_t c = i % columns;
              const T value = plain ? x[i] * scale[c] : (x[i] - center[c]) * scale[c] + shift[c];
              expected[i] = accumulate ? expected[i] + value : value;
            }
            table.of<T>().scale_columns({rows, columns, y.data(), plain ? nullptr : center.data(), scale.data(),
                                         plain ? nullptr : shift.data(), y.data(), accumulate});
            check_close(y, expected, 8);
          }
        }
      }
    }
  }
}

TEST_CASE_TEMPLATE("column products equal their definition", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const int64_t columns : kSizes) {
      for (const int64_t rows : kManyRows) {
        const int64_t stride = columns + 3;
        const std::vector<T> x = random_vector<T>(rows * stride, 1), dy = random_vector<T>(rows * stride, 2);
        const std::vector<T> center = random_vector<T>(columns, 3);
        std::vector<T> sums = guarded(std::vector<T>(columns)), products = sums;
        std::vector<T> expected_sums = sums, expected_products = sums;
        for (int64_t c = 0; c < columns; ++c) {
          for (int64_t r = 0; r < rows; ++r) {
            expected_sums[c] += dy[r * stride + c];
            expected_products[c] += dy[r * stride + c] * (x[r * stride + c] - center[c]);
          }
        }
        table.of<T>().column_products(
            {rows, columns, x.data(), dy.data(), stride, center.data(), sums.data(), products.data()});
        check_close(sums, expected_sums, 64);
        check_close(products, expected_products, 64);
      }
    }
  }
}

TEST_CASE_TEMPLATE("combined columns equal their definition", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const int64_t columns : kSizes) {
      for (const int64_t rows : kManyRows) {
        for (const bool accumulate : {false, true}) {
          const std::vector<T> x = random_vector<T>(rows * columns, 1), dy = random_vector<T>(rows * columns, 2);
          const std::vector<T> center = random_vector<T>(columns, 3), a = random_vector<T>(columns, 4);
          const std::vector<T> b = random_vector<T>(columns, 5), shift = random_vector<T>(columns, 6);
          std::vector<T> dx = guarded(dy), expected = guarded(dy);  // in place
          for (int64_t i = 0; i < rows * columns; ++i) {
            const int64_t c = i % columns;
            const T value = a[c] * dy[i] + b[c] * (x[i] - center[c]) + shift[c];
            expected[i] = accumulate ? dy[i] + value : value;
          }
          table.of<T>().combine_columns({rows, columns, x.data(), dx.data(), center.data(), a.data(), b.data(),
                                         shift.data(), dx.data(), accumulate});
          check_close(dx, expected, 16);
        }
      }
    }
  }
}

}  // namespace
}  // namespace laminar::test
