// SPDX-License-Identifier: BSD-3-Clause
#include "ops/gemm.hpp"

#include <algorithm>

#include "core/parallel.hpp"

namespace laminar {
namespace {

// Multiply-adds, of floats 2^18, take about 5 us: a shorter share was measured to lose to handing it out.
template <class T>
constexpr std::int64_t kWorkPerThread = (1 << 20) / sizeof(T);
// Reading a matrix takes as long as multiplying it with so many rows,
constexpr std::int64_t kRowsWorthReading = 12;
// and beginning and finishing a tile of C as summing so many products.
constexpr std::int64_t kTileCost = 16;
// Packing a number takes as long as so many multiply-adds where the matrix is small enough to lie near, and where it
// is not; turning B over doubles it.
constexpr std::int64_t kNearSize = 1 << 15, kNearPackingCost = 6, kPackingCost = 24;

// Parts are cut at multiples of these: a line of C has one writer.
constexpr std::int64_t kRowUnit = 4;
template <class T>
constexpr std::int64_t kColumnUnit = 64 / sizeof(T);

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// One side of C, cut into `parts` stretches that differ by a unit at most. The last has what is short of a unit too.
struct Cut {
  std::int64_t length, unit, parts;

  std::int64_t units() const { return std::max<std::int64_t>(1, length / unit); }
  std::int64_t begin(std::int64_t part) const { return part == parts ? length : units() * part / parts * unit; }
  std::int64_t longest() const { return length - begin(parts - 1); }
};

struct Grid {
  Cut rows, columns;
};

/// What packing a number of A or B takes, in multiply-adds. Each part packs what it needs.
struct PackingCosts {
  std::int64_t a, b;
};

template <class T>
PackingCosts packing_costs(const kernels::GemmArgs<T>& args) {
  const auto cost = [](std::int64_t size) { return size <= kNearSize ? kNearPackingCost : kPackingCost; };
  const std::int64_t b_cost = cost(args.n * args.k) * (args.b_column_stride == 1 ? 1 : 2);
  const bool packs_a = args.a_column_stride != 1 && args.m * args.k > kNearSize;
  return {.a = packs_a ? kPackingCost : 0, .b = args.packed_b != nullptr ? 0 : b_cost};
}

/// The grid of at most `parts` whose longest part takes the least time.
Grid choose_grid(std::int64_t m, std::int64_t n, PackingCosts packing, std::int64_t column_unit, std::int64_t parts) {
  Grid best{{m, kRowUnit, 1}, {n, column_unit, 1}};
  const std::int64_t most_rows = best.rows.units(), most_columns = best.columns.units();
  std::int64_t least = INT64_MAX;
  for (std::int64_t columns = 1; columns <= std::min(parts, most_columns); ++columns) {
    const Grid grid{{m, kRowUnit, std::min(parts / columns, most_rows)}, {n, column_unit, columns}};
    const std::int64_t cost = (grid.rows.longest() + packing.b) * (grid.columns.longest() + packing.a);
    // Rows of C lie closer together than columns.
    if (cost >= least - least / 32) continue;
    least = cost;
    best = grid;
  }
  return best;
}

/// Fills in what a part has of its own.
template <class T>
kernels::GemmArgs<T> part_of(const kernels::GemmArgs<T>& whole, const Grid& grid, std::int64_t part) {
  const std::int64_t row_part = part / grid.columns.parts, column_part = part % grid.columns.parts;
  const std::int64_t i = grid.rows.begin(row_part), j = grid.columns.begin(column_part);
  const std::int64_t at = i * whole.c_row_stride + j;
  const auto moved = [](auto* p, std::int64_t by) { return p == nullptr ? nullptr : p + by; };
  kernels::GemmArgs<T> args = whole;
  args.m = grid.rows.begin(row_part + 1) - i;
  args.n = grid.columns.begin(column_part + 1) - j;
  args.a = whole.a + i * whole.a_row_stride;
  args.b = moved(whole.b, j * whole.b_column_stride);
  args.c = whole.c + at;
  args.bias = moved(whole.bias, j);
  args.pre_activation = moved(whole.pre_activation, at);
  args.derivative_a = moved(whole.derivative_a, at);
  args.b_sums = i == 0 ? moved(whole.b_sums, j) : nullptr;
  args.first_column = j;
  args.whole_m = whole.m;
  args.whole_n = whole.n;
  return args;
}

template <class T>
void multiply(const Context& context, const kernels::GemmArgs<T>& args) {
  const auto& kernels = context.kernels<T>();
  const std::int64_t unit = args.packed_b != nullptr ? kernels.packed_unit(args.k, args.n) : kColumnUnit<T>;
  const std::int64_t columns = ceil_div(args.n, kColumnUnit<T>) * kColumnUnit<T>;
  const std::int64_t work = std::max(args.m, kRowsWorthReading) * columns * (args.k + kTileCost);
  const std::int64_t most = std::min<std::int64_t>(context.threads, work / kWorkPerThread<T>);
  const Grid grid = choose_grid(args.m, args.n, packing_costs(args), unit, most);
  const std::int64_t parts = grid.rows.parts * grid.columns.parts;
  if (parts == 1) {
    parallel_for(context, 1, 1, [&](std::int64_t, std::int64_t) { kernels.gemm(args); });
    return;
  }
  parallel_for(context, parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part) kernels.gemm(part_of(args, grid, part));
  });
}

