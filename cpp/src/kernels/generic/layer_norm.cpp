// SPDX-License-Identifier: BSD-3-Clause
//
// y[rows, columns] = (x - mean) s gamma + beta, each row with a mean and an s = 1 / sqrt(variance + epsilon) of its own
#include <cmath>

#include "entries.hpp"
#include "maps.hpp"

namespace laminar::kernels::generic {
namespace {

template <class T>
T or_one(const T* p, int64_t i) {
  return p == nullptr ? T(1) : p[i];
}

template <class T>
void layer_norm(const LayerNormArgs<T>& args) {
  const T share = T(1) / static_cast<T>(args.columns);
  for (int64_t r = 0; r < args.rows; ++r) {
    const auto x = vector(args.x + r * args.columns, args.columns);
    auto y = vector(args.y + r * args.columns, args.columns);
    const T rough = x(0) + ordered_sum(x - x(0)) * share;
    const T mean = rough + ordered_sum(x - rough) * share;  // what rounding left out
    const T scale = T(1) / std::sqrt(ordered_sum((x - mean).square()) * share + args.epsilon);
    if (args.means != nullptr) args.means[r] = mean;
    if (args.scales != nullptr) args.scales[r] = scale;
    for (int64_t c = 0; c < args.columns; ++c) {
      y(c) = (x(c) - mean) * scale * or_one(args.gamma, c) + (args.beta == nullptr ? T(0) : args.beta[c]);
    }
  }
}

template <class T>
void add_to_parameters(const LayerNormBackwardArgs<T>& args, int64_t r) {
  const auto x = vector(args.x + r * args.columns, args.columns), dy = vector(args.dy + r * args.columns, args.columns);
  if (args.d_gamma != nullptr) vector(args.d_gamma, args.columns) += dy * (x - args.means[r]) * args.scales[r];
  if (args.d_beta != nullptr) vector(args.d_beta, args.columns) += dy;
}

template <class T>
void row_backward(const LayerNormBackwardArgs<T>& args, int64_t r) {
  const auto x = vector(args.x + r * args.columns, args.columns), dy = vector(args.dy + r * args.columns, args.columns);
  auto dx = vector(args.dx + r * args.columns, args.columns);
  const T mean = args.means[r], scale = args.scales[r];
  T sum = 0, product = 0;
  for (int64_t c = 0; c < args.columns; ++c) {
    const T g = dy(c) * or_one(args.gamma, c);
    sum += g;
    product += g * (x(c) - mean);
  }
  const T share = T(1) / static_cast<T>(args.columns);
  for (int64_t c = 0; c < args.columns; ++c) {
    const T g = dy(c) * or_one(args.gamma, c);
    const T value = scale * (g - share * sum - (x(c) - mean) * scale * scale * share * product);
    dx(c) = args.accumulate ? dx(c) + value : value;
  }
}

template <class T>
void layer_norm_backward(const LayerNormBackwardArgs<T>& args) {
  if (args.d_gamma != nullptr) vector(args.d_gamma, args.columns).setZero();
  if (args.d_beta != nullptr) vector(args.d_beta, args.columns).setZero();
  for (int64_t r = 0; r < args.rows; ++r) {
    add_to_parameters(args, r);  // first, since dx may take the place of dy
    if (args.dx != nullptr) row_backward(args, r);
  }
}

template <class T>
void enter(Kernels<T>& kernels) {
  kernels.layer_norm = layer_norm<T>;
  kernels.layer_norm_backward = layer_norm_backward<T>;
}

}  // namespace

void fill_layer_norm(KernelTable& table) {
  enter(table.f32);
  enter(table.f64);
}

}  // namespace laminar::kernels::generic
