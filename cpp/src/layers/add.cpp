// SPDX-License-Identifier: BSD-3-Clause
//
// Y = X_1 + X_2 + ..., all of one shape; dX_i += dY.
#include "core/parallel.hpp"
#include "laminar/error.hpp"
#include "layers/registry.hpp"
#include "ops/elementwise.hpp"

namespace laminar {
namespace {

class AddLayer final : public FloatLayer<AddLayer> {
 public:
  std::string_view type() const override { return "Add"; }
  Config::Map options() const override { return {}; }
  LayerTraits traits(ActivationSpec) const override {
    return {.backward_reads_inputs = false,
            .backward_reads_outputs = false,
            .in_place = true,
            .rows_are_independent = true};
  }

  Inference infer(Mode, ActivationSpec, std::span<const TensorSpec> inputs) const override {
    if (inputs.size() < 2) {
      throw ShapeError("expected at least 2 inputs, got " + std::to_string(inputs.size()));
    }
    for (const TensorSpec& input : inputs) {
      expect_float(input);
      if (!(input == inputs[0])) {
        throw ShapeError("expected inputs of one shape, got " + to_string(inputs[0].shape) + " and " +
                         to_string(input.shape));
      }
    }
    return {.outputs = {inputs[0]}};
  }

  template <class T>
  void forward_as(const ForwardCall& call) const {
    const std::int64_t n = call.inputs[0].shape().size();
    T* y = call.outputs[0].as<T>();
    const T* first = call.inputs[0].as<const T>();
    for (std::size_t i = 1; i < call.inputs.size(); ++i) {
      const T* x = call.inputs[i].as<const T>();
      const T* sum = i == 1 ? first : y;
      parallel_for_elements(call.context, n, 32768, [&](std::int64_t begin, std::int64_t end) {
        call.context.kernels<T>().add(end - begin, sum + begin, x + begin, y + begin);
      });
    }
  }

  template <class T>
  void backward_as(const BackwardCall& call) const {
    for (const Gradient& d_input : call.d_inputs) {
      if (!d_input.wanted()) continue;
      copy_or_add(call.context, call.d_outputs[0].shape().size(), call.d_outputs[0].as<const T>(),
                  d_input.tensor.as<T>(), d_input.adds());
    }
  }
};

struct NoFields {
  template <class Self, class Visitor>
  static void visit(Self&, Visitor&) {}
};

}  // namespace

std::shared_ptr<const Layer> make_add(const Config::Map& options) {
  from_map<NoFields, AddOptions>(options, "Add");
  return std::make_shared<AddLayer>();
}

Add::Add(const AddOptions& options) : LayerRef(std::make_shared<AddLayer>(), options.name) {}

}  // namespace laminar
