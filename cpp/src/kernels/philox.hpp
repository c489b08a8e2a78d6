// SPDX-License-Identifier: BSD-3-Clause
//
// Philox4x32-10: four random words from a counter and a key, without any state, so that a number
// belongs to its place and not to the thread or the vector width that draws it.
// Reference: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <stdint.h>

#include "table.hpp"

namespace laminar::kernels {

inline constexpr uint32_t kPhiloxMultiplier0 = 0xD2511F53u;
inline constexpr uint32_t kPhiloxMultiplier1 = 0xCD9E8D57u;
inline constexpr uint32_t kPhiloxWeyl0 = 0x9E3779B9u;
inline constexpr uint32_t kPhiloxWeyl1 = 0xBB67AE85u;
inline constexpr int kPhiloxRounds = 10;

struct PhiloxWords {
  uint32_t word[4];
};

// Functions here are static: the objects of an instruction set may not export a shared symbol.
static constexpr PhiloxWords philox4x32_10(PhiloxWords counter, uint32_t key_0, uint32_t key_1) {
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const uint64_t product_0 = uint64_t{kPhiloxMultiplier0} * counter.word[0];
    const uint64_t product_1 = uint64_t{kPhiloxMultiplier1} * counter.word[2];
    counter = {{static_cast<uint32_t>(product_1 >> 32) ^ counter.word[1] ^ key_0, static_cast<uint32_t>(product_1),
                static_cast<uint32_t>(product_0 >> 32) ^ counter.word[3] ^ key_1, static_cast<uint32_t>(product_0)}};
    key_0 += kPhiloxWeyl0;
    key_1 += kPhiloxWeyl1;
  }
  return counter;
}

/// The counter of four numbers. Distinct for every block < 2^40, step < 2^56 and stream < 2^32:
/// word 0: block, low 32 bits; word 1: block bits 32..39, then step bits 32..55;
/// word 2: step, low 32 bits; word 3: stream. The key is the seed.
static constexpr PhiloxWords philox_counter(const RandomKey& key, uint64_t block) {
  return {{static_cast<uint32_t>(block), static_cast<uint32_t>((block >> 32) ^ ((key.step >> 32) << 8)),
           static_cast<uint32_t>(key.step), key.stream}};
}

/// The random words of elements 4 block .. 4 block + 3.
static constexpr PhiloxWords random_words(const RandomKey& key, uint64_t block) {
  return philox4x32_10(philox_counter(key, block), static_cast<uint32_t>(key.seed),
                       static_cast<uint32_t>(key.seed >> 32));
}

}  // namespace laminar::kernels
