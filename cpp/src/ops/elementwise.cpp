// SPDX-License-Identifier: BSD-3-Clause
#include "ops/elementwise.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "core/parallel.hpp"

namespace laminar {
namespace {

// Elements that outweigh a thread more: light loops move memory, heavy ones evaluate exp.
constexpr std::int64_t kLightGrain = 16384;
constexpr std::int64_t kHeavyGrain = 8192;

std::int64_t row_grain(MatrixShape shape) {
  return std::max<std::int64_t>(1, kHeavyGrain / std::max<std::int64_t>(1, shape.columns));
}

}  // namespace

template <class T>
void activate(const Context& context, ActivationSpec activation, MatrixShape shape, const T* z, T* a) {
  const kernels::Kernels<T>& kernels = context.kernels<T>();
  if (activation.kind == Activation::kSoftmax) {
    parallel_for(context, shape.rows, row_grain(shape), [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t offset = begin * shape.columns;
      kernels.softmax(end - begin, shape.columns, z + offset, a + offset);
    });
    return;
  }
  parallel_for_elements(context, shape.rows * shape.columns, kHeavyGrain, [&](std::int64_t begin, std::int64_t end) {
    kernels.activate({.n = end - begin,
                      .activation = activation.kind,
                      .slope = static_cast<T>(activation.slope),
                      .z = z + begin,
                      .a = a + begin});
  });
}

template <class T>
void activate_backward(const Context& context, ActivationSpec activation, MatrixShape shape, const T* z, const T* a,
                       const T* da, T* dz, bool accumulate) {
  const kernels::Kernels<T>& kernels = context.kernels<T>();
  if (activation.kind == Activation::kSoftmax) {
    parallel_for(context, shape.rows, row_grain(shape), [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t offset = begin * shape.columns;
      kernels.softmax_backward(end - begin, shape.columns, a + offset, da + offset, dz + offset, accumulate);
    });
    return;
  }
  const bool reads_z = needs_pre_activation(activation.kind);
  parallel_for_elements(context, shape.rows * shape.columns, kHeavyGrain, [&](std::int64_t begin, std::int64_t end) {
    kernels.activate_backward({.n = end - begin,
                               .activation = activation.kind,
                               .slope = static_cast<T>(activation.slope),
                               .z = reads_z ? z + begin : nullptr,
                               .a = a + begin,
                               .da = da + begin,
                               .dz = dz + begin,
                               .accumulate = accumulate});
  });
}

template <class T>
void copy_or_add(const Context& context, std::int64_t n, const T* x, T* y, bool accumulate) {
  if (x == y && !accumulate) return;
  parallel_for_elements(context, n, kLightGrain, [&](std::int64_t begin, std::int64_t end) {
    if (accumulate) {
      context.kernels<T>().add(end - begin, x + begin, y + begin, y + begin);
    } else {
      std::memcpy(y + begin, x + begin, static_cast<std::size_t>(end - begin) * sizeof(T));
    }
  });
}

template <class T>
void column_sums(const Context& context, MatrixShape shape, const T* x, T* out, bool accumulate) {
  // A thread owns whole columns, a cache line at least: each sum keeps the order of its rows.
  constexpr std::int64_t kBlock = 64;
  const std::int64_t blocks = (shape.columns + kBlock - 1) / kBlock;
  const std::int64_t grain = std::max<std::int64_t>(1, kLightGrain / std::max<std::int64_t>(1, kBlock * shape.rows));
  parallel_for(context, blocks, grain, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t first = begin * kBlock;
    const std::int64_t last = std::min(end * kBlock, shape.columns);
    context.kernels<T>().column_sums(shape.rows, last - first, x + first, shape.columns, out + first, accumulate);
  });
}

template <class T>
bool all_finite(const Context& context, std::int64_t n, const T* x) {
  std::atomic<bool> finite{true};
  parallel_for_elements(context, n, 4 * kLightGrain, [&](std::int64_t begin, std::int64_t end) {
    if (!context.kernels<T>().all_finite(end - begin, x + begin)) finite.store(false, std::memory_order_relaxed);
  });
  return finite.load();
}

template void activate(const Context&, ActivationSpec, MatrixShape, const float*, float*);
template void activate(const Context&, ActivationSpec, MatrixShape, const double*, double*);
template void activate_backward(const Context&, ActivationSpec, MatrixShape, const float*, const float*, const float*,
                                float*, bool);
template void activate_backward(const Context&, ActivationSpec, MatrixShape, const double*, const double*,
                                const double*, double*, bool);
template void copy_or_add(const Context&, std::int64_t, const float*, float*, bool);
template void copy_or_add(const Context&, std::int64_t, const double*, double*, bool);
template void column_sums(const Context&, MatrixShape, const float*, float*, bool);
template void column_sums(const Context&, MatrixShape, const double*, double*, bool);
template bool all_finite(const Context&, std::int64_t, const float*);
template bool all_finite(const Context&, std::int64_t, const double*);

}  // namespace laminar
