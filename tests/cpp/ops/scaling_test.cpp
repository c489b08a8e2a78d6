// SPDX-License-Identifier: BSD-3-Clause
#include "ops/scaling.hpp"

#include "support/close.hpp"
#include "support/tables.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

TEST_CASE_TEMPLATE("the threads share out every element once", T, float, double) {
  constexpr std::int64_t kElements = 100003;
  const std::vector<T> x = random_vector<T>(kElements, 1), y = random_vector<T>(kElements, 2);
  for (const int threads : {1, 3}) {
    const Context shared = context(threads);
    std::vector<T> scaled(x.size()), clipped = x, average = y;
    scale(shared, kElements, T(0.3), x.data(), scaled.data());
    clip(shared, kElements, T(0.7), clipped.data());
    move_average(shared, kElements, T(0.1), x.data(), average.data());
    std::vector<T> expected[3] = {x, x, y};
    for (std::size_t i = 0; i < x.size(); ++i) {
      expected[0][i] *= T(0.3);
      expected[1][i] = std::min(std::max(x[i], T(-0.7)), T(0.7));
      expected[2][i] += T(0.1) * (x[i] - y[i]);
    }
    check_close(scaled, expected[0], 0);
    check_close(clipped, expected[1], 0);
    check_close(average, expected[2], 1);
  }
}

}  // namespace
}  // namespace laminar::test
