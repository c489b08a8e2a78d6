// SPDX-License-Identifier: BSD-3-Clause
//
// C[m, n] (+)= A[m, k] B[k, n], then C = act(C + bias[n]) or C = C * act'(a)
//
// An element is one chain of fused multiply-adds over k in order, cut only where a panel ends and added to C there, so
// its bits don't depend on the tile that it falls into. Where k runs along the vectors (gemm_dot.hpp) it is one chain a
// lane.
#include "gemm_dot.hpp"
#include "gemm_pack.hpp"
#include "gemm_rows.hpp"
#include "gemm_tile.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

constexpr int kPanelBytes = 1 << 17;  // of B: it stays in the level 2 cache
constexpr int kLargePanel = 4;        // so many times that, in the level 3 cache, beside blocks of A in level 2
constexpr int kLarge = 192, kLargeDepth = 128;  // from so many rows and columns of C, and rows of B, that pays
constexpr int kPackRows = 6 * kWideVectors;     // from so many rows of A on, packing a panel of B pays for itself
constexpr int kNearPackRows = 96;               // and from so many, one of a B that lies in the level 2 cache
constexpr int kNearSize = 1 << 15;              // as one of this size does
constexpr int kUnpackedSize = 1 << 13;          // so small a B lies well as it is
constexpr int kUnpackedA = 1 << 15;             // and so small an A: of this size on, strides of pages hurt
constexpr bool kCopiesRows = kRegisters == 16;  // wide tiles take so long that rows come in time from where they lie
constexpr int kDotMostRows = 12;                // so few rows don't pay for turning B over
constexpr int kSumAcross = 4;                   // vectors of fma take as long as a sum across lanes
constexpr int kDotPercent = kRegisters == 32 ? 90 : 60;  // of the speed of other tiles: what dots reach
constexpr int kTurnedColumns = 32;                       // at most so many columns are turned into rows, of B or of C

template <class T>
constexpr int kPanelSize = kPanelBytes / static_cast<int>(sizeof(T));
template <class T>
constexpr int kTileColumns = kWideVectors* Vec<T>::kLanes;

/// How a product is computed. All its parts decide alike.
enum class Form {
  kPanels,      ///< vectors of B and C
  kDots,        ///< vectors along k, B being transposed already
  kTurnedDots,  ///< vectors along k, B being turned over first
  kTurned,      ///< C^T = B^T A^T: vectors of a transposed A
};

/// Whether B[k, n] is packed as its transpose: vectors of its rows would waste more lanes than sums across lanes cost.
template <class T>
bool packs_turned(int64_t k, int64_t n) {
  constexpr int64_t kLanes = Vec<T>::kLanes;
  if (n == 1) return true;
  const int64_t vectors = (n + kLanes - 1) / kLanes;
  return n <= kTurnedColumns && 100 * n * (k + kSumAcross * kLanes) < kDotPercent * vectors * kLanes * k;
}

template <class T>
Form choose_form(const GemmArgs<T>& args) {
  if (args.packed_b) return packs_turned<T>(args.k, args.packed_columns) ? Form::kDots : Form::kPanels;
  const int64_t m = args.whole_m ? args.whole_m : args.m, n = args.whole_n ? args.whole_n : args.n;
  const bool a_rows = args.a_column_stride == 1, b_columns = args.b_row_stride == 1;
  if (n == 1 && a_rows && b_columns) return Form::kDots;
  if (b_columns && args.b_column_stride != 1) {
    const bool few = m <= kDotMostRows && args.k >= 2 * Vec<T>::kLanes;
    return few && a_rows ? Form::kDots : Form::kPanels;
  }
  if (a_rows && packs_turned<T>(args.k, n)) return Form::kTurnedDots;
  const bool plain = !args.bias && !args.pre_activation && args.activation == Activation::kLinear &&
                     args.derivative == Activation::kLinear;
  const bool turns = plain && args.a_row_stride == 1 && !a_rows && n <= kTurnedColumns && m >= kTileColumns<T>;
  return turns ? Form::kTurned : Form::kPanels;
}

