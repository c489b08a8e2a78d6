// SPDX-License-Identifier: BSD-3-Clause
//
// A layer with two outputs, state that is kept but not trained, and a second input of int32 ids.
#include "layers/layer.hpp"
#include "support/gradient_check.hpp"
#include "support/losses.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

constexpr std::int64_t kClasses = 3;

/// plus = X + table[id], times = X * table[id] for X[m, n], id[m, 1]; seen[id] counts the ids of training.
class LookUpTwice final : public Layer {
 public:
  std::string_view type() const override { return "LookUpTwice"; }
  Config::Map options() const override { return {}; }
  LayerTraits traits(ActivationSpec) const override { return {.backward_reads_outputs = false}; }

  Inference infer(Mode, ActivationSpec, std::span<const TensorSpec> inputs) const override {
    expect_inputs(inputs, 2);
    expect_float(inputs[0]);
    if (inputs[1].dtype != DType::kInt32) throw ShapeError("expected int32 ids");
    const TensorSpec& x = inputs[0];
    return {.outputs = {x, x},
            .parameters = {{"table", {{kClasses, x.shape[1]}, x.dtype}, initializers::normal(1.0), std::nullopt}},
            .state = {{"seen", {{kClasses}, x.dtype}, initializers::zeros()}}};
  }

  void forward(const ForwardCall& call) const override {
    visit(call.inputs, [&](std::int64_t id, std::int64_t element, std::int64_t entry) {
      const double x = call.inputs[0].as<const double>()[element];
      const double w = call.parameters[0].as<const double>()[entry];
      call.outputs[0].as<double>()[element] = x + w;
      call.outputs[1].as<double>()[element] = x * w;
      if (call.mode == Mode::kTrain && element % call.inputs[0].shape()[1] == 0) call.state[0].as<double>()[id] += 1;
    });
  }

  void backward(const BackwardCall& call) const override {
    const Gradient& dx = call.d_inputs[0];
    const Gradient& dw = call.d_parameters[0];
    CHECK(!call.d_inputs[1].wanted());
    if (dw.want == Gradient::Want::kWrite) {
      std::fill_n(dw.tensor.as<double>(), dw.tensor.shape().size(), 0.0);
    }
    visit(call.inputs, [&](std::int64_t, std::int64_t element, std::int64_t entry) {
      const double plus = call.d_outputs[0].as<const double>()[element];
      const double times = call.d_outputs[1].as<const double>()[element];
      const double x = call.inputs[0].as<const double>()[element];
      const double w = call.parameters[0].as<const double>()[entry];
      if (dw.wanted()) dw.tensor.as<double>()[entry] += plus + times * x;
      if (!dx.wanted()) return;
      double& out = dx.tensor.as<double>()[element];
      out = (dx.adds() ? out : 0.0) + plus + times * w;
    });
  }

 private:
  template <class Body>
  static void visit(std::span<const Tensor> inputs, const Body& body) {
    const std::int64_t n = inputs[0].shape()[1];
    for (std::int64_t i = 0; i < inputs[0].shape().size(); ++i) {
      const std::int64_t id = inputs[1].as<const std::int32_t>()[i / n];
      body(id, i, id * n + i % n);
    }
  }
};

struct Fixture {
  std::vector<double> x = random_vector<double>(4 * 2, 1);
  std::vector<std::int64_t> ids = {2, 0, 2, 1};
  std::vector<double> y = random_vector<double>(4 * 2, 2);
  std::vector<View> views{{x.data(), {4, 2}}, {ids.data(), {4, 1}}};
  std::vector<View> targets{{y.data(), {4, 2}}, {y.data(), {4, 2}}};
  LayerRef layer{std::make_shared<LookUpTwice>(), "look_up"};

  /// Both outputs are used, or the second alone.
  ModelCore model(bool both) {
    const SymbolicTensor features = Input({.shape = {2}});
    const SymbolicTensor id = Input({.shape = {1}, .dtype = DType::kInt32});
    std::vector<SymbolicTensor> outputs = call_layer(layer.entry(), {Dense({.units = 2})(features), id});
    if (!both) outputs.erase(outputs.begin());
    return {{features, id}, outputs, DType::kFloat64, 1};
  }
};

TEST_CASE("a layer with two outputs and integer ids has the gradients of its differences") {
  for (const bool both : {true, false}) {
    CAPTURE(both);
    Fixture data;
    ModelCore model = data.model(both);
    model.compile(compile_with(std::vector<Loss>(both ? 2 : 1, losses::SquaredError())));
    check_gradients(model, {.x = data.views, .y = std::span(data.targets).first(both ? 2 : 1)});
  }
}

TEST_CASE("state changes in training only, and travels with the weights") {
  Fixture data;
  ModelCore model = data.model(true);
  model.compile(compile_with({losses::SquaredError(), losses::SquaredError()}));
  const Arrays arrays{.x = data.views, .y = data.targets};
  const auto seen = [&] { return GraphRun::numbers(model.parameters().state_view(0)); };

  std::vector<double> a(8), b(8), kernel(4), bias(2), table(6);
  std::vector<void*> out{a.data(), b.data()}, gradients{kernel.data(), bias.data(), table.data()};
  model.predict(context(), data.views, 0, out);
  model.evaluate(context(), arrays, 0);
  model.value_and_grad(context(), arrays, {}, gradients, {});
  check_gradients(model, arrays);
  CHECK(seen() == std::vector<double>{0, 0, 0});
  model.train_on_batch(context(), arrays);
  CHECK(seen() == std::vector<double>{1, 1, 2});
  CHECK(model.graph().state[0].name == "look_up.seen");

  const std::vector<double> set{7, 8, 9};
  std::vector<View> weights;
  for (const Tensor& tensor : model.weights()) weights.emplace_back(tensor.data, tensor.dtype(), tensor.shape());
  REQUIRE(weights.size() == 4);
  weights[3] = View(set);
  model.set_weights(weights);
  CHECK(seen() == set);
}

}  // namespace
}  // namespace laminar::test
