// SPDX-License-Identifier: BSD-3-Clause
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "bound_model.hpp"
#include "model/summary.hpp"

namespace py = pybind11;

namespace laminar {
namespace {

using Bytes = std::vector<std::pair<std::string, std::size_t>>;

py::dict bytes_dict(const Bytes& bytes) {
  py::dict result;
  for (const auto& [purpose, count] : bytes) result[py::str(purpose)] = count;
  return result;
}

py::list shapes_of(const ModelCore& core, const std::vector<ValueId>& values) {
  py::list shapes;
  for (const ValueId value : values) shapes.append(to_tuple(core.graph().value(value).spec.shape));
  return shapes;
}

py::dict history_dict(const History& history) {
  py::dict result;
  for (const auto& [name, values] : history.values) result[py::str(name)] = py::cast(values);
  return result;
}

/// Layers with parameters on the longest path.
int depth(const Graph& graph) {
  std::vector<int> depths(graph.values.size(), 0);
  int deepest = 0;
  for (const GraphNode& node : graph.nodes) {
    int before = 0;
    for (const ValueId input : node.inputs) before = std::max(before, depths[static_cast<std::size_t>(input)]);
    const int here = before + (graph.layers[static_cast<std::size_t>(node.layer)].parameters.empty() ? 0 : 1);
    for (const ValueId output : node.outputs) depths[static_cast<std::size_t>(output)] = here;
    deepest = std::max(deepest, here);
  }
  return deepest;
}

void bind_structure(py::class_<BoundModel>& model) {
  model
      .def(py::init(&BoundModel::from_layers), py::arg("layers_or_inputs"), py::arg("outputs"), py::arg("dtype"),
           py::arg("seed"))
      .def(py::init(&BoundModel::from_state), py::arg("state"), py::arg("make_layer"))
      .def(py::init(&BoundModel::from_file), py::arg("file"), py::arg("make_layer"), py::arg("find_function"))
      .def_property_readonly("dtype", [](const BoundModel& self) { return std::string(name_of(self.core().dtype())); })
      .def_property_readonly("seed", [](const BoundModel& self) { return self.core().seed(); })
      .def_property_readonly("built", [](const BoundModel& self) { return self.core().built(); })
      .def_property_readonly("layers", &BoundModel::layers)
      .def_property_readonly("input_names", &BoundModel::input_names)
      .def_property_readonly("output_names", &BoundModel::output_names)
      .def_property_readonly("input_shapes",
                             [](const BoundModel& self) { return shapes_of(self.core(), self.core().graph().inputs); })
      .def_property_readonly("output_shapes",
                             [](const BoundModel& self) { return shapes_of(self.core(), self.core().graph().outputs); })
      .def_property_readonly("n_layers", [](const BoundModel& self) { return depth(self.core().graph()); })
      .def_property(
          "trainable", [](const BoundModel& self) { return self.core().trainable(); },
          [](BoundModel& self, bool value) { self.core().set_trainable(value); })
      .def_property_readonly("inputs", &BoundModel::inputs)
      .def_property_readonly("outputs", &BoundModel::outputs)
      .def("output_of", &BoundModel::output_of, py::arg("layer"))
      .def("call", &BoundModel::call, py::arg("inputs"))
      .def("build", &BoundModel::build, py::arg("input_shapes"))
      .def(
          "summary_text",
          [](BoundModel& self, const std::string& title, std::int64_t batch_size) {
            return summary(self.core(), batch_size, title);
          },
          py::arg("title"), py::arg("batch_size"))
      .def("get_state", &BoundModel::get_state)
      .def("set_state", &BoundModel::set_state, py::arg("state"))
      .def("save_file", &BoundModel::save, py::arg("path"), py::arg("kind"))
      .def("custom_parts", &BoundModel::custom_parts)
      .def("load_weights_file", &BoundModel::load_weights, py::arg("path"), py::arg("partial"));
}

void bind_training(py::class_<BoundModel>& model) {
  model.def_property_readonly("compiled", [](const BoundModel& self) { return self.core().compiled(); })
      .def("compile", &BoundModel::compile, py::arg("optimizer"), py::arg("losses"), py::arg("metrics"),
           py::arg("loss_weights"))
      .def_property_readonly("compile_options", &BoundModel::compile_options)
      .def("add_loss", &BoundModel::add_loss, py::arg("tensor"), py::arg("weight"))
      .def("fit", &BoundModel::fit, py::arg("x"), py::arg("y"), py::arg("sample_weight"), py::arg("class_weight"),
           py::arg("batch_size"), py::arg("epochs"), py::arg("initial_epoch"), py::arg("shuffle"),
           py::arg("validation_data"), py::arg("validation_split"), py::arg("hooks"))
      .def_property_readonly("last_history", [](const BoundModel& self) { return history_dict(self.core().history()); })
      .def_property_readonly("last_epochs", [](const BoundModel& self) { return self.core().history().epochs; })
      .def("train_on_batch", &BoundModel::train_on_batch, py::arg("x"), py::arg("y") = py::none(),
           py::arg("sample_weight") = py::none(),
           "Take one optimizer step on a batch and return the loss before it, penalties included.")
      .def("evaluate", &BoundModel::evaluate, py::arg("x"), py::arg("y") = py::none(),
           py::arg("sample_weight") = py::none(), py::arg("batch_size") = py::none())
      .def_property(
          "learning_rate", [](const BoundModel& self) { return self.core().learning_rate(); },
          &BoundModel::set_learning_rate)
      .def_property(
          "steps", [](const BoundModel& self) { return self.core().steps; },
          [](BoundModel& self, std::int64_t value) { self.core().steps = value; })
      .def_property(
          "epochs", [](const BoundModel& self) { return self.core().epochs; },
          [](BoundModel& self, std::int64_t value) { self.core().epochs = value; });
}

void bind_computing(py::class_<BoundModel>& model) {
  model
      .def("predict", &BoundModel::predict, py::arg("x"), py::arg("batch_size") = py::none(),
           py::arg("out") = py::none())
      .def("predict_batch", &BoundModel::predict_batch, py::arg("x"))
      .def("value_and_grad", &BoundModel::value_and_grad, py::arg("x"), py::arg("y") = py::none(),
           py::arg("sample_weight") = py::none(), py::arg("training") = true, py::arg("wrt") = "parameters")
      .def("check_gradients", &BoundModel::check_gradients, py::arg("x"), py::arg("y"), py::arg("sample_weight"),
           py::arg("epsilon"))
      .def("parameters", &BoundModel::parameters,
           "Return a dict of live, writable views: \"dense_1.kernel\" -> array. Writing changes the model.")
      .def("get_weights", &BoundModel::get_weights,
           "Return copies of all weights in layer order, kernel before bias, moving averages included.")
      .def("set_weights", &BoundModel::set_weights, py::arg("weights"),
           "Set all weights from a sequence of arrays as get_weights returns it.")
      .def("get_averaged_weights", &BoundModel::get_averaged_weights)
      .def_property(
          "averages_in_use", [](const BoundModel& self) { return self.core().averages_in_use(); },
          [](BoundModel& self, bool value) { self.core().use_averages(value); })
      .def_property(
          "dropout_frozen", [](const BoundModel& self) { return self.core().dropout_frozen(); },
          [](BoundModel& self, bool value) { self.core().freeze_dropout(value); })
      .def(
          "plan_bytes",
          [](BoundModel& self, std::int64_t batch_size) { return bytes_dict(self.core().planned_bytes(batch_size)); },
          py::arg("batch_size"))
      .def("allocated_bytes", [](const BoundModel& self) { return bytes_dict(self.core().allocated_bytes()); });
}

}  // namespace

void bind_model(py::module_& module) {
  py::class_<BoundFile>(module, "ModelFile", "A model's file, opened: load_model makes the model that it holds.")
      .def(py::init<const std::string&>(), py::arg("path"))
      .def_property_readonly("kind", &BoundFile::kind);
  py::class_<BoundModel> model(module, "Model", "Graph, parameters and training state; see laminar.Model.");
  bind_structure(model);
  bind_training(model);
  bind_computing(model);
  module.def("write_file", &write_file, py::arg("path"), py::arg("content"));
}

}  // namespace laminar
