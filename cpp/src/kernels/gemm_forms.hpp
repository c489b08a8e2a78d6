// SPDX-License-Identifier: BSD-3-Clause
//
// C[m, n] (+)= A[m, k] B[k, n], then C = act(C + bias[n]) or C = C * act'(a)
//
// An element is one chain of fused multiply-adds over k in order, cut only where a panel ends and added to C there, so
// its bits don't depend on the tile that it falls into. Where k runs along the vectors (gemm_dot.hpp) it is one chain a
// lane.
#pragma once

#include "gemm_dot.hpp"
#include "gemm_panels.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

constexpr int kDotMostRows = 12;    // so few rows don't pay for turning B over
constexpr int kSumAcross = 2;       // vectors of fma take as long as a sum across lanes
constexpr int kTurnedColumns = 32;  // at most so many columns are turned into rows, of B or of C

/// How a product is computed. All its parts decide alike.
enum class Form {
  kPanels,      ///< vectors of B and C
  kDots,        ///< vectors along k, B being transposed already
  kTurnedDots,  ///< vectors along k, B being turned over first
  kTurned,      ///< C^T = B^T A^T: vectors of a transposed A
};

/// Of the speed of other tiles, of so many vectors: what dots reach
constexpr int dot_percent(int64_t vectors) { return kRegisters == 32 ? 85 : vectors == 1 ? 80 : 60; }

/// Whether vectors of the rows of a B[k, n] would waste more lanes than sums across lanes cost. `turning` is what
/// turning it over takes for each row of A, in numbers of B.
template <class T>
bool dots_pay(int64_t k, int64_t n, int64_t turning) {
  constexpr int64_t kLanes = Vec<T>::kLanes;
  if (n > kTurnedColumns) return false;
  const int64_t vectors = (n + kLanes - 1) / kLanes;
  const int64_t dots = n * (k + kSumAcross * kLanes) + turning * kLanes;
  return 100 * dots < dot_percent(vectors) * vectors * kLanes * k;
}

/// Whether B[k, n] is packed as its transpose.
template <class T>
bool packs_turned(int64_t k, int64_t n) {
  return n == 1 || dots_pay<T>(k, n, 0);
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
  // With more rows the cost of turning is neglected: some of many rows have the bits of all.
  const int64_t turning = m <= kDotMostRows ? n * args.k / m : 0;
  if (a_rows && (n == 1 || dots_pay<T>(args.k, n, turning))) return Form::kTurnedDots;
  const bool plain = !args.bias && !args.pre_activation && args.activation == Activation::kLinear &&
                     args.derivative == Activation::kLinear;
  const bool turns = plain && args.a_row_stride == 1 && !a_rows && n <= kTurnedColumns && m >= kTileColumns<T>;
  return turns ? Form::kTurned : Form::kPanels;
}

/// What follows the bias, of a C that the dots have written
template <class T>
void finish_dots(const GemmArgs<T>& args) {
  Output<T> output = output_of(args);
  output.relu = output.relu_derivative = false;
  // Rows without gaps are one row.
  const bool as_row = args.c_row_stride == args.n;
  const int64_t rows = as_row ? 1 : args.m, columns = as_row ? args.m * args.n : args.n;
  for (int64_t i = 0; i < rows && args.pre_activation; ++i) {
    const int64_t at = i * args.c_row_stride;
    for_each_vector<T>(columns, [&](int64_t j, auto lanes) {
      store(args.pre_activation + at + j, load(args.c + at + j, lanes), lanes);
    });
  }
  finish_rows(args, output, {0, 0}, rows, columns);
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
                 args.accumulate || first > 0,
                 first + depth >= args.k ? args.bias : nullptr};
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
}  // namespace laminar::kernels::LAMINAR_ISA
