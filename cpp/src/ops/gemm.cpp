// SPDX-License-Identifier: BSD-3-Clause
#include "ops/gemm.hpp"

#include <algorithm>

#include "core/parallel.hpp"

namespace laminar {
namespace {

// Multiples of every kernel's register tile (6 and 12 rows, 16, 32 and 64 columns).
constexpr std::int64_t kTileRows = 96;
constexpr std::int64_t kTileColumns = 256;
// Multiply-adds that outweigh waking a thread up at our barrier.
constexpr std::int64_t kWorkPerThread = 1 << 18;

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

template <class T>
void gemm(const Context& context, std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, MatrixView<T> b,
          T* c, const Epilogue<T>& epilogue) {
  const std::int64_t tile_columns = ceil_div(n, kTileColumns);
  const std::int64_t tiles = ceil_div(m, kTileRows) * tile_columns;
  const std::int64_t work_per_tile = std::min(m, kTileRows) * std::min(n, kTileColumns) * std::max<std::int64_t>(k, 1);
  const std::int64_t grain = std::max<std::int64_t>(1, kWorkPerThread / std::max<std::int64_t>(work_per_tile, 1));
  parallel_for(context, tiles, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t tile = begin; tile < end; ++tile) {
      const std::int64_t i = tile / tile_columns * kTileRows;
      const std::int64_t j = tile % tile_columns * kTileColumns;
      context.kernels<T>().gemm({
          .m = std::min(kTileRows, m - i),
          .n = std::min(kTileColumns, n - j),
          .k = k,
          .a = a.data + i * a.row_stride,
          .a_row_stride = a.row_stride,
          .a_column_stride = a.column_stride,
          .b = b.data + j * b.column_stride,
          .b_row_stride = b.row_stride,
          .b_column_stride = b.column_stride,
          .c = c + i * n + j,
          .c_row_stride = n,
          .accumulate = epilogue.accumulate,
          .bias = epilogue.bias == nullptr ? nullptr : epilogue.bias + j,
          .pre_activation = epilogue.pre_activation == nullptr ? nullptr : epilogue.pre_activation + i * n + j,
          .activation = epilogue.activation.kind,
          .slope = static_cast<T>(epilogue.activation.slope),
      });
    }
  });
}

template void gemm(const Context&, std::int64_t, std::int64_t, std::int64_t, MatrixView<float>, MatrixView<float>,
                   float*, const Epilogue<float>&);
template void gemm(const Context&, std::int64_t, std::int64_t, std::int64_t, MatrixView<double>, MatrixView<double>,
                   double*, const Epilogue<double>&);

}  // namespace laminar
