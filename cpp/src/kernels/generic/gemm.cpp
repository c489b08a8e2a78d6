// SPDX-License-Identifier: BSD-3-Clause
//
// C[m, n] (+)= A[m, k] B[k, n], then C = act(C + bias[n])
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

template <class T>
void multiply(const GemmArgs<T>& args) {
  Eigen::Map<RowMajor<T>, 0, Eigen::OuterStride<>> c(args.c, args.m, args.n, Eigen::OuterStride<>(args.c_row_stride));
  if (!args.accumulate) c.setZero();
  if (args.k == 0) return;
  with_matrix(args.a, args.m, args.k, args.a_row_stride, args.a_column_stride, [&](const auto& a) {
    with_matrix(args.b, args.k, args.n, args.b_row_stride, args.b_column_stride,
                [&](const auto& b) { c.noalias() += a * b; });
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
