// SPDX-License-Identifier: BSD-3-Clause
//
// y[n] (+)= u[n] < threshold ? scale * x[n] : 0 with u from Philox4x32-10
#include "entries.hpp"
#include "philox_chunks.hpp"
#include "simd/loops.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

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
