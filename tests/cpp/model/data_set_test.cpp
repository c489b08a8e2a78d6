// SPDX-License-Identifier: BSD-3-Clause
//
// What the door says of data that cannot be used; the model is as it was before.
#include "model/data_set.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "laminar/model.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Model<float> classifier() {
  Model<float> model(Sequential{Input({.shape = {2}}), Dense({.units = 3, .activation = Activation::kSoftmax})},
                     {.seed = 1});
  model.compile({.loss = losses::CrossEntropy()});
  return model;
}

struct Bad {
  const char* name;
  std::vector<double> x = std::vector<double>(8, 0.5);
  Shape x_shape = {4, 2};
  std::vector<double> y = {0, 1, 2, 1};
  Shape y_shape = {4};
  std::vector<double> weight = {};
  Shape weight_shape = {4};
  std::vector<std::string> message = {};
};

std::vector<double> with(std::vector<double> numbers, std::size_t at, double value) {
  numbers[at] = value;
  return numbers;
}

const std::vector<double> kX(8, 0.5);
const Bad kValues[] = {
    {.name = "NaN in x", .x = with(kX, 3, kNan), .message = {"x: expected finite numbers", "nan", "[1, 1]"}},
    {.name = "infinity in x", .x = with(kX, 0, kInfinity), .message = {"x: expected finite numbers", "inf", "[0, 0]"}},
    {.name = "beyond float32", .x = with(kX, 7, 1e300), .message = {"x: expected finite numbers", "1e+300", "[3, 1]"}},
    {.name = "label too large",
     .y = {0, 1, 3, 1},
     .message = {"y: expected whole-number labels from 0 to 2", "got 3", "[2]"}},
    {.name = "label negative", .y = {0, -1, 2, 1}, .message = {"labels from 0 to 2", "got -1", "[1]"}},
    {.name = "label fractional", .y = {0, 1, 2, 1.5}, .message = {"labels from 0 to 2", "got 1.5", "[3]"}},
    {.name = "label NaN", .y = {0, kNan, 2, 1}, .message = {"y: expected", "nan", "[1]"}},
    {.name = "weight negative",
     .weight = {1, -1, 1, 1},
     .message = {"sample_weight: expected finite numbers of at least 0", "-1", "[1]"}},
    {.name = "weight NaN", .weight = {1, 1, 1, kNan}, .message = {"sample_weight", "nan", "[3]"}},
    {.name = "weights all zero",
     .weight = {0, 0, 0, 0},
     .message = {"sample_weight: expected at least one weight above 0"}},
    {.name = "no rows",
     .x = {},
     .x_shape = {0, 2},
     .y = {},
     .y_shape = {0},
     .message = {"x: expected at least one row", "(0, 2)"}},
};
const Bad kShapes[] = {
    {.name = "features", .x_shape = {4, 3}, .message = {"x: expected 2 features", "(None, 2)", "got 3", "(4, 3)"}},
    {.name = "rank",
     .x_shape = {4},
     .message = {"x: expected shape (None, 2)", "got (4,)", "one example is a batch of one row"}},
    {.name = "rank above", .x_shape = {4, 2, 1}, .message = {"x: expected shape (None, 2)", "(4, 2, 1)"}},
    {.name = "lengths", .y = {0, 1}, .y_shape = {2}, .message = {"y: expected 4 rows as in x", "(2,)"}},
    {.name = "weights",
     .weight = {1, 1, 1},
     .weight_shape = {3},
     .message = {"sample_weight: expected one number a row", "(4,)", "(3,)"}},
    {.name = "soft targets", .y_shape = {4, 2}, .message = {"y: expected labels", "(None, 3)", "(None, 2)"}},
};

template <class Exception>
void check_bad(const Bad& bad) {
  CAPTURE(std::string(bad.name));
  Model<float> model = classifier();
  const auto before = model.weights();
  const std::vector<double> room(100, 0.5);
  const View x(bad.x_shape.size() > 8 ? room.data() : bad.x.data(), bad.x_shape);
  const View y(bad.y_shape.size() > 4 ? room.data() : bad.y.data(), bad.y_shape);
  const View weight = bad.weight.empty() ? View() : View(bad.weight.data(), bad.weight_shape);
  check_throws<Exception>([&] { model.train_on_batch(x, y, weight); }, bad.message);
  check_throws<Exception>([&] { model.evaluate(x, y, weight); }, bad.message);
  FitOptions options;
  if (!bad.weight.empty()) options.sample_weight = {weight};
  check_throws<Exception>([&] { model.fit(x, y, options); }, bad.message);
  CHECK(model.weights() == before);
  CHECK(model.steps() == 0);
}

