// SPDX-License-Identifier: BSD-3-Clause
//
// Y = act(X), element by element, softmax over the last axis; dX += dY act'.
#include "layers/registry.hpp"
#include "ops/elementwise.hpp"

namespace laminar {
namespace {

struct ActivationFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("activation", options.activation);
  }
};

class ElementwiseActivation final : public FloatLayer<ElementwiseActivation> {
 public:
  explicit ElementwiseActivation(const ActivationLayerOptions& options) : options_(options) {}

  std::string_view type() const override { return "Activation"; }
  Config::Map options() const override { return to_map<ActivationFields>(options_); }
  ActivationSpec activation() const override { return options_.activation; }
  LayerTraits traits(ActivationSpec activation) const override {
    return {.backward_reads_inputs = needs_pre_activation(activation.kind),
            .backward_reads_outputs = activation.kind != Activation::kLinear,
            .in_place = true,
            .takes_activation = true,
            .rows_are_independent = true};
  }

  Inference infer(Mode, ActivationSpec, std::span<const TensorSpec> inputs) const override {
    expect_inputs(inputs, 1);
    expect_float(inputs[0]);
    return {.outputs = {inputs[0]}};
  }

  template <class T>
  void forward_as(const ForwardCall& call) const {
    const MatrixShape shape = as_matrix(call.inputs[0].shape());
    activate(call.context, call.activation, shape, call.inputs[0].as<const T>(), call.outputs[0].as<T>());
  }

  template <class T>
  void backward_as(const BackwardCall& call) const {
    const Gradient& d_input = call.d_inputs[0];
    if (!d_input.wanted()) return;
    activate_backward(call.context, call.activation, as_matrix(call.d_outputs[0].shape()), call.inputs[0].as<const T>(),
                      call.outputs[0].as<const T>(), call.d_outputs[0].as<const T>(), d_input.tensor.as<T>(),
                      d_input.adds());
  }

  std::uint64_t kink_signature(const ForwardCall& call) const override {
    return has_kink(call.activation.kind) ? hash_of_signs(call.outputs[0]) : 0;
  }

 private:
  ActivationLayerOptions options_;
};

}  // namespace

std::shared_ptr<const Layer> make_activation(const Config::Map& options) {
  return std::make_shared<ElementwiseActivation>(
      from_map<ActivationFields, ActivationLayerOptions>(options, "Activation"));
}

ActivationLayer::ActivationLayer(const ActivationLayerOptions& options)
    : LayerRef(std::make_shared<ElementwiseActivation>(options), options.name) {}

}  // namespace laminar
