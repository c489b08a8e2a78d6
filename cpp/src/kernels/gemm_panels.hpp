// SPDX-License-Identifier: BSD-3-Clause
//
// Products whose vectors run along the columns of B and C: B is cut into panels, and panels into tiles.
#pragma once

#include <utility>

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

template <class T>
constexpr int kPanelSize = kPanelBytes / static_cast<int>(sizeof(T));
template <class T>
constexpr int kTileColumns = kWideVectors* Vec<T>::kLanes;

/// Numbers that will be read soon, fetched some lines at a time.
template <class T>
struct FetchedAhead {
  const T* data = nullptr;
  int64_t left = 0;

  /// Where a tile with so many steps fetches from; null once all was fetched.
  const T* take(int64_t steps) {
    if (left <= 0) return nullptr;
    const int64_t count = steps / kSteps * kLine<T>;
    left -= count;
    return std::exchange(data, data + count);
  }
};

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

  /// The tile with this number, at column j; for a single row several at once, beginning with a whole one.
  TileColumns<T> tile_at(int64_t number, int64_t j, bool single_row) const {
    int64_t width = columns - j < tile_columns ? columns - j : tile_columns;
    const int64_t stride = row_stride ? row_stride : width;
    const T* first = b + number * tile_stride + first_row * stride;
    TileColumns<T> tile{k, first, stride, tile_stride, static_cast<int>(width), add, last, nullptr};
    if (!single_row || width < kTileColumns<T>) return tile;
    int64_t more = width;
    for (; j + width < columns; width += more) {
      more = columns - j - width < tile_columns ? columns - j - width : tile_columns;
      if (width + more > kSingleRowVectors * Vec<T>::kLanes) break;
      tile.last_stride = row_stride ? row_stride : more;
      tile.last_group = b + ++number * tile_stride + first_row * tile.last_stride;
    }
    tile.columns = static_cast<int>(width);
    return tile;
  }

  /// Packed columns
  FetchedAhead<T> numbers_of(int64_t number) const {
    return {b + number * tile_stride + first_row * tile_columns, k * tile_columns};
  }
};

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

