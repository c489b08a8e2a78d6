// SPDX-License-Identifier: BSD-3-Clause
#include "ops/reduce.hpp"

#include <cmath>

#include "support/tables.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

TEST_CASE_TEMPLATE("sums equal their definition and are the same bits at any number of threads", T, float, double) {
  for (const std::int64_t n : {0, 1, 100, 8192, 8193, 100000, 1000003}) {
    const std::vector<T> x = random_vector<T>(n, 1);
    double squares = 0.0, magnitudes = 0.0;
    for (const T value : x) {
      squares += static_cast<double>(value) * static_cast<double>(value);
      magnitudes += std::abs(static_cast<double>(value));
    }
    CHECK(sum_of_squares(context(), n, x.data()) == doctest::Approx(squares).epsilon(1e-12));
    CHECK(sum_of_magnitudes(context(), n, x.data()) == doctest::Approx(magnitudes).epsilon(1e-12));
    for (const int threads : {2, 3}) {
      CHECK(sum_of_squares(context(threads), n, x.data()) == sum_of_squares(context(), n, x.data()));
      CHECK(sum_of_magnitudes(context(threads), n, x.data()) == sum_of_magnitudes(context(), n, x.data()));
    }
  }
}

}  // namespace
}  // namespace laminar::test
