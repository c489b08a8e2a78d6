// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "support/close.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

using kernels::KernelTable;

constexpr double kEpsilon = 1e-3;

/// Mean and 1 / sqrt(variance + epsilon) of each row
template <class T>
void naive_moments(int64_t rows, int64_t columns, const std::vector<T>& x, std::vector<T>& means,
                   std::vector<T>& scales) {
  for (int64_t r = 0; r < rows; ++r) {
    long double sum = 0, square = 0;
    for (int64_t c = 0; c < columns; ++c) sum += x[r * columns + c];
    for (int64_t c = 0; c < columns; ++c) square += std::pow(x[r * columns + c] - sum / columns, 2);
    means[r] = static_cast<T>(sum / columns);
    scales[r] = static_cast<T>(1 / std::sqrt(square / columns + kEpsilon));
  }
}

TEST_CASE_TEMPLATE("layer norm equals its definition", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const int64_t columns : kSizes) {
      if (columns == 0) continue;
      for (const int64_t rows : {0, 1, 5}) {
        for (const bool plain : {false, true}) {
          const std::vector<T> x = random_vector<T>(rows * columns, 1), gamma = random_vector<T>(columns, 2);
          const std::vector<T> beta = random_vector<T>(columns, 3);
          std::vector<T> means = guarded(std::vector<T>(rows)), scales = means, expected_means = means,
                         expected_scales = means, y = guarded(x), expected = y;  // in place
          naive_moments(rows, columns, x, expected_means, expected_scales);
          for (int64_t i = 0; i < rows * columns; ++i) {
            const T u = (x[i] - expected_means[i / columns]) * expected_scales[i / columns];
            expected[i] = plain ? u : u * gamma[i % columns] + beta[i % columns];
          }
          table.of<T>().layer_norm({rows, columns, y.data(), plain ? nullptr : gamma.data(),
                                    plain ? nullptr : beta.data(), T(kEpsilon), y.data(), means.data(), scales.data()});
          check_close(y, expected, 64);
          check_close(means, expected_means, 4);
          check_close(scales, expected_scales, 16);
        }
      }
    }
  }
}

TEST_CASE_TEMPLATE("a row far from 0 keeps its digits, equal numbers become 0, NaN is passed on", T, float, double) {
  for (const KernelTable& table : tables()) {
    std::vector<T> x = random_vector<T>(3 * 100, 1), y(300);
    for (T& number : x) number += T(1e4);
    std::fill(x.begin() + 100, x.begin() + 200, T(0.1));
    x[250] = std::numeric_limits<T>::quiet_NaN();
    table.of<T>().layer_norm({3, 100, x.data(), nullptr, nullptr, T(1e-5), y.data(), nullptr, nullptr});
    double sum = 0, square = 0;
    for (int c = 0; c < 100; ++c) sum += y[c], square += std::pow(double{y[c]}, 2);
    CHECK(std::abs(sum / 100) < 1e-3);  // half an epsilon of the mean, over the standard deviation
    CHECK(square / 100 == doctest::Approx(1).epsilon(1e-4));
    for (int c = 100; c < 200; ++c) REQUIRE(y[c] == 0);
    for (int c = 200; c < 300; ++c) REQUIRE(std::isnan(y[c]));
  }
}

TEST_CASE_TEMPLATE("layer norm goes backward as its definition", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const int64_t columns : kSizes) {
      if (columns == 0) continue;
      for (const int64_t rows : {1, 5}) {
        for (const bool plain : {false, true}) {
          for (const bool accumulate : {false, true}) {
            const std::vector<T> x = random_vector<T>(rows * columns, 1), gamma = random_vector<T>(columns, 2);
            const std::vector<T> dy = random_vector<T>(rows * columns, 3);
            std::vector<T> means(rows), scales(rows), dx = guarded(dy), expected = guarded(dy);  // in place
            std::vector<T> d_gamma = guarded(std::vector<T>(columns)), d_beta = d_gamma;
            std::vector<T> expected_gamma = d_gamma, expected_beta = d_gamma;
            naive_moments(rows, columns, x, means, scales);
            for (int64_t r = 0; r < rows; ++r) {
              double mean_g = 0, mean_gu = 0;
              const auto u = [&](int64_t c) { return (x[r * columns + c] - means[r]) * scales[r]; };
              const auto g = [&](int64_t c) { return dy[r * columns + c] * (plain ? T(1) : gamma[c]); };
              for (int64_t c = 0; c < columns; ++c) {
                mean_g += double{g(c)} / columns;
                mean_gu += double{g(c)} * u(c) / columns;
                expected_gamma[c] += dy[r * columns + c] * u(c);
                expected_beta[c] += dy[r * columns + c];
              }
              for (int64_t c = 0; c < columns; ++c) {
                const T value = static_cast<T>(scales[r] * (g(c) - mean_g - u(c) * mean_gu));
                T& out = expected[r * columns + c];
                out = accumulate ? out + value : value;
              }
            }
            table.of<T>().layer_norm_backward({rows, columns, x.data(), plain ? nullptr : gamma.data(), means.data(),
                                               scales.data(), dx.data(), dx.data(), accumulate, d_gamma.data(),
                                               d_beta.data()});
            // 1 / sqrt(epsilon) is what a row of one number is multiplied by.
            check_close(dx, expected, columns == 1 ? 1024 : 128);
            check_close(d_gamma, expected_gamma, 32);
            check_close(d_beta, expected_beta, 8);
            std::vector<T> alone = guarded(std::vector<T>(columns));
            table.of<T>().layer_norm_backward({rows, columns, x.data(), nullptr, means.data(), scales.data(), dy.data(),
                                               nullptr, false, nullptr, alone.data()});
            CHECK(alone == d_beta);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace laminar::test
