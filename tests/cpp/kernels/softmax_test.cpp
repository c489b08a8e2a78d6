// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "support/close.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

using kernels::KernelTable;
constexpr int64_t kRows = 5;

/// Logits of the size of the largest that must not overflow
template <class T>
std::vector<T> logits(int64_t columns) {
  std::vector<T> z = random_vector<T>(kRows * columns, 1, T(-5), T(5));
  for (int64_t i = 0; i < columns; ++i) z[i] = i % 2 ? T(1000) : T(-1000);
  return z;
}

/// p and log sum_j exp(z_j) of one row in long double
template <class T>
std::pair<std::vector<T>, long double> naive_softmax(const T* z, int64_t n) {
  long double maximum = -std::numeric_limits<long double>::infinity(), sum = 0;
  for (int64_t i = 0; i < n; ++i) maximum = std::max<long double>(maximum, z[i]);
  for (int64_t i = 0; i < n; ++i) sum += std::exp(z[i] - maximum);
  std::vector<T> p(n);
  for (int64_t i = 0; i < n; ++i) p[i] = static_cast<T>(std::exp(z[i] - maximum) / sum);
  return {p, maximum + std::log(sum)};
}

TEST_CASE_TEMPLATE("softmax and cross-entropy equal their definitions", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const int64_t columns : kSizes) {
      if (columns == 0) continue;
      const std::vector<T> z = logits<T>(columns), y = random_vector<T>(kRows * columns, 2, T(0), T(1));
      std::vector<T> p = guarded(z), expected, labelled = guarded(z), targeted = guarded(z);
      std::vector<int32_t> labels(kRows);
      std::vector<T> losses(kRows), soft_losses(kRows), expected_losses, expected_soft;
      for (int64_t r = 0; r < kRows; ++r) {
        labels[r] = static_cast<int32_t>(7 * r % columns);
        const T* row = z.data() + r * columns;
        const auto [row_p, log_sum] = naive_softmax(row, columns);
        expected.insert(expected.end(), row_p.begin(), row_p.end());
        expected_losses.push_back(static_cast<T>(log_sum - row[labels[r]]));
        long double soft = 0;
        for (int64_t j = 0; j < columns; ++j) soft += y[r * columns + j] * (log_sum - row[j]);
        expected_soft.push_back(static_cast<T>(soft));
      }
      expected = guarded(expected);
      const std::string isa = table.isa;
      CAPTURE(isa);
      CAPTURE(columns);
      table.of<T>().softmax(kRows, columns, p.data(), p.data());
      check_close(p, expected, 8);
      table.of<T>().cross_entropy({kRows, columns, labelled.data(), labels.data(), nullptr, losses.data()});
      check_close(labelled, expected, 8);
      check_close(losses, expected_losses, 8);
      table.of<T>().cross_entropy({kRows, columns, targeted.data(), nullptr, y.data(), soft_losses.data()});
      check_close(targeted, expected, 8);
      check_close(soft_losses, expected_soft, 32);
    }
  }
}

TEST_CASE_TEMPLATE("softmax gradients equal their definitions", T, float, double) {
  for (const KernelTable& table : tables()) {
    for (const int64_t columns : kSizes) {
      for (const bool accumulate : {false, true}) {
        const int64_t n = kRows * columns;
        const std::vector<T> p = random_vector<T>(n, 1, T(0), T(1)), y = random_vector<T>(n, 2, T(0), T(1));
        const std::vector<T> dp = random_vector<T>(n, 3), scales = random_vector<T>(kRows, 4);
        std::vector<int32_t> labels(kRows);
        std::vector<T> through = guarded(dp), labelled = guarded(dp), targeted = guarded(dp);
        std::vector<T> expected_through = guarded(dp), expected_labelled = guarded(dp), expected_targeted = guarded(dp);
        for (int64_t r = 0; r < kRows; ++r) {
          labels[r] = columns ? static_cast<int32_t>(3 * r % columns) : 0;
          double mean = 0, mass = 0;
          for (int64_t i = r * columns; i < (r + 1) * columns; ++i) {
            mean += double{p[i]} * double{dp[i]};
            mass += double{y[i]};
          }
          for (int64_t j = 0; j < columns; ++j) {
            const int64_t i = r * columns + j;
            const T base = accumulate ? dp[i] : T(0);
            expected_through[i] = static_cast<T>(double{base} + double{p[i]} * (double{dp[i]} - mean));
            expected_labelled[i] = base + scales[r] * (p[i] - (j == labels[r] ? T(1) : T(0)));
            expected_targeted[i] =
                static_cast<T>(double{base} + double{scales[r]} * (double{p[i]} * mass - double{y[i]}));
          }
        }
        const std::string isa = table.isa;
        CAPTURE(isa);
        CAPTURE(columns);
        CAPTURE(accumulate);
        table.of<T>().softmax_backward(kRows, columns, p.data(), through.data(), through.data(), accumulate);
        table.of<T>().cross_entropy_backward(
            {kRows, columns, p.data(), labels.data(), nullptr, scales.data(), labelled.data(), accumulate});
        table.of<T>().cross_entropy_backward(
            {kRows, columns, p.data(), nullptr, y.data(), scales.data(), targeted.data(), accumulate});
        check_close(through, expected_through, 16 + 1.0 * columns);
        check_close(labelled, expected_labelled, 8);
        check_close(targeted, expected_targeted, 16 + 1.0 * columns);
      }
    }
  }
}

