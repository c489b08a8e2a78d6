// SPDX-License-Identifier: BSD-3-Clause
//
// C[m, n] (+)= A[m, k] B[k, n], then C = act(C + bias[n])
#include <algorithm>

#include "entries.hpp"
#include "maps.hpp"

namespace laminar::kernels::generic {
namespace {

template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using ColumnMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;

/// Calls body with the view that Eigen multiplies fastest: it copies what has no unit stride.
template <class T, class Body>
void with_matrix(const T* data, int64_t rows, int64_t columns, int64_t row_stride, int64_t column_stride, Body body) {
  using Outer = Eigen::OuterStride<>;
  using Both = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
  if (column_stride == 1) {
    body(Eigen::Map<const RowMajor<T>, 0, Outer>(data, rows, columns, Outer(row_stride)));
  } else if (row_stride == 1) {
    body(Eigen::Map<const ColumnMajor<T>, 0, Outer>(data, rows, columns, Outer(column_stride)));
  } else {
    body(Eigen::Map<const RowMajor<T>, 0, Both>(data, rows, columns, Both(row_stride, column_stride)));
  }
}

// Eigen packs a block of A and one of B, on its stack while they are no larger than EIGEN_STACK_ALLOCATION_LIMIT
// (128 KiB) and on the heap otherwise. A kernel allocates nothing, and a thread's stack may be small.
constexpr Eigen::Index kBlock = 64;
constexpr Eigen::Index kBlockDepth = 128;
// Vectors and tiny products take other ways through Eigen, which round differently: no block is so small unless C is.
constexpr Eigen::Index kLeast = 16;

Eigen::Index block_of(Eigen::Index left) { return left < kBlock + kLeast ? left : kBlock; }

/// C += A B, block by block: the sum over k is cut at the same places whatever m and n are.
template <class A, class B, class C>
void add_product(const A& a, const B& b, C& c) {
  for (Eigen::Index k = 0; k < a.cols(); k += kBlockDepth) {
    const Eigen::Index depth = std::min(kBlockDepth, a.cols() - k);
    for (Eigen::Index i = 0, rows = 0; i < c.rows(); i += rows) {
      rows = block_of(c.rows() - i);
      for (Eigen::Index j = 0, columns = 0; j < c.cols(); j += columns) {
        columns = block_of(c.cols() - j);
        c.block(i, j, rows, columns).noalias() += a.block(i, k, rows, depth) * b.block(k, j, depth, columns);
      }
    }
  }
}

template <class T>
void multiply(const GemmArgs<T>& args) {
  Eigen::Map<RowMajor<T>, 0, Eigen::OuterStride<>> c(args.c, args.m, args.n, Eigen::OuterStride<>(args.c_row_stride));
  if (!args.accumulate) c.setZero();
  if (args.k == 0) return;
  const T* b_data = args.packed_b ? args.packed_b + args.first_column : args.b;
  const int64_t b_row_stride = args.packed_b ? args.packed_columns : args.b_row_stride;
  const int64_t b_column_stride = args.packed_b ? 1 : args.b_column_stride;
  with_matrix(args.a, args.m, args.k, args.a_row_stride, args.a_column_stride, [&](const auto& a) {
    with_matrix(b_data, args.k, args.n, b_row_stride, b_column_stride, [&](const auto& b) { add_product(a, b, c); });
  });
}

/// sums[n] (+)= sum over k of B[k, n], rows added in order
template <class T>
void add_b_sums(const GemmArgs<T>& args) {
  auto sums = vector(args.b_sums, args.n);
  if (!args.add_b_sums) sums.setZero();
  for (int64_t k = 0; k < args.k; ++k) {
    sums += Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>, 0, Eigen::InnerStride<>>(
        args.b + k * args.b_row_stride, args.n, Eigen::InnerStride<>(args.b_column_stride));
  }
}

template <class T>
void gemm(const GemmArgs<T>& args) {
  if (args.m == 0 || args.n == 0) return;
  multiply(args);
  if (args.b_sums) add_b_sums(args);
  for (int64_t row = 0; row < args.m; ++row) {
    const int64_t start = row * args.c_row_stride;
    T* values = args.c + start;
    if (args.bias) vector(values, args.n) += vector(args.bias, args.n);
    if (args.pre_activation) vector(args.pre_activation + start, args.n) = vector(values, args.n);
    activate<T>({args.n, args.activation, args.slope, values, values});
    if (args.derivative == Activation::kLinear) continue;
    activate_backward<T>(
        {args.n, args.derivative, args.derivative_slope, nullptr, args.derivative_a + start, values, values, false});
  }
}

/// Eigen packs anew in every product; what is kept is a copy.
template <class T>
void pack(int64_t k, int64_t n, const T* b, int64_t b_row_stride, T* packed) {
  for (int64_t row = 0; row < k; ++row) vector(packed + row * n, n) = vector(b + row * b_row_stride, n);
}

int64_t packed_unit(int64_t, int64_t) { return 1; }

template <class T>
void enter(Kernels<T>& kernels) {
  kernels.gemm = gemm<T>;
  kernels.pack = pack<T>;
  kernels.packed_unit = packed_unit;
}

}  // namespace

void fill_gemm(KernelTable& table) {
  enter(table.f32);
  enter(table.f64);
}

}  // namespace laminar::kernels::generic
