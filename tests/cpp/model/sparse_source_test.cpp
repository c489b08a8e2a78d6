// SPDX-License-Identifier: BSD-3-Clause
//
// Sparse rows are the rows of the dense matrix, bit for bit; what cannot be read is named and never read.
#include "model/sparse_source.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "laminar/model.hpp"
#include "model/data_set.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

constexpr std::int64_t kColumns = 4;

/// Rows: in order, empty, out of order, one column three times, empty.
template <class T, class Index>
struct Matrix {
  std::vector<T> data{T(1), T(2), T(3), T(4), T(5), T(6), T(7), T(8)};
  std::vector<Index> indices{0, 3, 2, 1, 3, 1, 3, 3};
  std::vector<Index> indptr{0, 2, 2, 4, 8, 8};
  std::vector<double> dense{1, 0, 0, 2, 0, 0, 0, 0, 0, 4, 3, 0, 0, 6, 0, 20, 0, 0, 0, 0};

  SparseView view() const { return {data, indices, indptr, {5, kColumns}}; }
};

template <class T, class Index, class To>
void check_rows() {
  CAPTURE(name_of(dtype_of<T>));
  const Matrix<T, Index> matrix;
  const SparseSource source(matrix.view());
  CHECK(source.direct(0, 1, dtype_of<To>) == nullptr);
  CHECK(source.shape() == Shape{5, kColumns});
  for (const int threads : {1, 3}) {
    std::vector<To> rows(5 * kColumns, To(7));
    source.copy(context(threads), 0, tensor_of(rows, {5, kColumns}));
    CHECK(rows == std::vector<To>(matrix.dense.begin(), matrix.dense.end()));
    std::vector<To> picked(3 * kColumns, To(7));
    const std::vector<std::int64_t> numbers{3, 1, 0};
    source.gather(context(threads), numbers, tensor_of(picked, {3, kColumns}));
    CHECK(picked == std::vector<To>{0, 6, 0, 20, 0, 0, 0, 0, 1, 0, 0, 2});
  }
}

TEST_CASE("sparse rows of every element and index type become dense ones") {
  check_rows<float, std::int32_t, float>();
  check_rows<double, std::int32_t, float>();
  check_rows<double, std::int64_t, double>();
  check_rows<float, std::int64_t, double>();
  check_rows<std::int8_t, std::int32_t, float>();
  check_rows<std::uint8_t, std::int64_t, double>();
  check_rows<std::int32_t, std::int32_t, double>();
  check_rows<std::int64_t, std::int64_t, float>();
  check_rows<std::uint64_t, std::int32_t, float>();
}

TEST_CASE("what one place has several times adds up before it is rounded, and integers don't overflow") {
  const std::vector<double> data{16777216.0, 1.0, 1.0};
  const std::vector<std::int32_t> indices{1, 1, 1}, indptr{0, 3};
  std::vector<float> row(2);
  SparseSource({data, indices, indptr, {1, 2}}).copy(context(), 0, tensor_of(row, {1, 2}));
  CHECK(row == std::vector<float>{0.0F, 16777218.0F});
  const std::vector<std::int8_t> bytes{100, 100, 27};
  SparseSource({bytes, indices, indptr, {1, 2}}).copy(context(), 0, tensor_of(row, {1, 2}));
  CHECK(row[1] == 227.0F);
}

Model<float> regression() {
  Model<float> model(Sequential{Input({.shape = {kColumns}}), Dense({.units = 3, .activation = Activation::kTanh}),
                                Dense({.units = 1})},
                     {.seed = 1});
  model.compile({.optimizer = SGD(), .loss = losses::SquaredError()});
  return model;
}

TEST_CASE("a model takes a sparse matrix where it takes an array, with the same bits") {
  const Matrix<double, std::int32_t> matrix;
  const SparseView rows = matrix.view();
  const View sparse(rows), dense(matrix.dense.data(), {5, kColumns});
  const std::vector<float> y{1, 2, 3, 4, 5};
  Model<float> ours = regression(), theirs = regression();
  for (const bool shuffle : {true, false}) {
    ours.fit(sparse, y,
             {.batch_size = 2, .epochs = 2, .shuffle = shuffle, .validation_x = {sparse}, .validation_y = {y}});
    theirs.fit(dense, y,
               {.batch_size = 2, .epochs = 2, .shuffle = shuffle, .validation_x = {dense}, .validation_y = {y}});
  }
  CHECK(ours.train_on_batch(sparse, y) == theirs.train_on_batch(dense, y));
  CHECK(ours.weights() == theirs.weights());
  CHECK(ours.history().values == theirs.history().values);
  CHECK(ours.predict(sparse) == theirs.predict(dense));
  CHECK(ours.evaluate(sparse, y)["loss"] == theirs.evaluate(dense, y)["loss"]);
  const GradientOptions both{.inputs = true};
  const auto of_ours = ours.value_and_grad(sparse, y, both), of_theirs = theirs.value_and_grad(dense, y, both);
  CHECK(of_ours.loss == of_theirs.loss);
  CHECK(of_ours.parameters == of_theirs.parameters);
  CHECK(of_ours.inputs == of_theirs.inputs);
}

