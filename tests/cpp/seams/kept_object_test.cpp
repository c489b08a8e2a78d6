// SPDX-License-Identifier: BSD-3-Clause
//
// A layer whose backward needs more than tensors: an object that forward leaves for it, one a node.
#include "layers/layer.hpp"
#include "support/gradient_check.hpp"
#include "support/losses.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

/// Y = X^2, remembering X in an object of its own.
class Square final : public Layer {
 public:
  std::string_view type() const override { return "Square"; }
  Config::Map options() const override { return {}; }
  LayerTraits traits(ActivationSpec) const override {
    return {.backward_reads_inputs = false, .backward_reads_outputs = false};
  }
  Inference infer(Mode, ActivationSpec, std::span<const TensorSpec> inputs) const override {
    return {.outputs = {inputs[0]}};
  }
  void forward(const ForwardCall& call) const override {
    const auto* x = call.inputs[0].as<const double>();
    const std::vector<double> kept(x, x + call.inputs[0].shape().size());
    std::transform(kept.begin(), kept.end(), call.outputs[0].as<double>(), [](double v) { return v * v; });
    if (call.kept != nullptr) *call.kept = std::make_shared<std::vector<double>>(kept);
  }
  void backward(const BackwardCall& call) const override {
    const auto x = std::static_pointer_cast<std::vector<double>>(std::exchange(*call.kept, nullptr));
    CHECK(x.use_count() == 1);
    const auto* d_output = call.d_outputs[0].as<const double>();
    auto* d_input = call.d_inputs[0].tensor.as<double>();
    for (std::size_t i = 0; i < x->size(); ++i) {
      d_input[i] = (call.d_inputs[0].adds() ? d_input[i] : 0.0) + 2.0 * (*x)[i] * d_output[i];
    }
  }
};

TEST_CASE("each call of a layer finds what its forward has left") {
  const LayerRef square(std::make_shared<Square>(), "");
  const SymbolicTensor x = Input({.shape = {3}});
  const SymbolicTensor h = Dense({.units = 3, .activation = Activation::kTanh})(x);
  const SymbolicTensor sum = Add()({square(h), square(square(h)), square(x)});
  ModelCore model({x}, {sum}, DType::kFloat64, 3);
  model.compile(compile_with({losses::SquaredError()}));
  const std::vector<double> rows = random_vector<double>(5 * 3, 1);
  const std::vector<double> targets = random_vector<double>(5 * 3, 2);
  const View x_view{rows.data(), {5, 3}};
  const View y_view{targets.data(), {5, 3}};
  check_gradients(model, {.x = {&x_view, 1}, .y = {&y_view, 1}});
}

}  // namespace
}  // namespace laminar::test