template <class T>
kernels::GemmArgs<T> describe(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, T* c,
                              const Epilogue<T>& epilogue) {
  kernels::GemmArgs<T> args{};
  args.m = m;
  args.n = n;
  args.k = k;
  args.a = a.data;
  args.a_row_stride = a.row_stride;
  args.a_column_stride = a.column_stride;
  args.c = c;
  args.c_row_stride = n;
  args.accumulate = epilogue.accumulate;
  args.bias = epilogue.bias;
  args.pre_activation = epilogue.pre_activation;
  args.activation = epilogue.activation.kind;
  args.slope = static_cast<T>(epilogue.activation.slope);
  args.derivative = epilogue.derivative.kind;
  args.derivative_slope = static_cast<T>(epilogue.derivative.slope);
  args.derivative_a = epilogue.derivative_a;
  args.b_sums = epilogue.b_sums;
  args.add_b_sums = epilogue.add_b_sums;
  return args;
}

}  // namespace

template <class T>
void gemm(const Context& context, std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, MatrixView<T> b,
          T* c, const Epilogue<T>& epilogue) {
  kernels::GemmArgs<T> args = describe(m, n, k, a, c, epilogue);
  args.b = b.data;
  args.b_row_stride = b.row_stride;
  args.b_column_stride = b.column_stride;
  multiply(context, args);
}

template <class T>
void gemm(const Context& context, std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, PackedMatrix<T> b,
          T* c, const Epilogue<T>& epilogue) {
  kernels::GemmArgs<T> args = describe(m, n, k, a, c, epilogue);
  args.packed_b = b.data;
  args.packed_columns = n;
  multiply(context, args);
}

template <class T>
void pack(const Context& context, std::int64_t k, std::int64_t n, const T* b, T* packed) {
  context.kernels<T>().pack(k, n, b, n, packed);
}

template void gemm(const Context&, std::int64_t, std::int64_t, std::int64_t, MatrixView<float>, MatrixView<float>,
                   float*, const Epilogue<float>&);
template void gemm(const Context&, std::int64_t, std::int64_t, std::int64_t, MatrixView<double>, MatrixView<double>,
                   double*, const Epilogue<double>&);
template void gemm(const Context&, std::int64_t, std::int64_t, std::int64_t, MatrixView<float>, PackedMatrix<float>,
                   float*, const Epilogue<float>&);
template void gemm(const Context&, std::int64_t, std::int64_t, std::int64_t, MatrixView<double>, PackedMatrix<double>,
                   double*, const Epilogue<double>&);
template void pack(const Context&, std::int64_t, std::int64_t, const float*, float*);
template void pack(const Context&, std::int64_t, std::int64_t, const double*, double*);

}  // namespace laminar