/// All rows times one panel, a tile's rows after the other: they stay in the level 1 cache.
template <class T>
void multiply_rows(const GemmArgs<T>& args, Rows<T> a, const Panel<T>& panel, const Output<T>& output,
                   int64_t first_column, FetchedAhead<T> next_panel) {
  const bool single_row = args.m == 1;
  for (int64_t row = 0; row < args.m;) {
    const int height = next_rows<T>(args.m - row, panel.tile_columns);
    for (int64_t number = 0, j = 0; j < panel.columns;) {
      TileColumns<T> columns = panel.tile_at(number, j, single_row);
      const Corner corner{row, first_column + j};
      if (single_row) {
        with_width<T, kSingleRowVectors>(1, a.from(row), columns, output, corner);
      } else {
        columns.ahead = next_panel.take(panel.k);
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
                     int64_t first_column, FetchedAhead<T> next_panel) {
  TileRows<T> tiles;
  PackedRows<T> packed;
  for (int64_t block = 0; block < args.m;) {
    const int64_t rows = tiles.cut(a.from(block), args.m - block, panel.tile_columns);
    if (kCopiesRows || a.column_stride != 1) packed.pack(tiles, panel.k, args.m - block);
    for (int64_t number = 0, j = 0; j < panel.columns; ++number, j += panel.tile_columns) {
      TileColumns<T> columns = panel.tile_at(number, j, false);
      // What the caller packed comes from far the first time.
      FetchedAhead<T> next_tile;
      if (args.packed_b && block == 0 && j + panel.tile_columns < panel.columns)
        next_tile = panel.numbers_of(number + 1);
      for (int64_t tile = 0, row = block; tile < tiles.tiles; row += tiles.heights[tile++]) {
        columns.ahead = next_tile.take(panel.k);
        if (!columns.ahead) columns.ahead = next_panel.take(panel.k);
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

/// The panels of a product, one after another, and where their numbers are.
template <class T>
class Panels {
 public:
  explicit Panels(const GemmArgs<T>& args) : args_(args) {
    depth_ = even_stretch(args.k, kDepth, 1);
    tile_columns_ = tile_width<T>(args.packed_b ? args.packed_columns : args.n);
    const int64_t deepest = args.k < depth_ ? (args.k > 0 ? args.k : 1) : depth_;
    const bool small_a = args.a_column_stride * deepest <= kUnpackedA;
    const bool large = args.m >= kLarge && args.n >= kLarge && args.k >= kLargeDepth;
    in_blocks_ = large || (args.a_column_stride != 1 && !small_a && args.n > tile_columns_);
    packs_ = !args.packed_b && (args.b_column_stride != 1 || args.m >= least_rows_to_pack(args));
    const int64_t fit = (large ? kLargePanel : 1) * kPanelSize<T> / deepest;
    width_ = even_stretch(args.n, fit / tile_columns_ * tile_columns_, tile_columns_);
  }

  bool in_blocks() const { return in_blocks_; }
  bool done() const { return column_ >= args_.n; }
  int64_t column() const { return column_; }
  int64_t first() const { return first_; }

  /// To the next rows of the same columns, or to the next columns
  void advance() {
    first_ += depth_;
    if (first_ < args_.k) return;
    first_ = 0;
    column_ += width_;
  }

  /// This panel, which is packed into `memory` if that pays.
  Panel<T> make(T* memory) const {
    Panel<T> panel{.k = rows(),
                   .b = memory,
                   .first_row = 0,
                   .row_stride = 0,
                   .tile_stride = rows() * tile_columns_,
                   .columns = columns(),
                   .tile_columns = tile_columns_,
                   .add = args_.accumulate || first_ > 0,
                   .last = first_ + depth_ >= args_.k};
    if (packs_) {
      pack_columns(rows(), columns(), tile_columns_, source(), args_.b_row_stride, args_.b_column_stride, memory);
      return panel;
    }
    panel.b = args_.packed_b ? args_.packed_b + (args_.first_column + column_) * args_.k : args_.b + column_;
    panel.first_row = first_;
    panel.row_stride = args_.packed_b ? 0 : args_.b_row_stride;
    panel.tile_stride = args_.packed_b ? args_.k * tile_columns_ : tile_columns_;
    return panel;
  }

  /// What of this panel comes from far
  FetchedAhead<T> far() const { return done() || !args_.packed_b ? FetchedAhead<T>{} : make(nullptr).numbers_of(0); }

 private:
  int64_t rows() const { return args_.k - first_ < depth_ ? args_.k - first_ : depth_; }
  int64_t columns() const { return args_.n - column_ < width_ ? args_.n - column_ : width_; }
  const T* source() const { return args_.b + first_ * args_.b_row_stride + column_ * args_.b_column_stride; }

  const GemmArgs<T>& args_;
  int64_t depth_, width_, tile_columns_;
  bool in_blocks_, packs_;
  int64_t column_ = 0, first_ = 0;
};

template <class T>
void multiply_panels(const GemmArgs<T>& args) {
  const Output<T> output = output_of(args);
  alignas(64) T packed[kLargePanel * kPanelSize<T>];
  for (Panels<T> panels(args); !panels.done();) {
    const Panel<T> panel = panels.make(packed);
    const int64_t column = panels.column(), first = panels.first();
    if (args.b_sums) add_b_sums(args, panel, column, args.add_b_sums || first > 0);
    const Rows<T> a{args.a + first * args.a_column_stride, args.a_row_stride, args.a_column_stride};
    panels.advance();
    if (panels.in_blocks()) {
      multiply_blocks(args, a, panel, output, column, panels.far());
    } else {
      multiply_rows(args, a, panel, output, column, panels.far());
    }
  }
}

}  // namespace
}  // namespace laminar::kernels::LAMINAR_ISA
