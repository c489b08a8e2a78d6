// SPDX-License-Identifier: BSD-3-Clause
#include "laminar/io.hpp"

#include "io/model_file.hpp"
#include "laminar/error.hpp"
#include "model/model_bridge.hpp"

namespace laminar {
namespace {

/// Whether each layer takes what the one before it yields.
bool is_chain(const Graph& graph) {
  if (graph.inputs.size() != 1 || graph.outputs.size() != 1 || graph.nodes.size() != graph.layers.size()) return false;
  ValueId before = graph.inputs.front();
  for (const GraphNode& node : graph.nodes) {
    if (node.inputs.size() != 1 || node.inputs.front() != before || node.outputs.size() != 1) return false;
    before = node.outputs.front();
  }
  return before == graph.outputs.front();
}

}  // namespace

template <class T>
void save_model(const Model<T>& model, const std::string& path) {
  ModelCore& core = ModelBridge::core_of(model);
  save_model_file(core, path, !core.built() || is_chain(core.graph()) ? "Sequential" : "Model",
                  [](const LayerEntry& layer) { return layer.layer->options(); });
}

template <class T>
Model<T> load_model(const std::string& path, const LoadOptions& options) {
  return with_path(path, [&] {
    const auto metric = [](const std::string& type, const Config::Map& fields) { return make_metric(type, fields); };
    std::unique_ptr<ModelCore> core = load_model_file(FileSource(path), {make_layer_entry, make_loss, metric});
    return ModelBridge::wrap<T>(std::move(core), {.threads = options.threads, .isa = options.isa});
  });
}

template <class T>
void load_weights(Model<T>& model, const std::string& path, const WeightsOptions& options) {
  with_path(path, [&] { load_weights_file(ModelBridge::core_of(model), FileSource(path), options.partial); });
}

template void save_model(const Model<float>&, const std::string&);
template void save_model(const Model<double>&, const std::string&);
template Model<float> load_model(const std::string&, const LoadOptions&);
template Model<double> load_model(const std::string&, const LoadOptions&);
template void load_weights(Model<float>&, const std::string&, const WeightsOptions&);
template void load_weights(Model<double>&, const std::string&, const WeightsOptions&);

}  // namespace laminar
