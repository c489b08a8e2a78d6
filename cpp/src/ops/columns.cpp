// SPDX-License-Identifier: BSD-3-Clause
#include "ops/columns.hpp"

#include <algorithm>

#include "core/parallel.hpp"

namespace laminar {
namespace {

// A tile lies in the level 2 cache while it is read twice, and gives each sum a good many rows.
constexpr std::int64_t kTileRows = 256;
constexpr std::int64_t kTileColumns = 64;
// Elements that outweigh a thread more.
constexpr std::int64_t kGrain = 16384;

std::int64_t blocks_of(std::int64_t rows) { return std::max<std::int64_t>(1, (rows + kTileRows - 1) / kTileRows); }

struct Tile {
  std::int64_t block;  ///< of rows
  std::int64_t first_row, rows;
  std::int64_t first_column, columns;
};

template <class Body>
void for_each_tile(const Context& context, MatrixShape shape, const Body& body) {
  const std::int64_t panels = (shape.columns + kTileColumns - 1) / kTileColumns;
  const std::int64_t tile_size = std::min(shape.rows, kTileRows) * std::min(shape.columns, kTileColumns);
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, tile_size));
  parallel_for(context, blocks_of(shape.rows) * panels, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      Tile tile{
          .block = i / panels, .first_row = 0, .rows = 0, .first_column = i % panels * kTileColumns, .columns = 0};
      tile.first_row = tile.block * kTileRows;
      tile.rows = std::min(kTileRows, shape.rows - tile.first_row);
      tile.columns = std::min(kTileColumns, shape.columns - tile.first_column);
      body(tile);
    }
  });
}

/// Calls body(first row, rows) for shares of the rows.
template <class Body>
void for_each_share(const Context& context, MatrixShape shape, const Body& body) {
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, shape.columns));
  parallel_for(context, shape.rows, grain, [&](std::int64_t begin, std::int64_t end) { body(begin, end - begin); });
}

/// The moments of all rows from those of the blocks.
/// Reference: Chan, Golub, LeVeque, "Algorithms for computing the sample variance", Am. Stat. 37 (1983).
template <class T>
void merge_moments(MatrixShape shape, const T* means, const T* squares, T* mean, T* variance) {
  const std::int64_t blocks = blocks_of(shape.rows);
  for (std::int64_t c = 0; c < shape.columns; ++c) {
    double average = static_cast<double>(means[c]);
    double total = static_cast<double>(squares[c]);
    std::int64_t before = std::min(kTileRows, shape.rows);
    for (std::int64_t block = 1; block < blocks; ++block) {
      const std::int64_t more = std::min(kTileRows, shape.rows - before);
      const double apart = static_cast<double>(means[block * shape.columns + c]) - average;
      const double share = static_cast<double>(more) / static_cast<double>(before + more);
      average += apart * share;
      total +=
          static_cast<double>(squares[block * shape.columns + c]) + apart * apart * share * static_cast<double>(before);
      before += more;
    }
    mean[c] = static_cast<T>(average);
    variance[c] = static_cast<T>(total / static_cast<double>(shape.rows));
  }
}

}  // namespace

MatrixShape matrix_of(const Shape& shape) {
  MatrixShape matrix{1, shape[-1]};
  for (int axis = 0; axis + 1 < shape.rank(); ++axis) {
    if (shape[axis] == kFree) return {kFree, matrix.columns};
    matrix.rows *= shape[axis];
  }
  return matrix;
}

Shape partial_shape(MatrixShape shape) {
  return {2, shape.rows == kFree ? kFree : blocks_of(shape.rows), shape.columns};
}

template <class T>
void column_moments(const Context& context, MatrixShape shape, const T* x, T* partial, T* mean, T* variance) {
  T* squares = partial + blocks_of(shape.rows) * shape.columns;
  for_each_tile(context, shape, [&](const Tile& tile) {
    const std::int64_t at = tile.block * shape.columns + tile.first_column;
    context.kernels<T>().column_moments({.rows = tile.rows,
                                         .columns = tile.columns,
                                         .x = x + tile.first_row * shape.columns + tile.first_column,
                                         .row_stride = shape.columns,
                                         .mean = partial + at,
                                         .squares = squares + at});
  });
  merge_moments(shape, partial, squares, mean, variance);
}

template <class T>
void column_products(const Context& context, MatrixShape shape, const T* x, const T* dy, const T* center, T* partial,
                     T* sums, T* products) {
  const std::int64_t blocks = blocks_of(shape.rows);
  T* second = partial + blocks * shape.columns;
  for_each_tile(context, shape, [&](const Tile& tile) {
    const std::int64_t from = tile.first_row * shape.columns + tile.first_column;
    const std::int64_t at = tile.block * shape.columns + tile.first_column;
    context.kernels<T>().column_products({.rows = tile.rows,
                                          .columns = tile.columns,
                                          .x = x + from,
                                          .dy = dy + from,
                                          .row_stride = shape.columns,
                                          .center = center + tile.first_column,
                                          .sums = partial + at,
                                          .products = second + at});
  });
  context.kernels<T>().column_sums(blocks, shape.columns, partial, shape.columns, sums, false);
  context.kernels<T>().column_sums(blocks, shape.columns, second, shape.columns, products, false);
}

template <class T>
void scale_columns(const Context& context, const kernels::ScaleColumnsArgs<T>& args) {
  for_each_share(context, {args.rows, args.columns}, [&](std::int64_t first, std::int64_t rows) {
    kernels::ScaleColumnsArgs<T> share = args;
    share.rows = rows;
    share.x += first * args.columns;
    share.y += first * args.columns;
    context.kernels<T>().scale_columns(share);
  });
}

template <class T>
void combine_columns(const Context& context, const kernels::CombineColumnsArgs<T>& args) {
  for_each_share(context, {args.rows, args.columns}, [&](std::int64_t first, std::int64_t rows) {
    kernels::CombineColumnsArgs<T> share = args;
    share.rows = rows;
    share.x += first * args.columns;
    share.dy += first * args.columns;
    share.dx += first * args.columns;
    context.kernels<T>().combine_columns(share);
  });
}

template void column_moments(const Context&, MatrixShape, const float*, float*, float*, float*);
template void column_moments(const Context&, MatrixShape, const double*, double*, double*, double*);
template void column_products(const Context&, MatrixShape, const float*, const float*, const float*, float*, float*,
                              float*);
template void column_products(const Context&, MatrixShape, const double*, const double*, const double*, double*,
                              double*, double*);
template void scale_columns(const Context&, const kernels::ScaleColumnsArgs<float>&);
template void scale_columns(const Context&, const kernels::ScaleColumnsArgs<double>&);
template void combine_columns(const Context&, const kernels::CombineColumnsArgs<float>&);
template void combine_columns(const Context&, const kernels::CombineColumnsArgs<double>&);

}  // namespace laminar
