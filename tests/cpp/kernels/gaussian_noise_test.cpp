// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "kernels/philox.hpp"
#include "support/close.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

using kernels::KernelTable;
using kernels::RandomKey;

/// Number `element` of table.hpp's definition, in double
double normal_number(const RandomKey& key, int64_t element) {
  const int64_t unit = element / 64, pair = element % 32;
  const auto word = [&](int64_t w) {
    const auto block = static_cast<uint64_t>(16 * unit + w / 4);
    return static_cast<double>(static_cast<int32_t>(kernels::random_words(key, block).word[w % 4]));
  };
  const double length = std::sqrt(-2 * std::log(std::max(std::abs(word(pair)) * 0x1p-31, 0x1p-32)));
  const double angle = word(32 + pair) * 0x1p-32 * 2 * 3.14159265358979323846;
  return length * (element % 64 < 32 ? std::cos(angle) : std::sin(angle));
}

TEST_CASE_TEMPLATE("noise of every instruction set equals its definition", T, float, double) {
  const RandomKey key = {0x123456789ABCDEF0, 77, (uint64_t{1} << 40) + 5};
  for (const KernelTable& table : tables()) {
    for (const int64_t n : kSizes) {
      for (const int64_t first : {int64_t{0}, int64_t{64}, (int64_t{1} << 34) - 64}) {
        const std::vector<T> x = random_vector<T>(n, 1);
        std::vector<T> y = guarded(x), expected = guarded(x);  // in place
        for (int64_t i = 0; i < n; ++i) expected[i] = static_cast<T>(x[i] + 1.5 * normal_number(key, first + i));
        table.of<T>().gaussian_noise({n, key, first, T(1.5), y.data(), y.data()});
        const std::string isa = table.isa;
        CAPTURE(isa);
        CAPTURE(n);
        check_close(y, expected, 16);
      }
    }
  }
}

TEST_CASE_TEMPLATE("noise has the moments of the normal distribution, and no neighbours alike", T, float, double) {
  const int64_t n = 1 << 20;
  const std::vector<T> zeros(n);
  std::vector<T> z(n);
  for (const KernelTable& table : tables()) {
    table.of<T>().gaussian_noise({n, {7, 0, 0}, 0, T(1), zeros.data(), z.data()});
    double moments[5] = {}, within = 0, neighbours = 0, turned = 0;
    for (int64_t i = 0; i < n; ++i) {
      const double number = z[i];
      for (int k = 1; k < 5; ++k) moments[k] += std::pow(number, k) / n;
      within += (std::abs(number) < 1.0) / double{n};
      if (i + 1 < n) neighbours += number * z[i + 1] / n;
      if (i + 32 < n) turned += number * z[i + 32] / n;
    }
    // Five standard deviations of each mean, sqrt(variance / n)
    CHECK(std::abs(moments[1]) < 5 * std::sqrt(1.0 / n));
    CHECK(std::abs(moments[2] - 1) < 5 * std::sqrt(2.0 / n));
    CHECK(std::abs(moments[3]) < 5 * std::sqrt(15.0 / n));
    CHECK(std::abs(moments[4] - 3) < 5 * std::sqrt(96.0 / n));
    CHECK(std::abs(within - 0.682689492137086) < 5 * std::sqrt(0.2166 / n));
    CHECK(std::abs(neighbours) < 5 * std::sqrt(1.0 / n));
    CHECK(std::abs(turned) < 5 * std::sqrt(1.0 / n));
  }
}

}  // namespace
}  // namespace laminar::test
