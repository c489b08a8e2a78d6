// SPDX-License-Identifier: BSD-3-Clause
#include "core/rng.hpp"

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "kernels/philox.hpp"

namespace laminar {
namespace {

double to_unit_interval(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

/// The numbers of a stream one after the other.
class Draws {
 public:
  explicit Draws(const RandomStream& stream) : stream_(stream) {}

  std::uint64_t next() {
    if (element_ % 2 == 0) pair_ = stream_.bits_pair(element_ / 2);
    return element_++ % 2 == 0 ? pair_.first : pair_.second;
  }

  /// A whole number below `bound`, all equally likely: the high half of bits * bound, where the few low halves that
  /// would favour some numbers are drawn again.
  /// Reference: Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019).
  std::uint64_t below(std::uint64_t bound) {
    for (;;) {
      const Product product = multiply(next(), bound);
      if (product.low >= bound || product.low >= (0 - bound) % bound) return product.high;
    }
  }

 private:
  struct Product {
    std::uint64_t high, low;
  };
  static Product multiply(std::uint64_t a, std::uint64_t b) {
    const std::uint64_t a_low = a & 0xFFFFFFFF, a_high = a >> 32, b_low = b & 0xFFFFFFFF, b_high = b >> 32;
    const std::uint64_t middle = a_high * b_low + ((a_low * b_low) >> 32);
    const std::uint64_t other_middle = a_low * b_high + (middle & 0xFFFFFFFF);
    return {a_high * b_high + (middle >> 32) + (other_middle >> 32), a * b};
  }

  RandomStream stream_;
  std::uint64_t element_ = 0;
  RandomStream::Pair pair_{};
};

template <class Index>
void permute(std::uint64_t seed, std::uint64_t epoch, std::span<Index> indices) {
  Draws draws({.seed = seed, .stream = kShuffleStream, .step = epoch});
  std::iota(indices.begin(), indices.end(), Index{0});
  for (std::size_t left = indices.size(); left > 1; --left) {  // Fisher and Yates
    std::swap(indices[left - 1], indices[draws.below(left)]);
  }
}

}  // namespace

RandomStream::Pair RandomStream::bits_pair(std::uint64_t block) const {
  const auto [word] = kernels::random_words({.seed = seed, .stream = stream, .step = step}, block);
  return {(std::uint64_t{word[1]} << 32) | word[0], (std::uint64_t{word[3]} << 32) | word[2]};
}

RandomStream::RealPair RandomStream::uniform_pair(std::uint64_t block) const {
  const Pair bits = bits_pair(block);
  return {to_unit_interval(bits.first), to_unit_interval(bits.second)};
}

RandomStream::RealPair RandomStream::normal_pair(std::uint64_t block) const {
  // Box and Muller: a random direction, and a length whose square is exponential. 1 - u is never 0.
  const RealPair uniform = uniform_pair(block);
  const double length = std::sqrt(-2 * std::log(1 - uniform.first));
  const double angle = 2 * std::numbers::pi * uniform.second;
  return {length * std::cos(angle), length * std::sin(angle)};
}

std::uint64_t RandomStream::bits(std::uint64_t element) const {
  const Pair pair = bits_pair(element / 2);
  return element % 2 == 0 ? pair.first : pair.second;
}

double RandomStream::uniform(std::uint64_t element) const { return to_unit_interval(bits(element)); }

double RandomStream::normal(std::uint64_t element) const {
  const RealPair pair = normal_pair(element / 2);
  return element % 2 == 0 ? pair.first : pair.second;
}

void permutation(std::uint64_t seed, std::uint64_t epoch, std::span<std::uint32_t> indices) {
  permute(seed, epoch, indices);
}

void permutation(std::uint64_t seed, std::uint64_t epoch, std::span<std::int64_t> indices) {
  permute(seed, epoch, indices);
}

}  // namespace laminar
