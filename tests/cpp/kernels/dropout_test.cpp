// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <set>
#include <tuple>

#include "kernels/philox.hpp"
#include "support/close.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

using kernels::KernelTable;
using kernels::PhiloxWords;
using kernels::RandomKey;

TEST_CASE("philox gives the known answers of its authors") {
  const auto check = [](PhiloxWords counter, uint32_t key_0, uint32_t key_1, PhiloxWords expected) {
    const PhiloxWords words = kernels::philox4x32_10(counter, key_0, key_1);
    for (int i = 0; i < 4; ++i) CHECK(words.word[i] == expected.word[i]);
  };
  const uint32_t ones = 0xFFFFFFFF;
  check({{0, 0, 0, 0}}, 0, 0, {{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8}});
  check({{ones, ones, ones, ones}}, ones, ones, {{0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD}});
  check({{0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344}}, 0xA4093822, 0x299F31D0,
        {{0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1}});
}

TEST_CASE("counters of different streams, steps and blocks differ") {
  std::set<std::tuple<uint32_t, uint32_t, uint32_t, uint32_t>> counters;
  const uint64_t places[] = {0, 1, 255, uint64_t{1} << 31, uint64_t{1} << 32, (uint64_t{1} << 40) - 1};
  for (const uint32_t stream : {0u, 1u, 0xFFFFFFFFu}) {
    for (const uint64_t step : places) {
      for (const uint64_t block : places) {
        const PhiloxWords c = kernels::philox_counter({0, stream, step << 8}, block);
        counters.insert({c.word[0], c.word[1], c.word[2], c.word[3]});
      }
    }
  }
  CHECK(counters.size() == 3 * 6 * 6);
}

TEST_CASE_TEMPLATE("dropout of every instruction set equals its definition", T, float, double) {
  const RandomKey key = {0x123456789ABCDEF0, 77, (uint64_t{1} << 40) + 5};
  const uint64_t certain = uint64_t{1} << 32;
  for (const KernelTable& table : tables()) {
    for (const int64_t n : kSizes) {
      for (const int64_t first : {int64_t{0}, int64_t{52}, (int64_t{1} << 34) - 8}) {
        for (const uint64_t threshold : {uint64_t{0}, uint64_t{1}, certain / 3, certain - 1, certain}) {
          for (const bool accumulate : {false, true}) {
            const std::vector<T> x = random_vector<T>(n, 1);
            std::vector<T> y = guarded(x), expected = guarded(x);  // in place
            for (int64_t i = 0; i < n; ++i) {
              const uint32_t u = kernels::random_words(key, (first + i) / 4).word[(first + i) % 4];
              expected[i] = (accumulate ? x[i] : T(0)) + (u < threshold ? T(1.5) * x[i] : T(0));
            }
            table.of<T>().dropout({n, key, first, threshold, T(1.5), y.data(), y.data(), accumulate});
            const std::string isa = table.isa;
            CAPTURE(isa);
            CAPTURE(n);
            CAPTURE(first);
            CAPTURE(threshold);
            check_close(y, expected, 1);
          }
        }
      }
    }
  }
}

TEST_CASE("dropout keeps the share that it should") {
  const int64_t n = 1 << 20;
  const std::vector<float> ones(n, 1.0f);
  std::vector<float> y(n);
  for (const KernelTable& table : tables()) {
    table.f32.dropout(
        {n, {7, 0, 0}, 0, static_cast<uint64_t>(0.8 * 4294967296.0), 1.25f, ones.data(), y.data(), false});
    double mean = 0;
    for (const float value : y) mean += double{value} / n;
    CHECK(mean == doctest::Approx(1).epsilon(3e-3));  // six standard deviations
  }
}

}  // namespace
}  // namespace laminar::test
