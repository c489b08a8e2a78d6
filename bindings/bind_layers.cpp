// SPDX-License-Identifier: BSD-3-Clause
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "config_caster.hpp"
#include "handles.hpp"
#include "laminar/error.hpp"
#include "model/adapt.hpp"
#include "numpy_views.hpp"
#include "python_layer.hpp"
#include "runtime.hpp"

namespace py = pybind11;

namespace laminar {
namespace {

std::shared_ptr<LayerEntry> make_entry(const std::string& type, py::handle options, std::optional<std::string> name) {
  auto entry = std::make_shared<LayerEntry>();
  entry->layer = make_layer(type, to_config_map(options, type));
  entry->name = std::move(name).value_or("");
  return entry;
}

std::shared_ptr<LayerEntry> make_python_entry(py::handle object, std::optional<std::string> name) {
  auto entry = std::make_shared<LayerEntry>();
  entry->layer = std::make_shared<PythonLayer>(object);
  entry->name = std::move(name).value_or("");
  return entry;
}

BoundTensor input_tensor(const std::vector<std::optional<std::int64_t>>& shape, std::optional<std::string> dtype,
                         std::optional<std::string> name) {
  InputOptions options{.shape = to_shape(shape, "Input: shape"), .name = std::move(name).value_or("")};
  if (dtype == "int32") {
    options.dtype = DType::kInt32;
  } else if (dtype && dtype != "float32" && dtype != "float64") {
    throw ValueError("Input: dtype: expected None (the model's own), 'float32', 'float64' or 'int32', got '" + *dtype +
                     "'");
  }
  return {Input(std::move(options)), std::make_shared<BoundCall>()};
}

}  // namespace

void bind_layers(py::module_& module) {
  py::class_<BoundTensor>(module, "SymbolicTensor",
                          "A tensor of a graph that is being built: what Input and layer calls yield.\n\n"
                          "``shape`` has None for axes whose length the data decides; the first is the batch.")
      .def_property_readonly("shape", [](const BoundTensor& self) { return to_tuple(self.tensor.shape()); })
      .def_property_readonly("dtype", [](const BoundTensor& self) { return std::string(name_of(self.tensor.dtype())); })
      .def("__repr__",
           [](const BoundTensor& self) { return "<SymbolicTensor: shape " + to_string(self.tensor.shape()) + ">"; });
  module.def("input_tensor", input_tensor, py::arg("shape"), py::arg("dtype"), py::arg("name"));

  py::class_<LayerEntry, std::shared_ptr<LayerEntry>>(module, "Layer",
                                                      "A layer's options and name; its parameters live in a model.")
      .def(py::init(&make_entry), py::arg("type"), py::arg("options"), py::arg("name") = py::none())
      .def(py::init(&make_python_entry), py::arg("object"), py::arg("name"))
      .def_property_readonly("name", [](const LayerEntry& self) { return self.name; })
      .def_property_readonly("type", [](const LayerEntry& self) { return std::string(self.layer->type()); })
      .def_property_readonly("options", [](const LayerEntry& self) { return from_config_map(self.layer->options()); })
      .def_readwrite("trainable", &LayerEntry::trainable)
      .def(
          "call",
          [](const py::object& self, const std::vector<BoundTensor>& inputs) {
            return bind_call(call_layer(self.cast<std::shared_ptr<LayerEntry>>(), unbind(inputs)), inputs, {self});
          },
          py::arg("inputs"));
  module.def(
      "adapt",
      [](LayerEntry& layer, const py::handle x) {
        const HeldView held = view_of(x, "adapt: x");
        FeatureStatistics statistics;
        {
          const py::gil_scoped_release release;
          statistics = statistics_for(current_context(), layer, held.view);
        }
        adapt(layer, statistics);
      },
      py::arg("layer"), py::arg("x"));
}

}  // namespace laminar
