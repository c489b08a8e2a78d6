// SPDX-License-Identifier: BSD-3-Clause
//
// losses[rows] = reduction * sum_c (max(z, 0) - z y + log(1 + exp(-|z|))), then z = sigmoid(z)
#include "entries.hpp"
#include "simd/loops.hpp"
#include "simd/math.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

/// Turns logits into probabilities and gives their losses.
template <class T, class Lanes>
inline Vec<T> loss_of_vector(T* z_to_p, const T* y, Lanes lanes) {
  const Vec<T> z = load<T>(z_to_p, lanes), e = exp_of_minus_abs(z);
  store(z_to_p, sigmoid_from(z, e), lanes);
  // max(z, 0) - z y is taken first: it is exact for the targets 0 and 1.
  return fnmadd(z, load(y, lanes), max(broadcast(T(0)), z)) + log1p_of_fraction(e);
}

template <class T>
void binary_cross_entropy(const BinaryCrossEntropyArgs<T>& args) {
  const Vec<T> reduction = broadcast(args.reduction);
  if (args.columns == 1) {
    for_each_vector<T>(args.rows, [&](int64_t i, auto lanes) {
      store(args.losses + i, reduction * loss_of_vector(args.z_to_p + i, args.targets + i, lanes), lanes);
    });
    return;
  }
  for (int64_t r = 0; r < args.rows; ++r) {
    T* z_to_p = args.z_to_p + r * args.columns;
    const T* y = args.targets + r * args.columns;
    Vec<T> total = broadcast(T(0));
    for_each_vector<T>(args.columns, [&](int64_t i, auto lanes) {
      total = total + fill_absent(loss_of_vector(z_to_p + i, y + i, lanes), T(0), lanes);
    });
    args.losses[r] = args.reduction * reduce_add(total);
  }
}

}  // namespace

void fill_binary_cross_entropy(KernelTable& table) {
  table.f32.binary_cross_entropy = binary_cross_entropy<float>;
  table.f64.binary_cross_entropy = binary_cross_entropy<double>;
}

}  // namespace laminar::kernels::LAMINAR_ISA
