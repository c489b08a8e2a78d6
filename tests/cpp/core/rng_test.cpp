// SPDX-License-Identifier: BSD-3-Clause
#include "core/rng.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

namespace laminar::test {
namespace {

constexpr std::uint64_t kCount = 200000;

TEST_CASE("uniform numbers have the moments of the uniform distribution") {
  const RandomStream random{.seed = 1, .stream = 2, .step = 3};
  double sum = 0, squares = 0, products = 0;
  for (std::uint64_t e = 0; e < kCount; ++e) {
    const double u = random.uniform(e);
    REQUIRE((u >= 0 && u < 1));
    sum += u;
    squares += u * u;
    products += u * random.uniform(e + 1);
  }
  constexpr double n = kCount;
  // Five standard errors.
  CHECK(std::abs(sum / n - 0.5) < 5 * std::sqrt(1.0 / 12 / n));
  CHECK(std::abs(squares / n - 1.0 / 3) < 5 * std::sqrt(4.0 / 45 / n));
  CHECK(std::abs(products / n - 0.25) < 5 * std::sqrt(13.0 / 144 / n));
}

TEST_CASE("normal numbers have the moments of the normal distribution") {
  const RandomStream random{.seed = 1, .stream = 2, .step = 3};
  double sum = 0, squares = 0, fourth = 0, products = 0, beyond = 0;
  for (std::uint64_t e = 0; e < kCount; ++e) {
    const double x = random.normal(e);
    sum += x;
    squares += x * x;
    fourth += x * x * x * x;
    products += x * random.normal(e + 1);
    beyond += std::abs(x) > 1.959964 ? 1 : 0;
  }
  constexpr double n = kCount;
  CHECK(std::abs(sum / n) < 5 / std::sqrt(n));
  CHECK(std::abs(squares / n - 1) < 5 * std::sqrt(2 / n));
  CHECK(std::abs(fourth / n - 3) < 5 * std::sqrt(96 / n));
  CHECK(std::abs(products / n) < 5 / std::sqrt(n));
  CHECK(std::abs(beyond / n - 0.05) < 5 * std::sqrt(0.0475 / n));
}

TEST_CASE("a number belongs to its seed, stream, step and element") {
  std::set<std::uint64_t> seen;
  std::size_t drawn = 0;
  for (const std::uint64_t seed : {0ULL, 1ULL, 1ULL << 32, ~0ULL}) {
    for (const std::uint32_t stream : {0U, 1U, kShuffleStream}) {
      for (const std::uint64_t step :
           {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 40, kInitializationStep}) {
        for (const std::uint64_t element : {0ULL, 1ULL, 2ULL, 3ULL, 1ULL << 33}) {
          const RandomStream random{.seed = seed, .stream = stream, .step = step};
          CHECK(random.bits(element) == random.bits(element));
          seen.insert(random.bits(element));
          ++drawn;
        }
      }
    }
  }
  CHECK(seen.size() == drawn);
}

TEST_CASE("pairs hold the numbers of two elements") {
  const RandomStream random{.seed = 5, .stream = 0, .step = 9};
  CHECK(random.bits_pair(7).first == random.bits(14));
  CHECK(random.bits_pair(7).second == random.bits(15));
  CHECK(random.uniform_pair(7).second == random.uniform(15));
  CHECK(random.normal_pair(7).second == random.normal(15));
}

std::vector<std::int64_t> order(std::uint64_t seed, std::uint64_t epoch, std::size_t n) {
  std::vector<std::int64_t> indices(n, -7);
  permutation(seed, epoch, indices);
  return indices;
}

TEST_CASE("a permutation holds every index once") {
  for (const std::size_t n : {0U, 1U, 2U, 3U, 10U, 1000U}) {
    std::vector<std::int64_t> indices = order(3, 4, n);
    std::sort(indices.begin(), indices.end());
    std::vector<std::int64_t> all(n);
    std::iota(all.begin(), all.end(), 0);
    CHECK(indices == all);
  }
}

TEST_CASE("a permutation is the same in indices of either width") {
  const std::vector<std::int64_t> wide = order(3, 4, 1000);
  std::vector<std::uint32_t> narrow(1000);
  permutation(3, 4, narrow);
  CHECK(std::equal(wide.begin(), wide.end(), narrow.begin()));
}

TEST_CASE("a permutation depends on seed and epoch alone") {
  CHECK(order(3, 4, 100) == order(3, 4, 100));
  CHECK(order(3, 4, 100) != order(3, 5, 100));
  CHECK(order(3, 4, 100) != order(4, 4, 100));
}

TEST_CASE("all orders are equally likely") {
  std::vector<int> count(6);
  constexpr int kEpochs = 12000;
  for (std::uint64_t epoch = 0; epoch < kEpochs; ++epoch) {
    const std::vector<std::int64_t> indices = order(1, epoch, 3);
    ++count[static_cast<std::size_t>(2 * indices[0] + (indices[1] > indices[2] ? 1 : 0))];
  }
  double chi_squared = 0;
  for (const int n : count) chi_squared += (n - 2000.0) * (n - 2000.0) / 2000.0;
  CHECK(chi_squared < 25.7);  // 5 degrees of freedom, one in 10,000
}

}  // namespace
}  // namespace laminar::test
