// SPDX-License-Identifier: BSD-3-Clause
//
// y[n] = x[n] + stddev z[n], z standard normal: lengths sqrt(-2 log u) in random directions, u from Philox4x32-10
// Reference: Box and Muller, "A note on the generation of random normal deviates", Ann. Math. Stat. 29 (1958).
#include "entries.hpp"
#include "philox_chunks.hpp"
#include "simd/loops.hpp"
#include "simd/math.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

constexpr int kUnit = 64, kPairs = kUnit / 2;

/// Taylor series of sin(2 pi r) / r and cos(2 pi r) in r^2, which for |r| <= 1/8 end below the rounding of T
template <class T>
struct TurnSeries {
  static constexpr int kTerms = sizeof(T) == sizeof(float) ? 6 : 10;
  T sine[kTerms], cosine[kTerms];

  constexpr TurnSeries() {
    constexpr double kTurn = 6.283185307179586476925;
    double term = 1;
    for (int k = 0; k < kTerms; ++k) {
      cosine[k] = static_cast<T>(term);
      sine[k] = static_cast<T>(term * kTurn / (2 * k + 1));
      term *= -kTurn * kTurn / ((2 * k + 1) * (2 * k + 2));
    }
  }
};

template <class T>
struct Direction {
  Vec<T> cosine, sine;
};

/// Of an angle of t turns, |t| <= 1/2
template <class T>
inline Direction<T> direction(Vec<T> t) {
  static constexpr TurnSeries<T> kSeries;
  const Vec<T> one = broadcast(T(1));
  const Vec<T> quarter = round(t * broadcast(T(4))), r = fnmadd(quarter, broadcast(T(0.25)), t), square = r * r;
  const Vec<T> sine = r * polynomial(kSeries.sine, square), cosine = polynomial(kSeries.cosine, square);
  // Quarters -1 and 1 turn cosine into sine; -2, 0 and 2 change no more than signs.
  const Mask<T> odd = equal(abs(quarter), one);
  const Vec<T> sign = one - abs(quarter);
  return {select(odd, (broadcast(T(0)) - quarter) * sine, sign * cosine), select(odd, quarter * cosine, sign * sine)};
}

/// 64 standard normal numbers from as many words
template <class T>
inline void normal_numbers(const uint32_t* words, T* z) {
  const int32_t* integers = reinterpret_cast<const int32_t*>(words);
  for (int i = 0; i < kPairs; i += Vec<T>::kLanes) {
    const Vec<T> whole = abs(load_integers(Vec<T>{}, integers + i));
    const Vec<T> u = max(whole * broadcast(T(0x1p-31)), broadcast(T(0x1p-32)));
    const Vec<T> length = sqrt(broadcast(T(-2)) * log(u));
    const Direction<T> to = direction(load_integers(Vec<T>{}, integers + kPairs + i) * broadcast(T(0x1p-32)));
    store(z + i, length * to.cosine);
    store(z + kPairs + i, length * to.sine);
  }
}

template <class T>
void gaussian_noise(const GaussianNoiseArgs<T>& args) {
  const RoundKeys keys(args.key.seed);
  const PhiloxWords rest = philox_counter(args.key, 0);
  const Vec<T> stddev = broadcast(args.stddev);
  uint32_t words[kUnit];
  T z[kUnit];
  for (int64_t start = 0; start < args.n; start += kUnit) {
    const uint64_t block = static_cast<uint64_t>(args.first_element + start) / 4;
    for (int i = 0; i < kUnit; i += kChunk) {
      random_chunk(keys, rest, block + static_cast<uint64_t>(i) / 4, words + i);
    }
    normal_numbers(words, z);
    const int64_t count = args.n - start < kUnit ? args.n - start : kUnit;
    for_each_vector<T>(count, [&](int64_t i, auto lanes) {
      store(args.y + start + i, fma(stddev, load<T>(z + i, lanes), load(args.x + start + i, lanes)), lanes);
    });
  }
}

}  // namespace

void fill_gaussian_noise(KernelTable& table) {
  table.f32.gaussian_noise = gaussian_noise<float>;
  table.f64.gaussian_noise = gaussian_noise<double>;
}

}  // namespace laminar::kernels::LAMINAR_ISA
