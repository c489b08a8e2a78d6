// SPDX-License-Identifier: BSD-3-Clause
//
// Matrices of few columns with one row a lane: what is summed over a row needs no sum over lanes, and a row's bits
// don't depend on its neighbours.
#pragma once

#include "simd/loops.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

/// So many columns at most are narrow.
constexpr int64_t kNarrow = 32;

/// kLanes rows (at least one of them there) of a narrow matrix, kept apart from memory while they are worked on
template <class T>
class RowBlock {
 public:
  static constexpr int kRows = Vec<T>::kLanes;
  Vec<T> column[kNarrow];

  RowBlock(int columns, int rows) : columns_(columns), rows_(rows) {}

  void load_from(const T* p) {
    if (is_whole()) return load_pieces(p, columns_, columns_);
    T padded[kRows * kNarrow];
    for (int i = 0; i < kRows * stride(); i += kRows) store(padded + i, broadcast(T(0)));
    if (columns_ < kPiece) {
      for (int r = 0; r < rows_; ++r) copy_short_row(p + r * columns_, padded + r * kPiece);
    } else {
      copy_rows(p, padded);
    }
    load_pieces(padded, stride(), stride());
  }

  void store_to(T* p) const {
    if (is_whole()) return store_pieces(p, columns_, columns_);
    T padded[kRows * kNarrow];
    store_pieces(padded, stride(), stride());
    if (columns_ < kPiece) {
      for (int r = 0; r < rows_; ++r) copy_short_row(padded + r * kPiece, p + r * columns_);
    } else {
      copy_rows(padded, p);
    }
  }

 private:
  static constexpr int kPiece = 16 / sizeof(T);

  bool is_whole() const { return rows_ == kRows && columns_ >= kPiece; }
  int stride() const { return columns_ < kPiece ? kPiece : columns_; }

  void copy_rows(const T* from, T* to) const {
    for_each_vector<T>(int64_t{rows_} * columns_,
                       [=](int64_t i, auto lanes) { store(to + i, load(from + i, lanes), lanes); });
  }
  void copy_short_row(const T* from, T* to) const {
    to[0] = from[0];
    if (columns_ > 1) to[1] = from[1];
    if (columns_ > 2) to[2] = from[2];
  }

  // The last piece may overlap the one before it.
  void load_pieces(const T* p, int columns, int64_t row_stride) {
    int c = 0;
    for (; c + kPiece <= columns; c += kPiece) load_columns(column + c, p + c, row_stride);
    if (c < columns) load_columns(column + columns - kPiece, p + columns - kPiece, row_stride);
  }
  void store_pieces(T* p, int columns, int64_t row_stride) const {
    int c = 0;
    for (; c + kPiece <= columns; c += kPiece) store_columns(p + c, row_stride, column + c);
    if (c < columns) store_columns(p + columns - kPiece, row_stride, column + columns - kPiece);
  }

  int columns_, rows_;
};

/// body(first row, rows) for blocks of kLanes rows and one of what is left
template <class T, class Body>
[[gnu::always_inline]] inline void for_each_row_block(int64_t rows, Body body) {
  constexpr int kRows = Vec<T>::kLanes;
  for (int64_t r = 0; r < rows; r += kRows) body(r, rows - r < kRows ? static_cast<int>(rows - r) : kRows);
}

}  // namespace
}  // namespace laminar::kernels::LAMINAR_ISA
