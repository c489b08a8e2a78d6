// SPDX-License-Identifier: BSD-3-Clause
//
// y[n] (+)= u[n] < threshold ? scale * x[n] : 0 with u from Philox4x32-10
#include "entries.hpp"
#include "philox.hpp"
#include "simd/loops.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

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

template <class T>
void dropout(const DropoutArgs<T>& args) {
  const Vec<T> factor = broadcast(args.scale), zero = broadcast(T(0));
  const uint32_t limit = static_cast<uint32_t>(args.threshold - 1);  // u < threshold, also where it is 2^32
  const bool keeps_none = args.threshold == 0;
  const RoundKeys keys(args.key.seed);
  const PhiloxWords rest = philox_counter(args.key, 0);
  uint32_t random[kChunk];
  for (int64_t start = 0; start < args.n; start += kChunk) {
    random_chunk(keys, rest, static_cast<uint64_t>(args.first_element + start) / 4, random);
    const int64_t count = args.n - start < kChunk ? args.n - start : kChunk;
    for_each_vector<T>(count, [&](int64_t i, auto lanes) {
      const Mask<T> kept = at_most(zero, random + i, limit);
      T* y = args.y + start + i;
      const Vec<T> scaled = keeps_none ? zero : factor * load(args.x + start + i, lanes);
      const Vec<T> value = select(kept, scaled, zero);
      store(y, args.accumulate ? load<T>(y, lanes) + value : value, lanes);
    });
  }
}

}  // namespace

void fill_dropout(KernelTable& table) {
  table.f32.dropout = dropout<float>;
  table.f64.dropout = dropout<double>;
}

}  // namespace laminar::kernels::LAMINAR_ISA
