// SPDX-License-Identifier: BSD-3-Clause
#include "model/batches.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace laminar::test {
namespace {

std::vector<std::int64_t> sizes_of(const Batches& batches) {
  std::vector<std::int64_t> sizes;
  std::int64_t next = 0;
  for (std::int64_t i = 0; i < batches.count(); ++i) {
    const auto [first, count] = batches[i];
    REQUIRE(first == next);
    next += count;
    sizes.push_back(count);
  }
  REQUIRE(next == batches.rows);
  return sizes;
}

using Sizes = std::vector<std::int64_t>;

TEST_CASE("batches are of one size, the last takes what is left") {
  CHECK(sizes_of({10, 4}) == Sizes{4, 4, 2});
  CHECK(sizes_of({9, 4}) == Sizes{4, 4, 1});
  CHECK(sizes_of({8, 4}) == Sizes{4, 4});
  CHECK(sizes_of({1, 4}) == Sizes{1});
  CHECK(sizes_of({3, 1}) == Sizes{1, 1, 1});
}

TEST_CASE("where none may have one row, the last two share theirs") {
  CHECK(sizes_of({9, 4, true}) == Sizes{4, 3, 2});
  CHECK(sizes_of({5, 4, true}) == Sizes{3, 2});
  CHECK(sizes_of({33, 32, true}) == Sizes{17, 16});
  CHECK(sizes_of({7, 3, true}) == Sizes{3, 2, 2});
  CHECK(sizes_of({7, 2, true}) == Sizes{2, 2, 3});
  CHECK(sizes_of({3, 2, true}) == Sizes{3});
  CHECK(sizes_of({10, 4, true}) == Sizes{4, 4, 2});
  for (std::int64_t rows = 2; rows < 60; ++rows) {
    for (std::int64_t size = 2; size < 20; ++size) {
      for (const std::int64_t count : sizes_of({rows, size, true})) REQUIRE(count >= 2);
    }
  }
}

}  // namespace
}  // namespace laminar::test
