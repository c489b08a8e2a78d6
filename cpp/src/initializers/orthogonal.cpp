// SPDX-License-Identifier: BSD-3-Clause
//
// w = gain Q with A = Q R, A normal; the signs of R's diagonal made positive, so that no Q is likelier than another
// References: Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
// networks", ICLR 2014; Mezzadri, "How to generate random matrices from the classical compact groups", 2007.
#include <Eigen/QR>
#include <algorithm>

#include "initializers/initialize.hpp"

namespace laminar {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic>;

/// Orthonormal columns, as many as A[rows >= columns] has.
Matrix orthonormal_columns(const Matrix& a) {
  const Eigen::HouseholderQR<Matrix> qr(a);
  Matrix q = qr.householderQ() * Matrix::Identity(a.rows(), a.cols());
  for (Eigen::Index j = 0; j < a.cols(); ++j) {
    if (qr.matrixQR()(j, j) < 0) q.col(j) = -q.col(j);
  }
  return q;
}

}  // namespace

void fill_orthogonal(double gain, const RandomStream& random, const Tensor& parameter) {
  const auto [rows, columns] = as_matrix(parameter.shape());
  const std::int64_t longer = std::max(rows, columns);
  const std::int64_t shorter = std::min(rows, columns);
  if (shorter == 0) return;
  Matrix a(longer, shorter);
  fill_normal(0.0, 1.0, random, {a.data(), {{longer, shorter}, DType::kFloat64}});
  Matrix q = gain * orthonormal_columns(a);
  if (rows < columns) q.transposeInPlace();
  dispatch_float(parameter.dtype(), [&]<class T>() {
    using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    Eigen::Map<RowMajor>(parameter.as<T>(), q.rows(), q.cols()) = q.cast<T>();
  });
}

}  // namespace laminar
