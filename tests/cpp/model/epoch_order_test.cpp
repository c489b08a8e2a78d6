// SPDX-License-Identifier: BSD-3-Clause
#include "model/epoch_order.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "core/rng.hpp"

namespace laminar {
namespace {

TEST_CASE("an epoch's order is its permutation, a stretch at a time") {
  EpochOrder order;
  for (const std::int64_t rows : {100, 7, 33}) {
    std::vector<std::int64_t> all(static_cast<std::size_t>(rows));
    permutation(5, 2, all);
    order.shuffle(5, 2, rows);
    for (std::int64_t first = 0; first < rows; first += 10) {
      const std::int64_t count = std::min<std::int64_t>(10, rows - first);
      const auto found = order.rows(first, count);
      REQUIRE(static_cast<std::int64_t>(found.size()) == count);
      CHECK(std::equal(found.begin(), found.end(), all.begin() + first));
    }
  }
}

}  // namespace
}  // namespace laminar