TEST_CASE("values that cannot be used are named, with their place") {
  for (const Bad& bad : kValues) check_bad<ValueError>(bad);
}

TEST_CASE("shapes that do not fit are named, with what was expected") {
  for (const Bad& bad : kShapes) check_bad<ShapeError>(bad);
}

TEST_CASE("ids are whole numbers that fit int32") {
  const SymbolicTensor id = Input({.shape = {1}, .dtype = DType::kInt32, .name = "id"});
  const Graph graph = build_graph({id}, {Flatten()(id)}, DType::kFloat32);
  DataSet data;
  const auto open = [&](const View& x) { return [&, x] { data.open_inputs(context(), graph, {&x, 1}); }; };
  const std::vector<std::int64_t> huge{1, std::int64_t{1} << 31};
  const std::vector<float> fraction{0.5F};
  check_throws<ValueError>(open(View(huge.data(), {2, 1})),
                           {"x: expected whole numbers that fit int32", "2147483648", "[1, 0]"});
  check_throws<ValueError>(open(View(fraction.data(), {1, 1})), {"whole numbers", "0.5"});
}

TEST_CASE("several inputs and outputs are told apart by name") {
  const SymbolicTensor a = Input({.shape = {2}, .name = "left"});
  const SymbolicTensor b = Input({.shape = {2}});
  Model<double> model({a, b}, {Dense({.units = 1, .name = "up"})(a), Dense({.units = 1, .name = "down"})(b)});
  model.compile({.loss = {losses::SquaredError(), losses::SquaredError()}});
  const std::vector<double> numbers(8, 1.0);
  const View x(numbers.data(), {4, 2});
  const View y(numbers.data(), {4, 1});
  const View other(numbers.data(), {3, 2});
  check_throws<ShapeError>([&] { model.train_on_batch({x, y}, {y, y}); }, {"x['input_2']", "2 features"});
  check_throws<ShapeError>([&] { model.train_on_batch({x, other}, {y, y}); }, {"x['input_2']", "4 rows", "got 3"});
  check_throws<ValueError>([&] { model.train_on_batch({x, x}, {y}); }, {"y['down']", "got none"});
  check_throws<ValueError>([&] { model.train_on_batch(x, y); }, {"x: expected 2 arrays", "got 1"});
  check_throws<ValueError>(
      [&] {
        model.train_on_batch({View(static_cast<double*>(nullptr), {4, 2}), x}, {y, y});
      },
      {"x['left']", "null pointer"});
}

TEST_CASE("a prediction after an evaluation knows nothing of its targets") {
  const Graph graph = [] {
    const SymbolicTensor x = Input({.shape = {2}});
    return build_graph({x}, {Dense({.units = 3})(x)}, DType::kFloat32);
  }();
  const std::vector<GraphLoss> losses{{losses::SquaredError().shared_function(), graph.outputs, 0, 1, 1.0}};
  const std::vector<LossInputs> loss_inputs{{0, {graph.value(graph.outputs[0]).spec}}};
  const std::vector<double> numbers(12, 1.0);
  const View x(numbers.data(), {4, 2});
  const View y(numbers.data(), {4, 3});
  const View weight(numbers.data(), {4});
  DataSet data;
  data.open(context(), graph, losses, loss_inputs, {.x = {&x, 1}, .y = {&y, 1}, .sample_weight = {&weight, 1}});
  CHECK(data.targets().size() == 1);
  CHECK(data.weights().size() == 1);
  data.open_inputs(context(), graph, {&x, 1});
  CHECK(data.targets().empty());
  CHECK(data.weights().empty());
}

TEST_CASE("a model that is compiled anew checks its targets anew") {
  Model<float> model(Sequential{Input({.shape = {1}}), Dense({.units = 1, .activation = Activation::kSigmoid})});
  const std::vector<float> x{1, 2};
  const std::vector<float> y{0, 5};
  const View rows(x.data(), {2, 1});
  model.compile({.loss = losses::SquaredError()});
  model.train_on_batch(rows, View(y));
  model.evaluate(rows, View(y));
  model.compile({.loss = losses::BinaryCrossEntropy()});
  check_throws<ValueError>([&] { model.train_on_batch(rows, View(y)); }, {"y: expected numbers from 0 to 1", "got 5"});
  check_throws<ValueError>([&] { model.evaluate(rows, View(y)); }, {"y: expected numbers from 0 to 1", "got 5"});
}

}  // namespace
}  // namespace laminar::test