/// What is left to do with finished rows of C; bias, ReLU and its derivative are done in registers.
template <class T>
void finish_rows(const GemmArgs<T>& args, const Output<T>& output, Corner corner, int64_t rows, int64_t columns) {
  const bool activates = args.activation != Activation::kLinear && !output.relu;
  const bool differentiates = args.derivative != Activation::kLinear && !output.relu_derivative;
  if (!activates && !differentiates) return;
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t start = (corner.row + i) * output.stride + corner.column;
    T* c = output.c + start;
    if (activates) activate(ActivationArgs<T>{columns, args.activation, args.slope, c, c});
    if (differentiates) {
      activate_backward(ActivationBackwardArgs<T>{columns, args.derivative, args.derivative_slope, nullptr,
                                                  output.derivative_a + start, c, c, false});
    }
  }
}

/// Some columns of at most kDepth rows of B, tile by tile.
template <class T>
struct Panel {
  int64_t k;
  const T* b;
  int64_t first_row;    ///< of the tiles
  int64_t row_stride;   ///< 0: packed, each tile as wide as it is
  int64_t tile_stride;  ///< from the first column of a tile to that of the next
  int64_t columns, tile_columns;
  bool add;   ///< the sum is added to what C holds
  bool last;  ///< what follows the product follows now

  /// The tile with this number, at column j; for a single row several whole ones at once.
  TileColumns<T> tile_at(int64_t number, int64_t j, bool single_row) const {
    int64_t width = columns - j < tile_columns ? columns - j : tile_columns;
    const int64_t stride = row_stride ? row_stride : width;
    if (single_row && width == kTileColumns<T>) {
      while (width + tile_columns <= kSingleRowVectors * Vec<T>::kLanes && j + width + tile_columns <= columns)
        width += tile_columns;
    }
    return {k, b + number * tile_stride + first_row * stride, stride, tile_stride, static_cast<int>(width), add, last};
  }
};

/// All rows times one panel, a tile's rows after the other: they stay in the level 1 cache.
template <class T>
void multiply_rows(const GemmArgs<T>& args, Rows<T> a, const Panel<T>& panel, const Output<T>& output,
                   int64_t first_column) {
  const bool single_row = args.m == 1;
  for (int64_t row = 0; row < args.m;) {
    const int height = next_rows<T>(args.m - row, panel.tile_columns);
    for (int64_t number = 0, j = 0; j < panel.columns;) {
      const TileColumns<T> columns = panel.tile_at(number, j, single_row);
      const Corner corner{row, first_column + j};
      if (single_row) {
        with_width<T, kSingleRowVectors>(1, a.from(row), columns, output, corner);
      } else {
        with_width<T, kWideVectors>(height, a.from(row), columns, output, corner);
      }
      number += single_row ? (columns.columns + panel.tile_columns - 1) / panel.tile_columns : 1;
      j += columns.columns;
    }
    if (panel.last) finish_rows(args, output, {row, first_column}, height, panel.columns);
    row += height;
  }
}

/// The same, blocks of rows at a time, which are packed where that pays: a tile's columns of B stay near.
template <class T>
void multiply_blocks(const GemmArgs<T>& args, Rows<T> a, const Panel<T>& panel, const Output<T>& output,
                     int64_t first_column) {
  TileRows<T> tiles;
  PackedRows<T> packed;
  for (int64_t block = 0; block < args.m;) {
    const int64_t rows = tiles.cut(a.from(block), args.m - block, panel.tile_columns);
    if (kCopiesRows || a.column_stride != 1) packed.pack(tiles, panel.k, args.m - block);
    for (int64_t number = 0, j = 0; j < panel.columns; ++number, j += panel.tile_columns) {
      const TileColumns<T> columns = panel.tile_at(number, j, false);
      for (int64_t tile = 0, row = block; tile < tiles.tiles; row += tiles.heights[tile++]) {
        with_width<T, kWideVectors>(tiles.heights[tile], tiles.rows[tile], columns, output, {row, first_column + j});
      }
    }
    if (panel.last) finish_rows(args, output, {block, first_column}, rows, panel.columns);
    block += rows;
  }
}

template <class T>
Output<T> output_of(const GemmArgs<T>& args) {
  return {args.c_row_stride,
          args.c,
          args.bias,
          args.pre_activation,
          args.derivative_a,
          args.activation == Activation::kRelu,
          args.derivative == Activation::kRelu};
}