TEST_CASE("a matrix that cannot be read is named and never read") {
  const Model<float> model = regression();
  using Change = void (*)(Matrix<double, std::int32_t>&);
  struct Bad {
    const char* name;
    Change change;
    std::vector<std::string> message;
  };
  const Bad all[] = {
      {"start", [](auto& m) { m.indptr[0] = 1; }, {"x: expected an indptr that starts at 0, got 1"}},
      {"falls", [](auto& m) { m.indptr[2] = 1; }, {"x: expected an indptr that never falls, got 1 after 2 at [2]"}},
      {"negative", [](auto& m) { m.indptr[5] = -1; }, {"never falls, got -1 after 8 at [5]"}},
      {"end", [](auto& m) { m.indptr[5] = 9; }, {"x: expected an indptr that ends within the 8 entries", "got 9"}},
      {"few data", [](auto& m) { m.data.resize(7); }, {"within the 7 entries of data and indices", "got 8"}},
      {"few indices", [](auto& m) { m.indices.resize(1); }, {"within the 1 entries of data and indices", "got 8"}},
      {"column", [](auto& m) { m.indices[7] = 4; }, {"x: expected columns from 0 to 3 in indices, got 4 in row 3"}},
      {"column below 0", [](auto& m) { m.indices[2] = -1; }, {"columns from 0 to 3", "got -1 in row 2"}},
      {"NaN",
       [](auto& m) { m.data[5] = std::numeric_limits<double>::quiet_NaN(); },
       {"x: expected finite numbers", "nan at [3, 1]"}},
      {"infinity",
       [](auto& m) { m.data[0] = std::numeric_limits<double>::infinity(); },
       {"x: expected finite numbers", "inf at [0, 0]"}},
      {"beyond float32", [](auto& m) { m.data[3] = 1e300; }, {"x: expected finite numbers", "1e+300 at [2, 1]"}},
      {"rows",
       [](auto& m) { m.indptr.pop_back(); },
       {"x: expected an indptr with one number more than the 5 rows, got 5"}},
      {"no indptr", [](auto& m) { m.indptr.clear(); }, {"one number more than the 5 rows, got 0"}},
  };
  for (const Bad& bad : all) {
    CAPTURE(std::string(bad.name));
    Matrix<double, std::int32_t> matrix;
    bad.change(matrix);
    const SparseView rows = matrix.view();
    check_throws<ValueError>([&] { model.predict(View(rows)); }, bad.message);
  }
  const Matrix<double, std::int32_t> matrix;
  SparseView rows = matrix.view();
  rows.shape = {5, 3};
  check_throws<ShapeError>([&] { model.predict(View(rows)); }, {"x: expected 4 features", "got 3", "(5, 3)"});
  rows.shape = {-1, kColumns};
  check_throws<ShapeError>([&] { model.predict(View(rows)); }, {"one number more than the -1 rows, got 6"});
  rows = matrix.view();
  rows.indices = nullptr;
  check_throws<ValueError>([&] { model.predict(View(rows)); }, {"x: expected data, indices and indptr", "null"});
}

TEST_CASE("entries that no row has are neither checked nor read") {
  Matrix<double, std::int64_t> matrix;
  matrix.data.push_back(std::numeric_limits<double>::quiet_NaN());
  matrix.indices.push_back(99);
  const SparseView rows = matrix.view();
  CHECK(rows.stored == 9);
  CHECK(regression().predict(View(rows)) == regression().predict(View(matrix.dense.data(), {5, kColumns})));
}

TEST_CASE("only inputs that are rows of floating features may be sparse") {
  const Matrix<float, std::int32_t> matrix;
  const SparseView rows = matrix.view();
  const View sparse(rows), dense(matrix.dense.data(), {5, kColumns});
  const std::vector<float> y(5, 1.0F);
  Model<float> model = regression();
  check_throws<TypeError>([&] { model.train_on_batch(dense, sparse); }, {"y: expected an array, got a sparse matrix"});
  check_throws<TypeError>([&] { model.train_on_batch(dense, y, sparse); }, {"sample_weight: expected an array"});
  check_throws<TypeError>([&] { model.set_weights({sparse, dense, y, y}); }, {"weights[0]: expected an array"});
  check_throws<TypeError>([&] { Normalization().adapt(sparse); }, {"adapt: x: expected an array"});
  const Model<float> planes(Sequential{Input({.shape = {2, 2}}), Flatten(), Dense({.units = 1})});
  check_throws<TypeError>([&] { planes.predict(sparse); },
                          {"x: expected an array of shape (None, 2, 2)", "got a sparse matrix of shape (5, 4)"});
  const SymbolicTensor id = Input({.shape = {kColumns}, .dtype = DType::kInt32});
  const Graph graph = build_graph({id}, {Flatten()(id)}, DType::kFloat32);
  DataSet data;
  check_throws<TypeError>([&] { data.open_inputs(context(), graph, {&sparse, 1}); }, {"whole numbers", "sparse"});
}

}  // namespace
}  // namespace laminar::test
