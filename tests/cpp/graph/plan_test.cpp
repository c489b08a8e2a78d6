// SPDX-License-Identifier: BSD-3-Clause
#include "graph/plan.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "graph/execution.hpp"
#include "laminar/losses.hpp"
#include "support/gradient_check.hpp"
#include "support/losses.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

std::ptrdiff_t count(const Plan& plan, PlanStep::Kind kind) {
  return std::count_if(plan.steps.begin(), plan.steps.end(), [&](const PlanStep& step) { return step.kind == kind; });
}

SymbolicTensor tower(SymbolicTensor x, int layers) {
  for (int i = 0; i < layers; ++i) x = Dense({.units = 64, .activation = Activation::kRelu})(x);
  return x;
}

PlanRequest prediction(std::int64_t rows, std::int64_t features) {
  PlanRequest request;
  request.inputs = {{rows, features}};
  return request;
}

PlanRequest training(std::int64_t rows, std::int64_t features, std::size_t parameters) {
  PlanRequest request = prediction(rows, features);
  request.mode = Mode::kTrain;
  request.losses = true;
  request.parameter_gradients = true;
  request.wanted_parameters.assign(parameters, true);
  return request;
}

TEST_CASE("a deep tower predicts in the memory of two layers, and trains in that of all") {
  const SymbolicTensor x = Input({.shape = {64}});
  const Graph graph = build_graph({x}, {tower(x, 10)}, DType::kFloat32);
  constexpr std::size_t kLayer = 16 * 64 * sizeof(float);
  CHECK(make_plan(graph, {}, prediction(16, 64)).arena_bytes == 2 * kLayer);
  const std::vector<GraphLoss> losses = squares_of_outputs(graph);
  const Plan plan = make_plan(graph, losses, training(16, 64, graph.parameters.size()));
  CHECK(plan.arena_bytes >= 10 * kLayer);
  CHECK(plan.arena_bytes <= 13 * kLayer);
}

TEST_CASE("threads share out the rows of a prediction whose steps are small, while there is room for all of them") {
  const SymbolicTensor x = Input({.shape = {64}});
  const Graph graph = build_graph({x}, {tower(x, 10)}, DType::kFloat32);
  CHECK(make_plan(graph, {}, prediction(16, 64)).row_shares == 1);    // too few rows
  CHECK(make_plan(graph, {}, prediction(64, 64)).row_shares == 4);    // sixteen rows each
  CHECK(make_plan(graph, {}, prediction(1024, 64)).row_shares == 1);  // large steps
  constexpr std::size_t kLayer = 64 * 64 * sizeof(float);
  CHECK(make_plan(graph, {}, prediction(64, 64)).arena_bytes == 9 * kLayer);  // the tenth is the caller's
  const Graph deep = build_graph({x}, {tower(x, 40)}, DType::kFloat32);
  CHECK(make_plan(deep, {}, prediction(64, 64)).row_shares == 1);
  CHECK(make_plan(deep, {}, prediction(64, 64)).arena_bytes == 2 * kLayer);
  // Training adds rows up.
  CHECK(make_plan(graph, squares_of_outputs(graph), training(64, 64, graph.parameters.size())).row_shares == 1);
  const Graph normal = build_graph({x}, {BatchNormalization()(tower(x, 10))}, DType::kFloat32);
  CHECK(make_plan(normal, {}, prediction(64, 64)).row_shares == 1);
}

TEST_CASE("views, and dropout when predicting, are no steps; activations work in place") {
  const SymbolicTensor x = Input({.shape = {8, 8}});
  const SymbolicTensor wide = Dense({.units = 8, .activation = Activation::kTanh})(x);
  const SymbolicTensor flat = Flatten()(Dropout({.rate = 0.5})(wide));
  const SymbolicTensor out = Dense({.units = 1})(ActivationLayer({.activation = Activation::kSigmoid})(flat));
  const Graph graph = build_graph({x}, {out}, DType::kFloat32);
  PlanRequest request;
  request.inputs = {{4, 8, 8}};
  const Plan plan = make_plan(graph, {}, request);
  CHECK(count(plan, PlanStep::Kind::kForward) == 3);  // Dense, Activation, Dense
  CHECK(plan.arena_bytes == 4 * 64 * sizeof(float));
  CHECK(plan.outputs.size() == 1);
  CHECK(plan.places[static_cast<std::size_t>(plan.outputs[0])].source == Source::kOutput);
  request.mode = Mode::kTrain;
  CHECK(count(make_plan(graph, {}, request), PlanStep::Kind::kForward) == 4);
}