/// b_sums (+)= the panel's sums over k
template <class T>
void add_b_sums(const GemmArgs<T>& args, const Panel<T>& panel, int64_t column, bool add) {
  for (int64_t number = 0, j = 0; j < panel.columns; ++number, j += panel.tile_columns) {
    const TileColumns<T> tile = panel.tile_at(number, j, false);
    column_sums(tile.k, tile.columns, tile.b, tile.row_stride, args.b_sums + column + j, add);
  }
}

/// The width of a tile of a C with n columns
template <class T>
int64_t tile_width(int64_t n) {
  return even_stretch(n, kTileColumns<T>, Vec<T>::kLanes);
}

/// From so many rows of A on, packing B, whose rows lie together, pays for itself.
template <class T>
int64_t least_rows_to_pack(const GemmArgs<T>& args) {
  const int64_t size = args.b_row_stride * args.k;
  return size <= kUnpackedSize ? INT64_MAX : size <= kNearSize ? kNearPackRows : kPackRows;
}

template <class T>
void multiply_panels(const GemmArgs<T>& args) {
  const int64_t depth = even_stretch(args.k, kDepth, 1);
  const int64_t tile_columns = tile_width<T>(args.packed_b ? args.packed_columns : args.n);
  const int64_t deepest = args.k < depth ? (args.k > 0 ? args.k : 1) : depth;
  const bool small_a = args.a_column_stride * deepest <= kUnpackedA;
  const bool large = args.m >= kLarge && args.n >= kLarge && args.k >= kLargeDepth;
  const bool in_blocks = large || (args.a_column_stride != 1 && !small_a && args.n > tile_columns);
  const int64_t panel_size = (large ? kLargePanel : 1) * kPanelSize<T>;
  const int64_t fit = panel_size / deepest;
  const int64_t width = even_stretch(args.n, fit / tile_columns * tile_columns, tile_columns);
  const bool b_packed = args.packed_b != nullptr;
  const bool packs = !b_packed && (args.b_column_stride != 1 || args.m >= least_rows_to_pack(args));
  const Output<T> output = output_of(args);
  alignas(64) T packed[kLargePanel * kPanelSize<T>];
  for (int64_t column = 0; column < args.n; column += width) {
    const int64_t columns = args.n - column < width ? args.n - column : width;
    for (int64_t first = 0; first == 0 || first < args.k; first += depth) {
      const int64_t rows = args.k - first < depth ? args.k - first : depth;
      Panel<T> panel{.k = rows,
                     .b = packed,
                     .first_row = 0,
                     .row_stride = 0,
                     .tile_stride = rows * tile_columns,
                     .columns = columns,
                     .tile_columns = tile_columns,
                     .add = args.accumulate || first > 0,
                     .last = first + depth >= args.k};
      if (packs) {
        pack_columns(rows, columns, tile_columns, args.b + first * args.b_row_stride + column * args.b_column_stride,
                     args.b_row_stride, args.b_column_stride, packed);
      } else {
        panel.b = b_packed ? args.packed_b + (args.first_column + column) * args.k : args.b + column;
        panel.first_row = first;
        panel.row_stride = b_packed ? 0 : args.b_row_stride;
        panel.tile_stride = b_packed ? args.k * tile_columns : tile_columns;
      }
      if (args.b_sums) add_b_sums(args, panel, column, args.add_b_sums || first > 0);
      const Rows<T> a{args.a + first * args.a_column_stride, args.a_row_stride, args.a_column_stride};
      if (in_blocks) {
        multiply_blocks(args, a, panel, output, column);
      } else {
        multiply_rows(args, a, panel, output, column);
      }
    }
  }
}

