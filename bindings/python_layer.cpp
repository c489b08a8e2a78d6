// SPDX-License-Identifier: BSD-3-Clause
#include "python_layer.hpp"

#include <pybind11/stl.h>

#include <utility>

#include "config_caster.hpp"
#include "core/bytes.hpp"
#include "graph/symbolic.hpp"
#include "laminar/error.hpp"
#include "numpy_views.hpp"
#include "ops/elementwise.hpp"

namespace py = pybind11;

namespace laminar {
namespace {

using Axes = std::vector<std::optional<std::int64_t>>;

std::string label_of(const py::object& object) { return label(*object.cast<std::shared_ptr<LayerEntry>>()); }

py::tuple copies_of(std::span<const Tensor> tensors) {
  py::tuple arrays(tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) arrays[i] = copy_of(tensors[i]);
  return arrays;
}

/// What the object returned, in the dtype and with exactly the shape of a tensor.
py::array returned(py::handle value, const std::string& name, const TensorSpec& spec) {
  try {
    return array_like(value, name, spec);
  } catch (const TypeError& error) {  // no real numbers
    throw ShapeError(error.what());
  }
}

/// Python's own reference to an object, to be kept and dropped by code that knows no Python.
std::shared_ptr<void> hold(py::object object) {
  return {new py::object(std::move(object)), [](void* held) {
            const py::gil_scoped_acquire gil;
            delete static_cast<py::object*>(held);
          }};
}

ParameterSpec parameter_from(py::handle fields, const std::string& owner, DType dtype) {
  const auto parts = py::reinterpret_borrow<py::tuple>(fields);
  ParameterSpec parameter;
  parameter.name = parts[0].cast<std::string>();
  const std::string where = owner + ": parameters: " + parameter.name + ": ";
  parameter.spec = {to_shape(parts[1].cast<Axes>(), where + "shape"), dtype};
  if (parameter.spec.shape.has_free_axis()) {
    throw ShapeError("parameters: " + parameter.name + ": shape: expected axes of known length, got " +
                     to_string(parameter.spec.shape));  // infer's caller names the layer
  }
  decode(to_config(parts[2], where + "initializer"), where + "initializer", parameter.initializer);
  decode(to_config(parts[3], where + "regularizer"), where + "regularizer", parameter.regularizer);
  return parameter;
}

void pass_on(const Context& context, const py::handle& value, const std::string& name, const Gradient& gradient) {
  if (value.is_none()) {
    if (gradient.want == Gradient::Want::kWrite) clear_bytes(gradient.tensor.data, size_bytes(gradient.tensor.spec));
    return;
  }
  const py::array array = returned(value, name, gradient.tensor.spec);
  dispatch_float(gradient.tensor.dtype(), [&]<class T>() {
    copy_or_add(context, gradient.tensor.shape().size(), static_cast<const T*>(array.data()), gradient.tensor.as<T>(),
                gradient.adds());
  });
}

}  // namespace

PythonLayer::PythonLayer(py::handle object)
    : type_(py::str(py::type::handle_of(object).attr("__name__"))), object_(object) {}

PythonLayer::~PythonLayer() {
  const py::gil_scoped_acquire gil;
  object_ = py::weakref();
}

py::object PythonLayer::object() const {
  py::object object = object_();
  if (object.is_none()) throw StateError(type_ + ": the Python object of this layer is gone");
  return object;
}

// What backward needs of them forward puts into its cache.
LayerTraits PythonLayer::traits(ActivationSpec) const {
  return {.backward_reads_inputs = false, .backward_reads_outputs = false};
}

Inference PythonLayer::infer(Mode, ActivationSpec, std::span<const TensorSpec> inputs) const {
  const py::gil_scoped_acquire gil;
  const py::object self = object();
  const TensorSpec* floating = nullptr;
  py::tuple shapes(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    shapes[i] = to_tuple(inputs[i].shape);
    if (floating == nullptr && is_float(inputs[i].dtype)) floating = &inputs[i];
  }
  if (floating == nullptr) throw ShapeError("expected at least one input of floating-point numbers, got none");
  const py::tuple wanted = self.attr("_infer")(shapes);
  Inference inference;
  inference.outputs.push_back({to_shape(wanted[0].cast<Axes>(), label_of(self) + ": output_shape"), floating->dtype});
  for (const py::handle fields : wanted[1]) {
    inference.parameters.push_back(parameter_from(fields, label_of(self), floating->dtype));
  }
  return inference;
}

void PythonLayer::forward(const ForwardCall& call) const {
  const py::gil_scoped_acquire gil;
  const py::object self = object();
  const py::tuple result =
      self.attr("_forward")(copies_of(call.inputs), copies_of(call.parameters), call.mode == Mode::kTrain);
  const Tensor& output = call.outputs[0];
  const py::array array = returned(result[0], label_of(self) + ": forward", output.spec);
  copy_bytes(output.data, array.data(), size_bytes(output.spec));
  if (call.kept != nullptr) *call.kept = hold(result[1]);
}

void PythonLayer::backward(const BackwardCall& call) const {
  const py::gil_scoped_acquire gil;
  const py::object self = object();
  const std::shared_ptr<void> cache = std::exchange(*call.kept, nullptr);
  const std::size_t n_inputs = call.inputs.size();
  const py::tuple gradients =
      self.attr("_backward")(copy_of(call.d_outputs[0]), *static_cast<const py::object*>(cache.get()), n_inputs);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const Gradient& gradient = i < n_inputs ? call.d_inputs[i] : call.d_parameters[i - n_inputs];
    const TensorSpec& spec = i < n_inputs ? call.inputs[i].spec : call.parameters[i - n_inputs].spec;
    const py::object value = gradients[i];
    const std::string name = label_of(self) + ": backward: gradient " + std::to_string(i + 1);
    if (gradient.wanted()) {
      pass_on(call.context, value, name, gradient);
    } else if (!value.is_none() && is_float(spec.dtype)) {
      returned(value, name, spec);  // a mistake shows whether or not the gradient is wanted now
    }
  }
}

}  // namespace laminar
