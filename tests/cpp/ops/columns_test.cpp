// SPDX-License-Identifier: BSD-3-Clause
#include "ops/columns.hpp"

#include <cmath>

#include "support/close.hpp"
#include "support/tables.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

template <class T>
std::vector<T> moments_of(MatrixShape shape, const std::vector<T>& x, int threads) {
  std::vector<T> partial(static_cast<std::size_t>(partial_shape(shape).size()));
  std::vector<T> result(static_cast<std::size_t>(2 * shape.columns));
  column_moments(context(threads), shape, x.data(), partial.data(), result.data(), result.data() + shape.columns);
  return result;
}

TEST_CASE_TEMPLATE("moments over many blocks of rows equal their definition, on any number of threads", T, float,
                   double) {
  for (const MatrixShape shape : {MatrixShape{1, 3}, {255, 2}, {256, 65}, {257, 64}, {2000, 130}}) {
    std::vector<T> x = random_vector<T>(shape.rows * shape.columns, 1);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += T(100) * static_cast<T>(i % 3);
    std::vector<T> expected(static_cast<std::size_t>(2 * shape.columns));
    for (std::int64_t c = 0; c < shape.columns; ++c) {
      // In more digits than double has: a plain sum of doubles would be further off than the moments.
      using Real = long double;
      const auto rows = static_cast<Real>(shape.rows);
      Real sum = 0;
      Real squares = 0;
      const auto at = [&](std::int64_t r) { return Real{x[static_cast<std::size_t>(r * shape.columns + c)]}; };
      for (std::int64_t r = 0; r < shape.rows; ++r) sum += at(r);
      const Real mean = sum / rows;
      for (std::int64_t r = 0; r < shape.rows; ++r) squares += (at(r) - mean) * (at(r) - mean);
      expected[static_cast<std::size_t>(c)] = static_cast<T>(mean);
      expected[static_cast<std::size_t>(shape.columns + c)] = static_cast<T>(squares / rows);
    }
    const std::vector<T> alone = moments_of(shape, x, 1);
    check_close(alone, expected, 16);
    for (const int threads : {2, 3, 4}) CHECK(moments_of(shape, x, threads) == alone);
  }
}

TEST_CASE("shapes with free axes have free rows") {
  CHECK(matrix_of({kFree, 3}).rows == kFree);
  CHECK(matrix_of({2, kFree, 3}).rows == kFree);
  CHECK(matrix_of({2, 5, 3}).rows == 10);
  CHECK(partial_shape({kFree, 3}) == Shape{2, kFree, 3});
  CHECK(partial_shape({257, 3}) == Shape{2, 2, 3});
}

}  // namespace
}  // namespace laminar::test
