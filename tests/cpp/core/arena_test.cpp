// SPDX-License-Identifier: BSD-3-Clause
#include "core/arena.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace laminar::test {
namespace {

TEST_CASE("an arena is zero-filled and starts on a cache line") {
  for (const std::size_t bytes : {1, 63, 64, 65, 100000}) {
    const Arena arena(bytes);
    CHECK(arena.size_bytes() == align_up(bytes));
    CHECK(reinterpret_cast<std::uintptr_t>(arena.data()) % kAlignmentBytes == 0);
    CHECK(std::all_of(arena.data(), arena.data() + arena.size_bytes(), [](std::byte b) { return b == std::byte{0}; }));
  }
  CHECK(Arena().data() == nullptr);
  CHECK(Arena(0).size_bytes() == 0);
}

TEST_CASE("an arena only grows, and leaves a block that is large enough alone") {
  Arena arena(1000);
  std::byte* const before = arena.data();
  arena.data()[7] = std::byte{1};
  arena.reserve(10);
  arena.reserve(1000);
  CHECK(arena.data() == before);
  CHECK(arena.data()[7] == std::byte{1});
  arena.reserve(5000);
  CHECK(arena.size_bytes() >= 5000);
}

TEST_CASE("an arena moves with its block") {
  Arena arena(100);
  std::byte* const block = arena.data();
  Arena other = std::move(arena);
  CHECK(other.data() == block);
  Arena third(10);
  third = std::move(other);
  CHECK(third.data() == block);
  CHECK(third.size_bytes() == 128);
}

}  // namespace
}  // namespace laminar::test
