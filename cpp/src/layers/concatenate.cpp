// SPDX-License-Identifier: BSD-3-Clause
//
// Y[outer, sum of w_i] = X_1[outer, w_1] beside X_2[outer, w_2] ...; dX_i += its columns of dY. `outer` runs over the
// axes before the joined one, w_i over it and those after.
#include <cstring>

#include "core/parallel.hpp"
#include "laminar/error.hpp"
#include "layers/registry.hpp"

namespace laminar {
namespace {

struct ConcatenateFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("axis", options.axis);
  }
};

class ConcatenateLayer final : public FloatLayer<ConcatenateLayer> {
 public:
  explicit ConcatenateLayer(const ConcatenateOptions& options) : options_(options) {}
  std::string_view type() const override { return "Concatenate"; }
  Config::Map options() const override { return to_map<ConcatenateFields>(options_); }
  LayerTraits traits(ActivationSpec) const override {
    return {.backward_reads_inputs = false, .backward_reads_outputs = false, .rows_are_independent = true};
  }

  Inference infer(Mode, ActivationSpec, std::span<const TensorSpec> inputs) const override {
    if (inputs.size() < 2) throw ShapeError("expected at least 2 inputs, got " + std::to_string(inputs.size()));
    const int axis = joined_axis(inputs[0].shape);
    TensorSpec output = inputs[0];
    for (const TensorSpec& input : inputs) {
      expect_float(input);
      bool fits = input.shape.rank() == output.shape.rank() && input.dtype == output.dtype;
      for (int i = 0; fits && i < output.shape.rank(); ++i) fits = i == axis || input.shape[i] == output.shape[i];
      if (!fits) {
        throw ShapeError("expected inputs that differ on axis " + std::to_string(axis) + " only, got " +
                         to_string(inputs[0].shape) + " and " + to_string(input.shape));
      }
    }
    std::int64_t length = 0;
    for (const TensorSpec& input : inputs) {
      const std::int64_t part = input.shape[axis];
      if (part == kFree || length == kFree) {
        length = kFree;
      } else if (__builtin_add_overflow(length, part, &length)) {
        throw ShapeError("the length of axis " + std::to_string(axis) + " overflows a 64-bit integer");
      }
    }
    output.shape.set(axis, length);
    return {.outputs = {output}};
  }

  template <class T>
  void forward_as(const ForwardCall& call) const {
    const Tensor& y = call.outputs[0];
    const std::int64_t row = width(y.shape());
    std::int64_t column = 0;
    for (const Tensor& x : call.inputs) {
      const std::int64_t part = width(x.shape());
      if (part == 0) continue;  // such an input has no memory
      T* to = y.as<T>() + column;
      const T* from = x.as<const T>();
      parallel_for(call.context, outer(y.shape()), grain(part), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) {
          std::memcpy(to + r * row, from + r * part, static_cast<std::size_t>(part) * sizeof(T));
        }
      });
      column += part;
    }
  }

  template <class T>
  void backward_as(const BackwardCall& call) const {
    const Tensor& dy = call.d_outputs[0];
    const std::int64_t row = width(dy.shape());
    std::int64_t column = 0;
    for (std::size_t i = 0; i < call.d_inputs.size(); ++i) {
      const Gradient& d_input = call.d_inputs[i];
      const std::int64_t part = width(call.inputs[i].shape());
      const T* from = dy.as<const T>() + column;
      column += part;
      if (part == 0 || !d_input.wanted()) continue;
      T* to = d_input.tensor.as<T>();
      parallel_for(call.context, outer(dy.shape()), grain(part), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) {
          T* out = to + r * part;
          if (d_input.adds()) {
            for (std::int64_t c = 0; c < part; ++c) out[c] += from[r * row + c];
          } else {
            std::memcpy(out, from + r * row, static_cast<std::size_t>(part) * sizeof(T));
          }
        }
      });
    }
  }

 private:
  int joined_axis(const Shape& shape) const {
    const std::int64_t rank = shape.rank();
    const std::int64_t axis = options_.axis < 0 ? options_.axis + rank : options_.axis;
    if (axis < 1 || axis >= rank) {
      throw ShapeError("expected an axis other than 0, the batch, within the " + std::to_string(rank) +
                       " axes of input shape " + to_string(shape) + ", got axis " + std::to_string(options_.axis));
    }
    return static_cast<int>(axis);
  }
  std::int64_t width(const Shape& shape) const { return shape.from(joined_axis(shape)).size(); }
  std::int64_t outer(const Shape& shape) const {
    std::int64_t rows = 1;
    for (int axis = 0; axis < joined_axis(shape); ++axis) rows *= shape[axis];
    return rows;
  }
  static std::int64_t grain(std::int64_t part) { return 32768 / (part + 1) + 1; }

  ConcatenateOptions options_;
};

}  // namespace

std::shared_ptr<const Layer> make_concatenate(const Config::Map& options) {
  return std::make_shared<ConcatenateLayer>(from_map<ConcatenateFields, ConcatenateOptions>(options, "Concatenate"));
}

Concatenate::Concatenate(const ConcatenateOptions& options)
    : LayerRef(std::make_shared<ConcatenateLayer>(options), options.name) {}

}  // namespace laminar
