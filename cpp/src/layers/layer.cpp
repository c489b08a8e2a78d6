// SPDX-License-Identifier: BSD-3-Clause
#include "layers/layer.hpp"

#include "laminar/error.hpp"

namespace laminar {

void Layer::prepare(const Context&, std::span<const Tensor>, std::span<const Tensor>) const {}

void Layer::expect_ready(std::span<const Tensor>) const {}

double Layer::forward_flops(std::span<const TensorSpec> inputs) const {
  double elements = 0;
  for (const TensorSpec& input : inputs) elements += static_cast<double>(input.shape.size());
  return elements;
}

std::uint64_t Layer::kink_signature(const ForwardCall&) const { return 0; }

void expect_inputs(std::span<const TensorSpec> inputs, std::size_t count) {
  if (inputs.size() == count) return;
  throw ShapeError("expected " + std::to_string(count) + (count == 1 ? " input" : " inputs") + ", got " +
                   std::to_string(inputs.size()));
}

void expect_float(const TensorSpec& input) {
  if (is_float(input.dtype)) return;
  throw ShapeError("expected floating-point input, got " + std::string(name_of(input.dtype)));
}

std::int64_t expect_features(const TensorSpec& input) {
  expect_float(input);
  const Shape& shape = input.shape;
  if (shape.rank() < 2) throw ShapeError("expected at least 2 axes, got input shape " + to_string(shape));
  if (shape[-1] == kFree) throw ShapeError("expected a last axis of known length, got " + to_string(shape));
  if (shape[-1] == 0) throw ShapeError("expected at least 1 input feature, got input shape " + to_string(shape));
  return shape[-1];
}

std::uint64_t hash_of_signs(const Tensor& tensor) {
  return dispatch_float(tensor.dtype(), [&]<class T>() {
    std::uint64_t hash = 14695981039346656037ULL;
    const std::int64_t n = tensor.shape().size();
    for (std::int64_t i = 0; i < n; ++i) hash = (hash ^ (tensor.as<const T>()[i] > T(0) ? 1U : 0U)) * 1099511628211ULL;
    return hash;
  });
}

}  // namespace laminar
