// SPDX-License-Identifier: BSD-3-Clause
//
// One layer called in two branches: its parameters are shared and their gradients add up.
#include "support/gradient_check.hpp"
#include "support/losses.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

struct Siamese {
  std::vector<double> left = random_vector<double>(5 * 3, 1);
  std::vector<double> right = random_vector<double>(5 * 3, 2);
  std::vector<double> y = random_vector<double>(5, 3);
  std::vector<View> x{{left.data(), {5, 3}}, {right.data(), {5, 3}}};
  std::vector<View> targets{View(y)};
  Dense shared{{.units = 4, .activation = Activation::kTanh, .name = "shared"}};
  Dense head{{.units = 1, .name = "head"}};
};

TEST_CASE("the gradients of a layer that is called twice add up") {
  Siamese data;
  const SymbolicTensor a = Input({.shape = {3}});
  const SymbolicTensor b = Input({.shape = {3}});
  const SymbolicTensor joined = Concatenate()({data.shared(a), data.shared(b)});
  ModelCore model({a, b}, {data.head(joined)}, DType::kFloat64, 1);
  REQUIRE(model.graph().parameters.size() == 4);
  model.compile(compile_with({losses::SquaredError()}));
  check_gradients(model, {.x = data.x, .y = data.targets});
}

TEST_CASE("a layer may feed itself") {
  Siamese data;
  const SymbolicTensor a = Input({.shape = {4}});
  const Dense layer({.units = 4, .activation = Activation::kSigmoid});
  ModelCore model({a}, {Add()({layer(layer(a)), a})}, DType::kFloat64, 1);
  REQUIRE(model.graph().parameters.size() == 2);
  model.compile(compile_with({losses::MeanSquaredError()}));
  const std::vector<View> x{{data.left.data(), {3, 4}}};
  const std::vector<View> y{{data.right.data(), {3, 4}}};
  check_gradients(model, {.x = x, .y = y});
}

TEST_CASE("two models that hold one layer share its parameters") {
  Siamese data;
  const SymbolicTensor a = Input({.shape = {3}});
  const SymbolicTensor code = data.shared(a);
  ModelCore encoder({a}, {code}, DType::kFloat64, 1);
  ModelCore whole({a}, {data.head(code)}, DType::kFloat64, 2);
  CHECK(encoder.parameters().view(0).data == whole.parameters().view(0).data);
  whole.compile(compile_with({losses::SquaredError()}));
  const std::vector<double> before = GraphRun::numbers(encoder.parameters().view(0));
  whole.train_on_batch(context(), {.x = std::span(data.x).first(1), .y = data.targets});
  CHECK(GraphRun::numbers(encoder.parameters().view(0)) != before);
}

TEST_CASE("inputs that need other parameters than a shared layer has are refused by name") {
  Siamese data;
  const SymbolicTensor a = Input({.shape = {3}});
  const SymbolicTensor b = Input({.shape = {7}});
  check_throws<ShapeError>(
      [&] {
        ModelCore({a, b}, {Concatenate()({data.shared(a), data.shared(b)})}, DType::kFloat64, 1);
      },
      {"shared (Dense)", "(3, 4)", "(7, 4)"});
}

}  // namespace
}  // namespace laminar::test
