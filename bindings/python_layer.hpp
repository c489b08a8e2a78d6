// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <pybind11/pybind11.h>

#include <string>

#include "constructed.hpp"
#include "layers/layer.hpp"

namespace laminar {

/// A layer that a Python object computes, one of `laminar.CustomLayer`.
///
/// The object owns this layer and not the other way round, or neither would ever go; models and symbolic tensors keep
/// the objects of their layers.
class PythonLayer final : public Layer {
 public:
  explicit PythonLayer(pybind11::handle object);
  ~PythonLayer() override;

  std::string_view type() const override { return type_; }
  Config::Map options() const override { return {}; }  // the object keeps its constructor's arguments
  LayerTraits traits(ActivationSpec) const override;
  Inference infer(Mode mode, ActivationSpec activation, std::span<const TensorSpec> inputs) const override;
  void forward(const ForwardCall& call) const override;
  void backward(const BackwardCall& call) const override;

 private:
  pybind11::object object() const;

  std::string type_;
  pybind11::weakref object_;
};

}  // namespace laminar
