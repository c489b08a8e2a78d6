// SPDX-License-Identifier: BSD-3-Clause
//
// w = mean + stddev n with normal n, or w = low + (high - low) u with u uniform in [0, 1)
#include "initializers/initialize.hpp"

namespace laminar {
namespace {

/// w[e] = shift + scale * number e, where draw(block) gives numbers 2 block and 2 block + 1.
template <class Draw>
void fill(double shift, double scale, const Tensor& parameter, const Draw& draw) {
  dispatch_float(parameter.dtype(), [&]<class T>() {
    T* w = parameter.as<T>();
    const std::int64_t n = parameter.shape().size();
    for (std::int64_t e = 0; e < n; e += 2) {
      const RandomStream::RealPair pair = draw(static_cast<std::uint64_t>(e / 2));
      w[e] = static_cast<T>(shift + scale * pair.first);
      if (e + 1 < n) w[e + 1] = static_cast<T>(shift + scale * pair.second);
    }
  });
}

}  // namespace

void fill_normal(double mean, double stddev, const RandomStream& random, const Tensor& parameter) {
  fill(mean, stddev, parameter, [&](std::uint64_t block) { return random.normal_pair(block); });
}

void fill_uniform(double low, double high, const RandomStream& random, const Tensor& parameter) {
  fill(low, high - low, parameter, [&](std::uint64_t block) { return random.uniform_pair(block); });
}

}  // namespace laminar
