// SPDX-License-Identifier: BSD-3-Clause
//
// y[n] = x[n] + stddev z[n], z standard normal: lengths sqrt(-2 log u) in random directions, u from Philox4x32-10
#include <cmath>
#include <numbers>

#include "entries.hpp"
#include "kernels/philox.hpp"

namespace laminar::kernels::generic {
namespace {

constexpr int kUnit = 64, kPairs = kUnit / 2;

template <class T>
void normal_numbers(const RandomKey& key, uint64_t first_block, T* z) {
  int32_t words[kUnit];
  for (int block = 0; block < kUnit / 4; ++block) {
    const PhiloxWords random = random_words(key, first_block + static_cast<uint64_t>(block));
    for (int w = 0; w < 4; ++w) words[4 * block + w] = static_cast<int32_t>(random.word[w]);
  }
  for (int i = 0; i < kPairs; ++i) {
    const T u = std::abs(static_cast<T>(words[i])) * T(0x1p-31);
    const T length = std::sqrt(T(-2) * std::log(u > T(0x1p-32) ? u : T(0x1p-32)));
    const T angle = static_cast<T>(words[kPairs + i]) * T(0x1p-32) * (2 * std::numbers::pi_v<T>);
    z[i] = length * std::cos(angle);
    z[kPairs + i] = length * std::sin(angle);
  }
}

template <class T>
void gaussian_noise(const GaussianNoiseArgs<T>& args) {
  T z[kUnit];
  for (int64_t i = 0; i < args.n; ++i) {
    if (i % kUnit == 0) normal_numbers(args.key, static_cast<uint64_t>(args.first_element + i) / 4, z);
    args.y[i] = args.x[i] + args.stddev * z[i % kUnit];
  }
}

}  // namespace

void fill_gaussian_noise(KernelTable& table) {
  table.f32.gaussian_noise = gaussian_noise<float>;
  table.f64.gaussian_noise = gaussian_noise<double>;
}

}  // namespace laminar::kernels::generic
