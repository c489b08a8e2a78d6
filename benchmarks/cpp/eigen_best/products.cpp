// SPDX-License-Identifier: BSD-3-Clause
//
// C[m, n] = A[m, k] B[k, n] in one expression: Eigen packs and blocks as it likes
#include "eigen_best.hpp"
#include "maps.hpp"

namespace laminar::bench::eigen_best {
namespace {

template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using ColumnMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;

template <class T, class Body>
void with_matrix(MatrixView<T> view, std::int64_t rows, std::int64_t columns, Body body) {
  using Stride = Eigen::OuterStride<>;
  if (view.column_stride == 1) {
    body(Eigen::Map<const RowMajor<T>, 0, Stride>(view.data, rows, columns, Stride(view.row_stride)));
  } else {
    body(Eigen::Map<const ColumnMajor<T>, 0, Stride>(view.data, rows, columns, Stride(view.column_stride)));
  }
}

template <class T>
void multiply(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, MatrixView<T> b, T* c,
              const Extras<T>& extras) {
  Eigen::Map<RowMajor<T>> product(c, m, n);
  with_matrix(a, m, k, [&](const auto& left) {
    with_matrix(b, k, n, [&](const auto& right) {
      product.noalias() = left * right;
      if (extras.b_sums == nullptr) return;
      Eigen::Map<Eigen::Matrix<T, 1, Eigen::Dynamic>>(extras.b_sums, n) = right.colwise().sum();
    });
  });
  if (extras.bias != nullptr) {
    const Eigen::Map<const Eigen::Matrix<T, 1, Eigen::Dynamic>> row(extras.bias, n);
    product = (product.rowwise() + row).cwiseMax(T(0));
  }
  if (extras.relu_out != nullptr) vector(c, m * n) *= (vector(extras.relu_out, m * n) > T(0)).template cast<T>();
}

}  // namespace

Products products() { return {multiply<float>, multiply<double>}; }

}  // namespace laminar::bench::eigen_best
