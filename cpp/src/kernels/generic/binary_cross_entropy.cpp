// SPDX-License-Identifier: BSD-3-Clause
//
// losses[rows] = reduction * sum_c (max(z, 0) - z y + log(1 + exp(-|z|))), then z = sigmoid(z)
#include <cmath>

#include "entries.hpp"

namespace laminar::kernels::generic {
namespace {

template <class T>
void binary_cross_entropy(const BinaryCrossEntropyArgs<T>& args) {
  for (int64_t r = 0; r < args.rows; ++r) {
    T* z_to_p = args.z_to_p + r * args.columns;
    const T* y = args.targets + r * args.columns;
    T sum = 0;
    for (int64_t c = 0; c < args.columns; ++c) {
      const T z = z_to_p[c];
      const T e = std::exp(-std::abs(z));
      if (!args.skip_missing || !std::isnan(y[c])) sum += (z < 0 ? T(0) : z) - z * y[c] + std::log1p(e);
      z_to_p[c] = (z < 0 ? e : T(1)) / (1 + e);
    }
    args.losses[r] = args.reduction * sum;
  }
}

}  // namespace

void fill_binary_cross_entropy(KernelTable& table) {
  table.f32.binary_cross_entropy = binary_cross_entropy<float>;
  table.f64.binary_cross_entropy = binary_cross_entropy<double>;
}

}  // namespace laminar::kernels::generic
