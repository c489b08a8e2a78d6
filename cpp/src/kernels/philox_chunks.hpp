// SPDX-License-Identifier: BSD-3-Clause
//
// Philox on vectors: the words of several blocks at a time.
#pragma once

#include "philox.hpp"
#include LAMINAR_ISA_HEADER

namespace laminar::kernels::LAMINAR_ISA {
namespace {

/// Words that one call of random_chunk makes
constexpr int kChunk = 4 * Words::kBlocks;

/// The keys of the rounds, which are the same for all numbers of a call
struct RoundKeys {
  explicit RoundKeys(uint64_t seed) {
    uint32_t key_0 = static_cast<uint32_t>(seed), key_1 = static_cast<uint32_t>(seed >> 32);
    for (int round = 0; round < kPhiloxRounds; ++round) {
      word_0[round] = broadcast_word(key_0);
      word_1[round] = broadcast_word(key_1);
      key_0 += kPhiloxWeyl0;
      key_1 += kPhiloxWeyl1;
    }
  }
  Words word_0[kPhiloxRounds], word_1[kPhiloxRounds];
};

/// The numbers of kBlocks blocks, as philox4x32_10 gives them one by one
inline void random_chunk(const RoundKeys& keys, const PhiloxWords& rest, uint64_t first_block, uint32_t* out) {
  const Words multiplier_0 = broadcast_word(kPhiloxMultiplier0), multiplier_1 = broadcast_word(kPhiloxMultiplier1);
  const Words block = block_indices(first_block);
  Words w0 = block, w1 = upper_word(block) ^ broadcast_word(rest.word[1]);
  Words w2 = broadcast_word(rest.word[2]), w3 = broadcast_word(rest.word[3]);
#pragma GCC unroll 10
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const Words product_0 = multiply(multiplier_0, w0), product_1 = multiply(multiplier_1, w2);
    w0 = exclusive_or(upper_word(product_1), w1, keys.word_0[round]);
    w2 = exclusive_or(upper_word(product_0), w3, keys.word_1[round]);
    w1 = product_1;
    w3 = product_0;
  }
  store_words(out, w0, w1, w2, w3);
}

}  // namespace
}  // namespace laminar::kernels::LAMINAR_ISA
