// SPDX-License-Identifier: BSD-3-Clause
//
// The same elements under another shape: no copy where the plan can help it.
#include "laminar/error.hpp"
#include "layers/registry.hpp"
#include "ops/elementwise.hpp"

namespace laminar {
namespace {

struct FlattenFields {
  template <class Self, class Visitor>
  static void visit(Self&, Visitor&) {}
};

struct ReshapeFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("target_shape", options.target_shape);
  }
};

/// Forward and backward of every layer that only renames axes.
template <class Derived>
class ViewLayer : public FloatLayer<Derived> {
 public:
  LayerTraits traits(ActivationSpec) const final {
    return {
        .backward_reads_inputs = false, .backward_reads_outputs = false, .is_view = true, .rows_are_independent = true};
  }

  template <class T>
  void forward_as(const ForwardCall& call) const {
    copy_or_add(call.context, call.inputs[0].shape().size(), call.inputs[0].as<const T>(), call.outputs[0].as<T>(),
                false);
  }

  template <class T>
  void backward_as(const BackwardCall& call) const {
    const Gradient& d_input = call.d_inputs[0];
    if (!d_input.wanted()) return;
    copy_or_add(call.context, call.d_outputs[0].shape().size(), call.d_outputs[0].as<const T>(), d_input.tensor.as<T>(),
                d_input.adds());
  }
};

/// Elements of one example, or kFree where an axis of it is free.
std::int64_t example_size(const Shape& shape) {
  const Shape example = shape.from(1);
  return example.has_free_axis() ? kFree : example.size();
}

class FlattenLayer final : public ViewLayer<FlattenLayer> {
 public:
  explicit FlattenLayer(const FlattenOptions& options) : options_(options) {}
  std::string_view type() const override { return "Flatten"; }
  Config::Map options() const override { return {}; }

  Inference infer(Mode, ActivationSpec, std::span<const TensorSpec> inputs) const override {
    expect_inputs(inputs, 1);
    return {.outputs = {{{inputs[0].shape[0], example_size(inputs[0].shape)}, inputs[0].dtype}}};
  }

 private:
  FlattenOptions options_;
};

class ReshapeLayer final : public ViewLayer<ReshapeLayer> {
 public:
  explicit ReshapeLayer(const ReshapeOptions& options) : options_(options) {
    int unknown = 0;
    for (const std::int64_t length : options_.target_shape) unknown += length == kFree ? 1 : 0;
    if (unknown > 1) {
      throw ValueError("Reshape: target_shape: expected at most one axis of -1, got " +
                       to_string(options_.target_shape));
    }
  }
  std::string_view type() const override { return "Reshape"; }
  Config::Map options() const override { return to_map<ReshapeFields>(options_); }

  Inference infer(Mode, ActivationSpec, std::span<const TensorSpec> inputs) const override {
    expect_inputs(inputs, 1);
    const std::int64_t size = example_size(inputs[0].shape);
    Shape target = options_.target_shape;
    std::int64_t known = 1;
    int unknown_axis = -1;
    for (int axis = 0; axis < target.rank(); ++axis) {
      if (target[axis] == kFree) {
        unknown_axis = axis;
      } else if (__builtin_mul_overflow(known, target[axis], &known)) {
        throw ShapeError("target shape " + to_string(target) + " overflows a 64-bit integer");
      }
    }
    if (size != kFree) {
      if (unknown_axis >= 0 && known > 0 && size % known == 0) target.set(unknown_axis, size / known);
      if (target.has_free_axis() || target.size() != size) {
        throw ShapeError("expected " + std::to_string(known) + (unknown_axis >= 0 ? " times something" : "") +
                         " elements an example for target shape " + to_string(options_.target_shape) + ", got " +
                         std::to_string(size) + " (input shape " + to_string(inputs[0].shape) + ")");
      }
    } else if (unknown_axis < 0) {
      throw ShapeError("expected an input of known size for target shape " + to_string(target) +
                       " (one axis of it may be -1), got " + to_string(inputs[0].shape));
    }
    return {.outputs = {{target.with_leading(inputs[0].shape[0]), inputs[0].dtype}}};
  }

 private:
  ReshapeOptions options_;
};

}  // namespace

std::shared_ptr<const Layer> make_flatten(const Config::Map& options) {
  return std::make_shared<FlattenLayer>(from_map<FlattenFields, FlattenOptions>(options, "Flatten"));
}
std::shared_ptr<const Layer> make_reshape(const Config::Map& options) {
  return std::make_shared<ReshapeLayer>(from_map<ReshapeFields, ReshapeOptions>(options, "Reshape"));
}

Flatten::Flatten(const FlattenOptions& options) : LayerRef(std::make_shared<FlattenLayer>(options), options.name) {}
Reshape::Reshape(const ReshapeOptions& options) : LayerRef(std::make_shared<ReshapeLayer>(options), options.name) {}

}  // namespace laminar
