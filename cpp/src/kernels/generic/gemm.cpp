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

/// C += A B, block by block: the sum over k is cut at the same places whatever m and n are.
template <class A, class B, class C>
void add_product(const A& a, const B& b, C& c) {
  for (Eigen::Index k = 0; k < a.cols(); k += kBlockDepth) {
    const Eigen::Index depth = std::min(kBlockDepth, a.cols() - k);
    for (Eigen::Index i = 0; i < c.rows(); i += kBlock) {
      const Eigen::Index rows = std::min(kBlock, c.rows() - i);
      for (Eigen::Index j = 0; j < c.cols(); j += kBlock) {
        const Eigen::Index columns = std::min(kBlock, c.cols() - j);
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
  with_matrix(args.a, args.m, args.k, args.a_row_stride, args.a_column_stride, [&](const auto& a) {
    with_matrix(args.b, args.k, args.n, args.b_row_stride, args.b_column_stride,
                [&](const auto& b) { add_product(a, b, c); });
  });
}

template <class T>
void gemm(const GemmArgs<T>& args) {
  if (args.m == 0 || args.n == 0) return;
  multiply(args);
  for (int64_t row = 0; row < args.m; ++row) {
    T* values = args.c + row * args.c_row_stride;
    if (args.bias) vector(values, args.n) += vector(args.bias, args.n);
    if (args.pre_activation) vector(args.pre_activation + row * args.c_row_stride, args.n) = vector(values, args.n);
    activate<T>({args.n, args.activation, args.slope, values, values});
  }
}

}  // namespace

void fill_gemm(KernelTable& table) {
  table.f32.gemm = gemm<float>;
  table.f64.gemm = gemm<double>;
}

}  // namespace laminar::kernels::generic
