// SPDX-License-Identifier: BSD-3-Clause
#include "ops/scaling.hpp"

#include "core/parallel.hpp"

namespace laminar {
namespace {

constexpr std::int64_t kGrain = 16384;  // elements that outweigh waking a thread up

}  // namespace

template <class T>
void scale(const Context& context, std::int64_t n, T factor, const T* x, T* y) {
  parallel_for_elements(context, n, kGrain, [&](std::int64_t begin, std::int64_t end) {
    context.kernels<T>().scale(end - begin, factor, x + begin, y + begin);
  });
}

template <class T>
void clip(const Context& context, std::int64_t n, T limit, T* x) {
  parallel_for_elements(context, n, kGrain, [&](std::int64_t begin, std::int64_t end) {
    context.kernels<T>().clip(end - begin, limit, x + begin);
  });
}

template <class T>
void move_average(const Context& context, std::int64_t n, T share, const T* x, T* average) {
  parallel_for_elements(context, n, kGrain, [&](std::int64_t begin, std::int64_t end) {
    context.kernels<T>().move_average(end - begin, share, x + begin, average + begin);
  });
}

template void scale(const Context&, std::int64_t, float, const float*, float*);
template void scale(const Context&, std::int64_t, double, const double*, double*);
template void clip(const Context&, std::int64_t, float, float*);
template void clip(const Context&, std::int64_t, double, double*);
template void move_average(const Context&, std::int64_t, float, const float*, float*);
template void move_average(const Context&, std::int64_t, double, const double*, double*);

}  // namespace laminar
