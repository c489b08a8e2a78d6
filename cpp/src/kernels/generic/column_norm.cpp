// SPDX-License-Identifier: BSD-3-Clause
//
// mean[columns] and squares[columns] of x[rows, columns], down the rows;  y = (x - center) scale + shift;
// dx = a dy + b (x - center) + shift, with one number a column in all but x, y, dx and dy
#include "entries.hpp"
#include "maps.hpp"

namespace laminar::kernels::generic {
namespace {

template <class T>
void column_moments(const ColumnMomentsArgs<T>& args) {
  const T share = T(1) / static_cast<T>(args.rows);
  auto mean = vector(args.mean, args.columns), squares = vector(args.squares, args.columns);
  const auto row = [&](int64_t r) { return vector(args.x + r * args.row_stride, args.columns); };
  // About the first row, what is summed is about as large as the deviations, not as the mean; then what rounding left
  // out.
  squares.setZero();
  for (int64_t r = 1; r < args.rows; ++r) squares += row(r) - row(0);
  mean = row(0) + squares * share;
  squares.setZero();
  for (int64_t r = 0; r < args.rows; ++r) squares += row(r) - mean;
  mean += squares * share;
  squares.setZero();
  for (int64_t r = 0; r < args.rows; ++r) squares += (row(r) - mean).square();
}

template <class T>
void scale_columns(const ScaleColumnsArgs<T>& args) {
  const auto scale = vector(args.scale, args.columns);
  for (int64_t r = 0; r < args.rows; ++r) {
    const auto x = vector(args.x + r * args.columns, args.columns);
    auto y = vector(args.y + r * args.columns, args.columns);
    for (int64_t c = 0; c < args.columns; ++c) {
      const T centered = args.center == nullptr ? x(c) : x(c) - args.center[c];
      const T value = centered * scale(c) + (args.shift == nullptr ? T(0) : args.shift[c]);
      y(c) = args.accumulate ? y(c) + value : value;
    }
  }
}

template <class T>
void column_products(const ColumnProductsArgs<T>& args) {
  const auto center = vector(args.center, args.columns);
  auto sums = vector(args.sums, args.columns), products = vector(args.products, args.columns);
  sums.setZero();
  products.setZero();
  for (int64_t r = 0; r < args.rows; ++r) {
    const auto x = vector(args.x + r * args.row_stride, args.columns);
    const auto dy = vector(args.dy + r * args.row_stride, args.columns);
    sums += dy;
    products += dy * (x - center);
  }
}

template <class T>
void combine_columns(const CombineColumnsArgs<T>& args) {
  const auto center = vector(args.center, args.columns), shift = vector(args.shift, args.columns);
  const auto a = vector(args.a, args.columns), b = vector(args.b, args.columns);
  for (int64_t r = 0; r < args.rows; ++r) {
    const auto x = vector(args.x + r * args.columns, args.columns);
    const auto dy = vector(args.dy + r * args.columns, args.columns);
    auto dx = vector(args.dx + r * args.columns, args.columns);
    if (args.accumulate) {
      dx += a * dy + b * (x - center) + shift;
    } else {
      dx = a * dy + b * (x - center) + shift;
    }
  }
}

template <class T>
void enter(Kernels<T>& kernels) {
  kernels.column_moments = column_moments<T>;
  kernels.scale_columns = scale_columns<T>;
  kernels.column_products = column_products<T>;
  kernels.combine_columns = combine_columns<T>;
}

}  // namespace

void fill_column_norm(KernelTable& table) {
  enter(table.f32);
  enter(table.f64);
}

}  // namespace laminar::kernels::generic
