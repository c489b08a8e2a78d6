// SPDX-License-Identifier: BSD-3-Clause
//
// Rows of A for the micro-kernel: cut into tiles, and copied in the order in which tiles read them.
#pragma once

#include "gemm_pack.hpp"
#include "gemm_tile.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

constexpr int kDepth = 256;     // rows of B, so columns of A, that are multiplied at a time
constexpr int kBlockRows = 96;  // of A that are packed at a time: they stay in the level 2 cache
constexpr int kBlockTiles = kBlockRows / 4;

/// So many rows of A come next. Rests are shared out evenly: 7 rows are 4 and 3, not 6 and 1.
template <class T>
int next_rows(int64_t left, int64_t tile_columns) {
  if (left >= kTallRows && tile_columns <= kTallVectors * Vec<T>::kLanes) return kTallRows;
  if (left > kRows * kRows) return kRows;
  const int rows = static_cast<int>(left), tiles = (rows + kRows - 1) / kRows;
  return (rows + tiles - 1) / tiles;
}

/// Rows of A cut into tiles
template <class T>
struct TileRows {
  int tiles = 0;
  int heights[kBlockTiles];
  Rows<T> rows[kBlockTiles];

  /// The first of `left` rows; how many they are.
  int64_t cut(Rows<T> a, int64_t left, int64_t tile_columns) {
    int64_t total = 0;
    for (tiles = 0; total < left && tiles < kBlockTiles; ++tiles) {
      const int height = next_rows<T>(left - total, tile_columns);
      if (total + height > kBlockRows) break;
      heights[tiles] = height;
      rows[tiles] = a.from(total);
      total += height;
    }
    return total;
  }
};

/// Tiles of A copied in the order in which they are read: they stay in the level 2 cache.
template <class T>
struct PackedRows {
  alignas(64) T numbers[kBlockRows * kDepth + kBlockTiles * Vec<T>::kLanes];

  /// `left` rows can be read.
  void pack(TileRows<T>& tiles, int64_t depth, int64_t left) {
    const Rows<T> a = tiles.rows[0];
    T* places[kBlockTiles];
    T* place = numbers;
    for (int tile = 0; tile < tiles.tiles; ++tile) {
      places[tile] = place;
      if (a.column_stride == 1)
        pack_tile_from_rows(depth, tiles.heights[tile], tiles.rows[tile].data, a.row_stride, place);
      tiles.rows[tile] = {place, 1, tiles.heights[tile]};
      place += tiles.heights[tile] * depth + Vec<T>::kLanes;
    }
    if (a.column_stride != 1) pack_from_columns(tiles, a, depth, left, places);
  }

 private:
  static constexpr int64_t kLanes = Vec<T>::kLanes;

  void pack_from_columns(const TileRows<T>& tiles, Rows<T> a, int64_t depth, int64_t left, T* const* places) {
    constexpr int64_t kRead = (kRows + kLanes - 1) / kLanes * kLanes;
    int64_t rows = 0;
    for (int tile = 0; tile < tiles.tiles; ++tile) rows += tiles.heights[tile];
    // The first tiles are of the usual height, and whole vectors of theirs can be read.
    int usual = 0;
    while (a.row_stride == 1 && usual < tiles.tiles && tiles.heights[usual] == kRows && usual * kRows + kRead <= left)
      ++usual;
    for (int64_t k = 0; k < depth; ++k) {
      const T* from = a.data + k * a.column_stride;
      for (int64_t i = 0; i < rows; i += kLine<T>) __builtin_prefetch(from + kAhead * a.column_stride + i);
      T* to = numbers + k * kRows;
      for (int tile = 0; tile < usual; ++tile, from += kRows, to += kRows * depth + kLanes)
        for_each_vector_backwards<T>(kRows, [=](int64_t i) { store(to + i, load(from + i)); });
      int64_t row = usual * kRows;
      for (int tile = usual; tile < tiles.tiles; row += tiles.heights[tile++]) {
        const int height = tiles.heights[tile];
        copy_column(height, {a.data + k * a.column_stride + row * a.row_stride, a.row_stride, 0}, left - row,
                    places[tile] + k * height);
      }
    }
  }

  /// A column of a tile, below which `left` rows can be read
  static void copy_column(int height, Rows<T> a, int64_t left, T* to) {
    if (a.row_stride == 1) {
      for_each_vector_backwards<T>(height, [=](int64_t i) {
        const T* p = a.data + i;
        store(to + i, left - i >= kLanes ? load(p) : load_first(p, static_cast<int>(left - i)));
      });
    } else {
      for (int i = 0; i < height; ++i) to[i] = a.data[i * a.row_stride];
    }
  }
};

}  // namespace
}  // namespace laminar::kernels::LAMINAR_ISA
