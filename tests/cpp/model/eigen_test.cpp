// SPDX-License-Identifier: BSD-3-Clause
//
// The adaptor: matrices of any kind in and out, without a copy.
#include "laminar/eigen.hpp"

#include <doctest/doctest.h>

#include "model/batch_source.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

/// The elements of a view in its order, to compare with those of the matrix.
template <class Matrix>
void check_view(const char* name, const Matrix& matrix) {
  CAPTURE(std::string(name));
  const View view = as_view(matrix);
  CHECK(view.data == matrix.data());
  CHECK(view.shape.size() == matrix.size());
  CHECK(view.rows() == matrix.rows());
  std::int64_t flat = 0;
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    for (Eigen::Index j = 0; j < matrix.cols(); ++j) REQUIRE(element(view, flat++) == double(matrix(i, j)));
  }
}

TEST_CASE("Eigen's matrices are views of their own memory") {
  Eigen::MatrixXd columns(4, 3);
  for (Eigen::Index i = 0; i < columns.size(); ++i) columns(i) = double(i);
  const RowMajorMatrix<double> rows = columns;
  check_view("column-major", columns);
  check_view("row-major", rows);
  check_view("block", columns.block(1, 1, 2, 2));
  check_view("rows of a row-major matrix", rows.middleRows(1, 2));
  check_view("transposed", columns.transpose());
  check_view("column of a column-major matrix", columns.col(1));
  check_view("column of a row-major matrix", rows.col(1));
  check_view("row", columns.row(2));
  check_view("fixed size", Eigen::Matrix<float, 2, 3>{{1, 2, 3}, {4, 5, 6}});
  check_view("array", Eigen::ArrayXXi::Constant(3, 2, 7).eval());
  check_view("vector", Eigen::VectorXi::LinSpaced(5, 0, 4).eval());
  using Strided = Eigen::Map<const Eigen::MatrixXd, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;
  check_view("map with gaps", Strided(columns.data(), 2, 3, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(4, 2)));
  check_view("ref", Eigen::Ref<const Eigen::MatrixXd>(columns.topRows(2)));
  check_view("ref of a row-major block", Eigen::Ref<const RowMajorMatrix<double>>(rows.leftCols(2)));
}

TEST_CASE("a column is a list of examples, anything else a matrix") {
  CHECK(as_view(Eigen::VectorXf(5)).shape == Shape{5});
  CHECK(as_view(Eigen::RowVectorXf(5)).shape == Shape{1, 5});
  CHECK(as_view(Eigen::MatrixXf(5, 1)).shape == Shape{5, 1});
}

TEST_CASE("only rows one after another can be written") {
  Eigen::MatrixXf columns(4, 3);
  RowMajorMatrix<float> rows(4, 3);
  Eigen::VectorXf vector(4);
  CHECK(as_mutable_view(rows).shape == Shape{4, 3});
  CHECK(as_mutable_view(rows.middleRows(1, 2)).data == &rows(1, 0));
  CHECK(as_mutable_view(vector).shape == Shape{4});
  check_throws<ValueError>([&] { as_mutable_view(columns); }, {"row-major", "(4, 3)"});
  check_throws<ValueError>([&] { as_mutable_view(rows.leftCols(2)); }, {"without gaps", "(4, 2)"});
}

TEST_CASE("data goes in from Eigen, predictions and parameters come back") {
  Eigen::MatrixXf x = Eigen::MatrixXf::Random(6, 3);
  Model<float> model(Sequential{Input({.shape = {3}}), Dense({.units = 2})}, {.seed = 1});
  auto kernel = as_map(model.parameters()[0]);
  auto bias = as_map(model.parameters()[1]);
  kernel << 1, 2, 3, 4, 5, 6;
  bias << 7, 8;
  RowMajorMatrix<float> y(6, 2);
  model.predict(as_view(x), as_mutable_view(y));
  const Eigen::MatrixXf expected = (x * kernel).rowwise() + bias.row(0);
  CHECK(y.isApprox(expected));
  const std::vector<float> fresh = model.predict(as_view(x));
  CHECK(as_map(std::span(fresh), {6, 2}).isApprox(expected));
  CHECK(as_map(std::span(fresh), {2, 3, 2}).rows() == 6);
  check_throws<ShapeError>([&] { as_map(std::span(fresh), {5, 2}); }, {"10 numbers", "got 12"});
}

}  // namespace
}  // namespace laminar::test