/// Bias and activation of a C that the dots have written
template <class T>
void finish_dots(const GemmArgs<T>& args) {
  Output<T> output = output_of(args);
  output.relu = output.relu_derivative = false;
  // A single column without gaps is finished as one row.
  const bool as_row = args.n == 1 && args.c_row_stride == 1;
  const int64_t rows = as_row ? 1 : args.m, columns = as_row ? args.m : args.n;
  for (int64_t i = 0; i < rows; ++i) {
    T* c = args.c + i * args.c_row_stride;
    T* z_kept = args.pre_activation ? args.pre_activation + i * args.c_row_stride : nullptr;
    if (args.bias || z_kept) {
      for_each_vector<T>(columns, [&](int64_t j, auto lanes) {
        Vec<T> z = load(c + j, lanes);
        if (args.bias) z = z + (as_row ? broadcast(*args.bias) : load(args.bias + j, lanes));
        if (z_kept) store(z_kept + j, z, lanes);
        store(c + j, z, lanes);
      });
    }
    finish_rows(args, output, {i, 0}, 1, columns);
  }
}

template <class T>
void multiply_by_dots(const GemmArgs<T>& args, bool turns) {
  constexpr int64_t kDotDepth = kPanelSize<T> / kTurnedColumns;
  alignas(64) T turned[kPanelSize<T>];
  const int64_t depth = even_stretch(args.k, kDotDepth, Vec<T>::kLanes);
  for (int64_t first = 0; first == 0 || first < args.k; first += depth) {
    Dots<T> dots{args.k - first < depth ? args.k - first : depth,
                 args.a + first,
                 args.a_row_stride,
                 args.packed_b ? args.packed_b + first : args.b + first * args.b_row_stride,
                 args.packed_b ? args.k : args.b_column_stride,
                 args.c,
                 args.c_row_stride,
                 args.accumulate || first > 0};
    if (turns) {
      transpose_matrix(dots.k, args.n, dots.b, args.b_row_stride, turned, depth, false);
      dots.b = turned;
      dots.b_stride = depth;
    }
    multiply_dots(args.m, args.n, dots);
  }
  finish_dots(args);
}

/// C^T = B^T A^T for a narrow B and a transposed A, a block of columns of C^T at a time: dW of a layer with few units.
template <class T>
void multiply_turned(const GemmArgs<T>& args) {
  constexpr int64_t kBlock = 128;
  alignas(64) T block[kTurnedColumns * kBlock];
  for (int64_t i = 0; i < args.m; i += kBlock) {
    GemmArgs<T> turned{};
    turned.m = args.n;
    turned.n = args.m - i < kBlock ? args.m - i : kBlock;
    turned.k = args.k;
    turned.a = args.b;
    turned.a_row_stride = args.b_column_stride;
    turned.a_column_stride = args.b_row_stride;
    turned.b = args.a + i * args.a_row_stride;
    turned.b_row_stride = args.a_column_stride;
    turned.b_column_stride = args.a_row_stride;
    turned.c = block;
    turned.c_row_stride = kBlock;
    multiply_panels(turned);
    transpose_matrix(turned.m, turned.n, block, kBlock, args.c + i * args.c_row_stride, args.c_row_stride,
                     args.accumulate);
  }
}

template <class T>
void gemm(const GemmArgs<T>& args) {
  if (args.m == 0 || args.n == 0) return;
  const Form form = choose_form(args);
  if (form == Form::kPanels) return multiply_panels(args);
  if (args.b_sums) column_sums(args.k, args.n, args.b, args.b_row_stride, args.b_sums, args.add_b_sums);
  if (form == Form::kTurned) return multiply_turned(args);
  multiply_by_dots(args, form == Form::kTurnedDots);
}

template <class T>
void pack(int64_t k, int64_t n, const T* b, int64_t b_row_stride, T* packed) {
  if (packs_turned<T>(k, n)) return transpose_matrix(k, n, b, b_row_stride, packed, k, false);
  pack_columns(k, n, tile_width<T>(n), b, b_row_stride, 1, packed);
}

template <class T>
int64_t packed_unit(int64_t k, int64_t n) {
  return packs_turned<T>(k, n) ? n : tile_width<T>(n);
}

template <class T>
void enter(Kernels<T>& kernels) {
  kernels.gemm = gemm<T>;
  kernels.pack = pack<T>;
  kernels.packed_unit = packed_unit<T>;
}

}  // namespace

void fill_gemm(KernelTable& table) {
  enter(table.f32);
  enter(table.f64);
}

}  // namespace laminar::kernels::LAMINAR_ISA