TEST_CASE("an output that is an input, or another output, is not written twice") {
  const SymbolicTensor x = Input({.shape = {4}});
  const SymbolicTensor y = Dense({.units = 2})(x);
  const Graph graph = build_graph({x}, {y, y, Flatten()(x)}, DType::kFloat32);
  const Plan plan = make_plan(graph, {}, prediction(3, 4));
  const auto place = [&](std::size_t i) { return plan.places[static_cast<std::size_t>(plan.outputs[i])]; };
  CHECK(place(0).source == Source::kOutput);
  CHECK(place(1).source == Source::kOutput);
  CHECK(place(1).at == 0);
  CHECK(place(2).source == Source::kInput);
}

TEST_CASE("wanted parameters that no loss depends on get gradient zero, in a step of its own") {
  const SymbolicTensor x = Input({.shape = {3}});
  Graph graph = build_graph({x}, {Dense({.units = 2})(x), Dense({.units = 2})(x)}, DType::kFloat64);
  std::vector<GraphLoss> losses = squares_of_outputs(graph);
  losses.pop_back();
  std::vector<double> numbers = random_vector<double>(6, 1);
  GraphRun run(std::move(graph), losses, {tensor_of(numbers, {2, 3})});
  CHECK(count(run.plan(), PlanStep::Kind::kZero) == 2);
  std::fill_n(run.parameters().gradient(2).as<double>(), 6, 99.0);
  run.check();
  CHECK(GraphRun::numbers(run.parameters().gradient(2)) == std::vector<double>(6, 0.0));
}

TEST_CASE("frozen parameters get no gradient, and nothing below the lowest that trains is computed") {
  const SymbolicTensor x = Input({.shape = {64}});
  const Graph graph = build_graph({x}, {tower(x, 4)}, DType::kFloat32);
  const std::vector<GraphLoss> losses = squares_of_outputs(graph);
  PlanRequest request = training(8, 64, graph.parameters.size());
  CHECK(count(make_plan(graph, losses, request), PlanStep::Kind::kBackward) == 4);
  std::fill_n(request.wanted_parameters.begin(), 4, false);
  CHECK(count(make_plan(graph, losses, request), PlanStep::Kind::kBackward) == 2);
  request.wanted_parameters.assign(graph.parameters.size(), false);
  CHECK(count(make_plan(graph, losses, request), PlanStep::Kind::kBackward) == 0);
}

TEST_CASE("an arena that was grown for the largest batch serves the smaller ones") {
  const SymbolicTensor x = Input({.shape = {64}});
  const Graph graph = build_graph({x}, {tower(x, 3)}, DType::kFloat32);
  Parameters parameters(graph, 1);
  Execution execution;
  const std::vector<float> numbers(100 * 64, 1.0F);
  std::vector<float> out(100 * 64);
  const void* in = numbers.data();
  void* to = out.data();
  std::size_t bytes = 0;
  for (const std::int64_t rows : {100, 1, 50, 100}) {
    const Plan plan = make_plan(graph, {}, prediction(rows, 64));
    Bindings bindings{};
    bindings.inputs = {&in, 1};
    bindings.outputs = {&to, 1};
    bindings.parameters = parameters.pointers();
    execution.bind(graph, {}, plan, bindings);
    execution.forward(context(), {});
    if (bytes == 0) bytes = execution.arena_bytes();
    CHECK(execution.arena_bytes() == bytes);
    CHECK(out[0] == out[static_cast<std::size_t>(rows - 1) * 64]);
  }
}

}  // namespace
}  // namespace laminar::test
