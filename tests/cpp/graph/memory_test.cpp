// SPDX-License-Identifier: BSD-3-Clause
#include "graph/memory.hpp"

#include <doctest/doctest.h>

#include <random>

#include "core/arena.hpp"

namespace laminar::test {
namespace {

/// The most memory that is in use at one step: no layout can be smaller.
std::size_t peak(const std::vector<Lifetime>& lifetimes, int steps) {
  std::size_t most = 0;
  for (int step = 0; step < steps; ++step) {
    std::size_t now = 0;
    for (const Lifetime& item : lifetimes) {
      if (item.first <= step && step <= item.last) now += align_up(item.size_bytes);
    }
    most = std::max(most, now);
  }
  return most;
}

TEST_CASE("stretches that live at the same time never overlap") {
  std::mt19937 engine(1);
  const auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine); };
  constexpr int kSteps = 40;
  for (int round = 0; round < 300; ++round) {
    std::vector<Lifetime> lifetimes;
    std::size_t sum = 0;
    for (int i = draw(0, 40); i > 0; --i) {
      const int first = draw(0, kSteps - 1);
      lifetimes.push_back({static_cast<std::size_t>(draw(0, 3000)), first, std::min(kSteps - 1, first + draw(0, 15))});
      sum += align_up(lifetimes.back().size_bytes);
    }
    const MemoryLayout layout = lay_out(lifetimes);
    REQUIRE(layout.offsets.size() == lifetimes.size());
    CHECK(layout.size_bytes <= sum);
    CHECK(layout.size_bytes >= peak(lifetimes, kSteps));
    for (std::size_t a = 0; a < lifetimes.size(); ++a) {
      CHECK(layout.offsets[a] % kAlignmentBytes == 0);
      CHECK(layout.offsets[a] + lifetimes[a].size_bytes <= layout.size_bytes);
      for (std::size_t b = 0; b < a; ++b) {
        const bool together = lifetimes[a].first <= lifetimes[b].last && lifetimes[b].first <= lifetimes[a].last;
        const bool overlap = layout.offsets[a] < layout.offsets[b] + lifetimes[b].size_bytes &&
                             layout.offsets[b] < layout.offsets[a] + lifetimes[a].size_bytes;
        REQUIRE_FALSE((together && overlap));
      }
    }
  }
}

TEST_CASE("stretches one after another share their memory") {
  std::vector<Lifetime> chain;
  for (int step = 0; step < 10; ++step) chain.push_back({1000, step, step + 1});
  CHECK(lay_out(chain).size_bytes == 2 * align_up(1000));
  CHECK(lay_out({}).size_bytes == 0);
}

}  // namespace
}  // namespace laminar::test