// However rows are shared out among calls, each comes out with the same bits.
TEST_CASE_TEMPLATE("rows of softmax and cross-entropy do not depend on their neighbours", T, float, double) {
  constexpr int64_t kMany = 37;
  for (const KernelTable& table : tables()) {
    const kernels::Kernels<T>& kernels = table.of<T>();
    for (const int64_t columns : {1, 2, 3, 4, 5, 7, 8, 9, 10, 16, 17, 31, 32, 33, 64, 100}) {
      const int64_t n = kMany * columns;
      const std::vector<T> z = random_vector<T>(n, 1, T(-5), T(5)), y = random_vector<T>(n, 2, T(0), T(1));
      const std::vector<T> d = random_vector<T>(n, 3), scales = random_vector<T>(kMany, 4);
      std::vector<int32_t> labels(kMany);
      for (int64_t r = 0; r < kMany; ++r) labels[r] = static_cast<int32_t>(7 * r % columns);

      // Everything that is computed of rows first .. first + count, one array after the other
      const auto compute = [&](int64_t first, int64_t count) {
        const int64_t start = first * columns, size = count * columns;
        const auto part = [&](const std::vector<T>& x) {
          return std::vector<T>(x.begin() + start, x.begin() + start + size);
        };
        std::vector<std::vector<T>> results;
        std::vector<T> losses(count), p = part(z);
        kernels.softmax(count, columns, p.data(), p.data());
        results.push_back(p);
        for (const bool labelled : {true, false}) {
          const int32_t* label = labelled ? labels.data() + first : nullptr;
          const T* target = labelled ? nullptr : y.data() + start;
          std::vector<T> probability = part(z);
          kernels.cross_entropy({count, columns, probability.data(), label, target, losses.data()});
          results.insert(results.end(), {probability, losses});
          for (const bool accumulate : {false, true}) {
            std::vector<T> dz = part(d);
            kernels.cross_entropy_backward(
                {count, columns, p.data(), label, target, scales.data() + first, dz.data(), accumulate});
            results.push_back(dz);
            dz = part(d);
            kernels.softmax_backward(count, columns, p.data(), d.data() + start, dz.data(), accumulate);
            results.push_back(dz);
          }
        }
        return results;
      };

      const std::vector<std::vector<T>> together = compute(0, kMany);
      for (const int64_t step : {1, 3, 16, 20}) {
        std::vector<std::vector<T>> apart(together.size());
        for (int64_t first = 0; first < kMany; first += step) {
          const std::vector<std::vector<T>> results = compute(first, std::min(step, kMany - first));
          for (size_t i = 0; i < results.size(); ++i) {
            apart[i].insert(apart[i].end(), results[i].begin(), results[i].end());
          }
        }
        const std::string isa = table.isa;
        CAPTURE(isa);
        CAPTURE(columns);
        CAPTURE(step);
        CHECK(apart == together);
      }
    }
  }
}

TEST_CASE_TEMPLATE("long rows of softmax sum up to 1", T, float, double) {
  const int64_t columns = 50257;
  const std::vector<T> z = random_vector<T>(columns, 1, T(-4), T(4));
  for (const KernelTable& table : tables()) {
    if (&table == &tables()[0]) continue;  // the generic sum has one chain, which loses some bits
    std::vector<T> p(columns);
    table.of<T>().softmax(1, columns, z.data(), p.data());
    long double sum = 0;
    for (const T value : p) sum += value;
    CHECK(std::abs(static_cast<double>(sum - 1)) < 4 * double{std::numeric_limits<T>::epsilon()});
  }
}

TEST_CASE_TEMPLATE("softmax passes NaN on and takes masked logits", T, float, double) {
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  for (const KernelTable& table : tables()) {
    for (const int64_t place : {0, 1, 20}) {
      std::vector<T> z(21, T(1)), p(21);
      z[place] = nan;
      table.of<T>().softmax(1, 21, z.data(), p.data());
      for (const T value : p) CHECK(std::isnan(value));
      z[place] = -inf;
      table.of<T>().softmax(1, 21, z.data(), p.data());
      for (int64_t i = 0; i < 21; ++i) CHECK(close(p[i], i == place ? T(0) : T(0.05), 4));
      std::vector<T> y(21, T(0)), loss(1);
      y[(place + 1) % 21] = 1;
      table.of<T>().cross_entropy({1, 21, z.data(), nullptr, y.data(), loss.data()});
      CHECK(close(loss[0], std::log(T(20)), 4));
    }
  }
}

}  // namespace
}  // namespace laminar::test
