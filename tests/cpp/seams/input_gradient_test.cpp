// SPDX-License-Identifier: BSD-3-Clause
//
// The gradient with respect to an input: the pixels are what is learned.
#include "support/gradient_check.hpp"
#include "support/losses.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

struct Painting {
  std::vector<double> x = random_vector<double>(3 * 4, 1);
  std::vector<double> y = random_vector<double>(3 * 2, 2);
  std::vector<View> inputs{{x.data(), {3, 4}}};
  std::vector<View> targets{{y.data(), {3, 2}}};
  Arrays arrays{.x = inputs, .y = targets};
  SymbolicTensor pixels = Input({.shape = {4}});
  SymbolicTensor hidden = Dense({.units = 5, .activation = Activation::kTanh})(pixels);
  ModelCore model{{pixels}, {Dense({.units = 2})(hidden)}, DType::kFloat64, 1};

  Painting() { model.compile(compile_with({losses::MeanSquaredError()})); }
};

TEST_CASE("gradients of inputs and of parameters are the same together and alone") {
  Painting data;
  ModelCore& model = data.model;
  check_gradients(model, data.arrays);
  std::vector<double> dx(12), dx_alone(12), kernel(20), bias(5), kernel_2(10), bias_2(2);
  std::vector<void*> to_inputs{dx.data()}, to_parameters{kernel.data(), bias.data(), kernel_2.data(), bias_2.data()};
  const double both =
      model.value_and_grad(context(), data.arrays, {.parameters = true, .inputs = true}, to_parameters, to_inputs);
  to_inputs = {dx_alone.data()};
  const double alone =
      model.value_and_grad(context(), data.arrays, {.parameters = false, .inputs = true}, {}, to_inputs);
  CHECK(both == alone);
  CHECK(dx == dx_alone);
}

TEST_CASE("a picture is painted by descent on its own pixels while the network stays as it is") {
  Painting data;
  ModelCore& model = data.model;
  const std::vector<double> kernel = GraphRun::numbers(model.parameters().view(0));
  std::vector<double> dx(12);
  std::vector<void*> to_inputs{dx.data()};
  double first = 0;
  double loss = 0;
  for (int step = 0; step < 1000; ++step) {
    loss = model.value_and_grad(context(), data.arrays, {.parameters = false, .inputs = true}, {}, to_inputs);
    if (step == 0) first = loss;
    for (std::size_t i = 0; i < dx.size(); ++i) data.x[i] -= 0.5 * dx[i];
  }
  CHECK(loss < 0.2 * first);
  CHECK(GraphRun::numbers(model.parameters().view(0)) == kernel);
  CHECK(model.steps == 0);
}

TEST_CASE("nothing below the lowest gradient that is wanted is computed") {
  Painting data;
  ModelCore& model = data.model;
  const std::vector<GraphLoss> losses{{losses::MeanSquaredError().shared_function(), model.graph().outputs, 0, 1, 1.0}};
  PlanRequest request{.mode = Mode::kTrain,
                      .losses = true,
                      .input_gradients = false,
                      .parameter_gradients = true,
                      .wanted_parameters = {false, false, true, true},
                      .inputs = {{3, 4}},
                      .targets = {{{3, 2}, DType::kFloat64}}};
  const auto backward_steps = [&] {
    const Plan plan = make_plan(model.graph(), losses, request);
    return std::count_if(plan.steps.begin(), plan.steps.end(),
                         [](const PlanStep& step) { return step.kind == PlanStep::Kind::kBackward; });
  };
  CHECK(backward_steps() == 1);  // of the last layer, none below it
  request.wanted_parameters = {true, true, true, true};
  CHECK(backward_steps() == 2);
  const Plan plan = make_plan(model.graph(), losses, request);
  CHECK(plan.gradients[static_cast<std::size_t>(plan.steps.back().d_inputs.first)].want == Gradient::Want::kNot);
}

}  // namespace
}  // namespace laminar::test
