// SPDX-License-Identifier: BSD-3-Clause
#include "ops/reduce.hpp"

#include <algorithm>
#include <array>

#include "core/parallel.hpp"

namespace laminar {
namespace {

/// Sum over blocks whose number depends on n alone, so that any number of threads adds in one order.
template <class T>
double sum_in_blocks(const Context& context, std::int64_t n, const T* x, double (*sum)(std::int64_t, const T*)) {
  constexpr std::int64_t kBlocks = 64;
  constexpr std::int64_t kSmallestBlock = 8192;
  const std::int64_t block = std::max(kSmallestBlock, ((n + kBlocks - 1) / kBlocks + 63) / 64 * 64);
  std::array<double, kBlocks> partial{};
  const std::int64_t count = (n + block - 1) / block;
  parallel_for(context, count, 4, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      partial[static_cast<std::size_t>(b)] = sum(std::min(block, n - b * block), x + b * block);
    }
  });
  double total = 0.0;
  for (const double part : partial) total += part;
  return total;
}

}  // namespace

template <class T>
double sum_of_squares(const Context& context, std::int64_t n, const T* x) {
  return sum_in_blocks<T>(context, n, x, context.kernels<T>().sum_of_squares);
}

template <class T>
double sum_of_magnitudes(const Context& context, std::int64_t n, const T* x) {
  return sum_in_blocks<T>(context, n, x, context.kernels<T>().sum_of_magnitudes);
}

template double sum_of_squares(const Context&, std::int64_t, const float*);
template double sum_of_squares(const Context&, std::int64_t, const double*);
template double sum_of_magnitudes(const Context&, std::int64_t, const float*);
template double sum_of_magnitudes(const Context&, std::int64_t, const double*);

}  // namespace laminar
