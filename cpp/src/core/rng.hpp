// SPDX-License-Identifier: BSD-3-Clause
//
// Random numbers that belong to a place, not to a moment: number `element` of (seed, stream, step) is the same
// whoever asks, in whatever order, on any number of threads.
//
// Who draws from where, for one seed:
//   dropout and noise    the node's stream, the training step
//   initializers         the parameter's stream, step kInitializationStep, which no training reaches
//   shuffles             stream kShuffleStream, which no node has; the epoch is the step
#pragma once

#include <cstdint>
#include <span>

namespace laminar {

inline constexpr std::uint32_t kShuffleStream = 0xFFFFFFFF;
inline constexpr std::uint64_t kInitializationStep = (std::uint64_t{1} << 56) - 1;  // the last that the counter holds

struct RandomStream {
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;
  std::uint64_t step = 0;

  struct Pair {
    std::uint64_t first, second;
  };
  struct RealPair {
    double first, second;
  };

  /// 64 random bits: element e is half e % 2 of block e / 2.
  std::uint64_t bits(std::uint64_t element) const;
  /// In [0, 1), a multiple of 2^-53.
  double uniform(std::uint64_t element) const;
  /// Mean 0, variance 1.
  double normal(std::uint64_t element) const;

  // Elements 2 block and 2 block + 1 at the price of one.
  Pair bits_pair(std::uint64_t block) const;
  RealPair uniform_pair(std::uint64_t block) const;
  RealPair normal_pair(std::uint64_t block) const;
};

/// Fills `indices` with 0 .. n - 1 in the random order of that epoch, all orders equally likely; the same order for
/// indices of either width.
void permutation(std::uint64_t seed, std::uint64_t epoch, std::span<std::uint32_t> indices);
void permutation(std::uint64_t seed, std::uint64_t epoch, std::span<std::int64_t> indices);

}  // namespace laminar
