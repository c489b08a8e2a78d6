// SPDX-License-Identifier: BSD-3-Clause
//
// Two lengths of a free axis in one model: sequences of 4 and of 7 steps through the same weights.
#include "layers/layer.hpp"
#include "support/gradient_check.hpp"
#include "support/losses.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

/// Y[m, n] = mean over t of X[m, t, n]
class MeanOverTime final : public Layer {
 public:
  std::string_view type() const override { return "MeanOverTime"; }
  Config::Map options() const override { return {}; }
  LayerTraits traits(ActivationSpec) const override {
    return {.backward_reads_inputs = false, .backward_reads_outputs = false};
  }
  Inference infer(Mode, ActivationSpec, std::span<const TensorSpec> inputs) const override {
    expect_inputs(inputs, 1);
    return {.outputs = {{{inputs[0].shape[0], inputs[0].shape[2]}, inputs[0].dtype}}};
  }
  void forward(const ForwardCall& call) const override {
    std::fill_n(call.outputs[0].as<double>(), call.outputs[0].shape().size(), 0.0);
    visit(call.inputs[0].shape(), [&](std::int64_t in, std::int64_t out, double share) {
      call.outputs[0].as<double>()[out] += share * call.inputs[0].as<const double>()[in];
    });
  }
  void backward(const BackwardCall& call) const override {
    const Gradient& dx = call.d_inputs[0];
    if (!dx.wanted()) return;
    visit(call.inputs[0].shape(), [&](std::int64_t in, std::int64_t out, double share) {
      double& number = dx.tensor.as<double>()[in];
      number = (dx.adds() ? number : 0.0) + share * call.d_outputs[0].as<const double>()[out];
    });
  }

 private:
  template <class Body>
  static void visit(const Shape& x, const Body& body) {
    const std::int64_t steps = x[1];
    const std::int64_t n = x[2];
    for (std::int64_t i = 0; i < x.size(); ++i) {
      body(i, i / (steps * n) * n + i % n, 1.0 / static_cast<double>(steps));
    }
  }
};

struct Sequences {
  SymbolicTensor input = Input({.shape = {kFree, 3}});
  ModelCore model;
  std::vector<double> x = random_vector<double>(2 * 7 * 3, 1);
  std::vector<double> y = random_vector<double>(2, 2);
  std::vector<View> targets{View(y)};

  Sequences() : model({input}, {output()}, DType::kFloat64, 1) {
    model.compile(compile_with({losses::SquaredError()}));
  }
  SymbolicTensor output() const {
    const SymbolicTensor hidden = Dense({.units = 4, .activation = Activation::kTanh})(input);
    return Dense({.units = 1})(LayerRef(std::make_shared<MeanOverTime>(), "mean")(hidden));
  }
  View of_length(std::int64_t steps) const { return {x.data(), {2, steps, 3}}; }
};

TEST_CASE("gradients are right at every length, and so are predictions when lengths take turns") {
  Sequences data;
  for (const std::int64_t length : {4, 7, 1, 7, 4}) {
    CAPTURE(length);
    const View x = data.of_length(length);
    check_gradients(data.model, {.x = {&x, 1}, .y = data.targets});
    data.model.train_on_batch(context(), {.x = {&x, 1}, .y = data.targets});
  }
  CHECK(data.model.steps == 5);
  CHECK(data.model.graph().parameters.size() == 4);
}

TEST_CASE("an output with a free axis has the length of its input") {
  const SymbolicTensor input = Input({.shape = {kFree, 3}});
  ModelCore model({input}, {Dense({.units = 2})(input)}, DType::kFloat64, 1);
  const std::vector<double> x(2 * 5 * 3);
  for (const std::int64_t length : {5, 2}) {
    const View view(x.data(), {2, length, 3});
    CHECK(model.output_shape(0, {&view, 1}) == Shape{2, length, 2});
  }
}

TEST_CASE("a layer whose parameters would depend on a free axis is refused by name") {
  const SymbolicTensor input = Input({.shape = {3, kFree}});
  check_throws<ShapeError>([&] { Dense({.units = 2, .name = "wide"})(input); }, {"wide (Dense)", "(None, 3, None)"});
}

}  // namespace
}  // namespace laminar::test
