// SPDX-License-Identifier: BSD-3-Clause
//
// y[n] (+)= u[n] < threshold ? scale * x[n] : 0 with u from Philox4x32-10
#include "entries.hpp"
#include "philox.hpp"
#include "simd/loops.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

constexpr int kChunk = 4 * Words::kBlocks;

/// The numbers of kBlocks blocks, as philox4x32_10 gives them one by one
void random_chunk(const RandomKey& key, uint64_t first_block, uint32_t* out) {
  const Words multiplier_0 = broadcast_word(kPhiloxMultiplier0), multiplier_1 = broadcast_word(kPhiloxMultiplier1);
  const Words block = block_indices(first_block);
  const PhiloxWords rest = philox_counter(key, 0);
  Words w0 = block, w1 = upper_word(block) ^ broadcast_word(rest.word[1]);
  Words w2 = broadcast_word(rest.word[2]), w3 = broadcast_word(rest.word[3]);
  uint32_t key_0 = static_cast<uint32_t>(key.seed), key_1 = static_cast<uint32_t>(key.seed >> 32);
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const Words product_0 = multiply(multiplier_0, w0), product_1 = multiply(multiplier_1, w2);
    w0 = upper_word(product_1) ^ w1 ^ broadcast_word(key_0);
    w2 = upper_word(product_0) ^ w3 ^ broadcast_word(key_1);
    w1 = product_1;
    w3 = product_0;
    key_0 += kPhiloxWeyl0;
    key_1 += kPhiloxWeyl1;
  }
  store_words(out, w0, w1, w2, w3);
}

template <class T>
void dropout(const DropoutArgs<T>& args) {
  const Vec<T> factor = broadcast(args.scale), zero = broadcast(T(0));
  const uint32_t limit = static_cast<uint32_t>(args.threshold - 1);  // u < threshold, also where it is 2^32
  const bool keeps_none = args.threshold == 0;
  uint32_t random[kChunk];
  for (int64_t start = 0; start < args.n; start += kChunk) {
    random_chunk(args.key, static_cast<uint64_t>(args.first_element + start) / 4, random);
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
