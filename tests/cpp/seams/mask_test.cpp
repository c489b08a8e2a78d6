// SPDX-License-Identifier: BSD-3-Clause
//
// A mask that one layer creates, Dense and Activation pass on unseen, and a third layer uses.
#include "layers/layer.hpp"
#include "support/gradient_check.hpp"
#include "support/losses.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

/// Y = X; a step of X[m, t, n] whose numbers are all 0 is padding.
class MaskPadding final : public Layer {
 public:
  std::string_view type() const override { return "MaskPadding"; }
  Config::Map options() const override { return {}; }
  LayerTraits traits(ActivationSpec) const override {
    return {
        .backward_reads_inputs = false, .backward_reads_outputs = false, .in_place = true, .mask = MaskPolicy::kCreate};
  }
  Inference infer(Mode, ActivationSpec, std::span<const TensorSpec> inputs) const override {
    expect_inputs(inputs, 1);
    const Shape& x = inputs[0].shape;
    return {.outputs = {inputs[0]}, .output_masks = {{{x[0], x[1]}, DType::kUInt8}}};
  }
  void forward(const ForwardCall& call) const override {
    const std::int64_t n = call.inputs[0].shape()[2];
    std::fill_n(call.output_masks[0].as<std::uint8_t>(), call.output_masks[0].shape().size(), std::uint8_t{0});
    for (std::int64_t i = 0; i < call.inputs[0].shape().size(); ++i) {
      const double x = call.inputs[0].as<const double>()[i];
      if (x != 0) call.output_masks[0].as<std::uint8_t>()[i / n] = 1;
      call.outputs[0].as<double>()[i] = x;
    }
  }
  void backward(const BackwardCall& call) const override {
    const Gradient& dx = call.d_inputs[0];
    for (std::int64_t i = 0; dx.wanted() && i < dx.tensor.shape().size(); ++i) {
      double& out = dx.tensor.as<double>()[i];
      out = (dx.adds() ? out : 0.0) + call.d_outputs[0].as<const double>()[i];
    }
  }
};

/// Y[m, n] = sum over the real steps of X[m, t, n]; what comes out is no sequence and has no mask.
class SumOfReal final : public Layer {
 public:
  std::string_view type() const override { return "SumOfReal"; }
  Config::Map options() const override { return {}; }
  LayerTraits traits(ActivationSpec) const override {
    return {.backward_reads_inputs = false, .backward_reads_outputs = false, .mask = MaskPolicy::kEnd};
  }
  Inference infer(Mode, ActivationSpec, std::span<const TensorSpec> inputs) const override {
    expect_inputs(inputs, 1);
    return {.outputs = {{{inputs[0].shape[0], inputs[0].shape[2]}, inputs[0].dtype}}};
  }
  void forward(const ForwardCall& call) const override {
    std::fill_n(call.outputs[0].as<double>(), call.outputs[0].shape().size(), 0.0);
    visit(call.inputs[0].shape(), call.input_masks[0], [&](std::int64_t in, std::int64_t out, double real) {
      call.outputs[0].as<double>()[out] += real * call.inputs[0].as<const double>()[in];
    });
  }
  void backward(const BackwardCall& call) const override {
    const Gradient& dx = call.d_inputs[0];
    if (!dx.wanted()) return;
    visit(call.inputs[0].shape(), call.input_masks[0], [&](std::int64_t in, std::int64_t out, double real) {
      double& number = dx.tensor.as<double>()[in];
      number = (dx.adds() ? number : 0.0) + real * call.d_outputs[0].as<const double>()[out];
    });
  }

 private:
  template <class Body>
  static void visit(const Shape& x, const Tensor& mask, const Body& body) {
    const std::int64_t n = x[2];
    for (std::int64_t i = 0; i < x.size(); ++i) {
      const bool real = mask.empty() || mask.as<const std::uint8_t>()[i / n] != 0;
      body(i, i / (x[1] * n) * n + i % n, real ? 1.0 : 0.0);
    }
  }
};

LayerRef mask_padding() { return LayerRef(std::make_shared<MaskPadding>(), ""); }
LayerRef sum_of_real() { return LayerRef(std::make_shared<SumOfReal>(), ""); }

struct Padded {
  std::vector<double> x = random_vector<double>(2 * 3 * 2, 1);
  std::vector<double> y = random_vector<double>(2 * 4, 2);

  Padded() { std::fill(x.begin() + 4, x.begin() + 6, 0.0); }  // the last step of the first sequence

  /// Activation behind Dense is fused into it; behind Flatten's kind of view, or twice in a row, it is a step.
  static Graph graph(bool masked) {
    const SymbolicTensor input = Input({.shape = {kFree, 2}});
    const SymbolicTensor start = masked ? mask_padding()(input) : input;
    const SymbolicTensor hidden = Dense({.units = 4, .bias_initializer = initializers::ones()})(start);
    const SymbolicTensor active = ActivationLayer({.activation = Activation::kTanh})(hidden);
    const SymbolicTensor twice = ActivationLayer({.activation = Activation::kSigmoid})(active);
    return build_graph({input}, {sum_of_real()(twice)}, DType::kFloat64);
  }
};

TEST_CASE("a mask reaches the layer that uses it, through layers that do not look at it") {
  Padded data;
  std::vector<Tensor> inputs{tensor_of(data.x, {2, 3, 2})};
  Graph graph = Padded::graph(true);
  std::vector<GraphLoss> losses = squares_of_outputs(graph);
  GraphRun run(std::move(graph), std::move(losses), inputs);
  const double masked = run.loss();

  // The same two sequences without the padding, one after the other.
  Graph plain = Padded::graph(false);
  std::vector<GraphLoss> plain_losses = squares_of_outputs(plain);
  std::vector<double> first(data.x.begin(), data.x.begin() + 4);
  std::vector<double> second(data.x.begin() + 6, data.x.end());
  GraphRun short_one(plain, plain_losses, {tensor_of(first, {1, 2, 2})});
  GraphRun long_one(plain, plain_losses, {tensor_of(second, {1, 3, 2})});
  CHECK(masked == doctest::Approx((short_one.loss() + long_one.loss()) / 2).epsilon(1e-12));
}

TEST_CASE("gradients through a mask are those of the differences") {
  Padded data;
  // Numbers that are 0 and nearly 0 fall on both sides of the mask: differences of the inputs mean nothing there.
  std::vector<Tensor> inputs{tensor_of(data.x, {2, 3, 2})};
  Graph graph = Padded::graph(true);
  std::vector<GraphLoss> losses = squares_of_outputs(graph);
  GraphRun run(std::move(graph), std::move(losses), inputs);
  run.loss();
  run.backward();
  const std::vector<double> dx = GraphRun::numbers(run.execution().input_gradient(0));
  CHECK(dx[4] == 0.0);
  CHECK(dx[5] == 0.0);
  CHECK(dx[6] != 0.0);
  data.x[4] = data.x[5] = 0.25;  // every step is real: inputs can be checked as well
  run.check();
}

TEST_CASE("inputs that carry different masks cannot be joined without a word") {
  const SymbolicTensor a = Input({.shape = {kFree, 2}});
  const SymbolicTensor b = Input({.shape = {kFree, 2}});
  const SymbolicTensor sum = Add({.name = "sum"})({mask_padding()(a), mask_padding()(b)});
  check_throws<ValueError>([&] { build_graph({a, b}, {sum}, DType::kFloat64); }, {"sum (Add)", "different masks"});
}

}  // namespace
}  // namespace laminar::test
