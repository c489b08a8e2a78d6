// SPDX-License-Identifier: BSD-3-Clause
#include "model/architecture.hpp"

#include <algorithm>

#include "laminar/error.hpp"

namespace laminar {
namespace {

const Config& entry(const Config::Map& map, std::string_view name) {
  for (const auto& [key, value] : map) {
    if (key == name) return value;
  }
  throw ValueError("architecture: expected an entry '" + std::string(name) + "', got none");
}

bool has_entry(const Config::Map& map, std::string_view name) {
  return std::any_of(map.begin(), map.end(), [&](const auto& entry) { return entry.first == name; });
}

template <class T>
T read(const Config::Map& map, const std::string& name) {
  T value{};
  decode(entry(map, name), "architecture: " + name, value);
  return value;
}

const Config::List& list(const Config& config, const char* what) {
  const auto* items = std::get_if<Config::List>(&config.value);
  if (items == nullptr)
    throw TypeError(std::string("architecture: ") + what + ": expected a list, got " + describe(config));
  return *items;
}

const Config::Map& map(const Config& config, const char* what) {
  if (config.map() == nullptr) {
    throw TypeError(std::string("architecture: ") + what + ": expected a mapping, got " + describe(config));
  }
  return *config.map();
}

DType parse_dtype(const std::string& name) {
  for (const DType dtype : {DType::kFloat32, DType::kFloat64, DType::kInt32}) {
    if (name == name_of(dtype)) return dtype;
  }
  throw ValueError("dtype: expected 'float32' or 'float64', got '" + name + "'");
}

// A value is a pair: which source (inputs first, then calls, in order) and which of its outputs.
Config encode_value(const Graph& graph, ValueId id) {
  const GraphValue& value = graph.value(id);
  std::int64_t source = value.producer + static_cast<std::int64_t>(graph.inputs.size());
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    if (graph.inputs[i] == id) source = static_cast<std::int64_t>(i);
  }
  return Config::List{source, static_cast<std::int64_t>(value.output)};
}

Config::List encode_layers(const std::vector<std::shared_ptr<LayerEntry>>& layers, const LayerOptions& options_of) {
  Config::List result;
  for (const auto& layer : layers) {
    result.emplace_back(Config::Map{{"type", std::string(layer->layer->type())},
                                    {"name", layer->name},
                                    {"trainable", layer->trainable},
                                    {"options", options_of(*layer)}});
  }
  return result;
}

std::vector<std::shared_ptr<LayerEntry>> decode_layers(const Config::List& items, const LayerMaker& maker) {
  std::vector<std::shared_ptr<LayerEntry>> layers;
  for (const Config& item : items) {
    const Config::Map& fields = map(item, "layers");
    layers.push_back(maker(read<std::string>(fields, "type"), map(entry(fields, "options"), "options"),
                           read<std::string>(fields, "name"), read<bool>(fields, "trainable")));
  }
  return layers;
}

using Sources = std::vector<std::vector<SymbolicTensor>>;

SymbolicTensor decode_value(const Config& config, const Sources& sources) {
  const Config::List& pair = list(config, "value");
  std::int64_t source = -1;
  std::int64_t output = -1;
  if (pair.size() == 2) {
    decode(pair[0], "architecture: source", source);
    decode(pair[1], "architecture: output", output);
  }
  if (source < 0 || source >= static_cast<std::int64_t>(sources.size()) || output < 0 ||
      output >= static_cast<std::int64_t>(sources[static_cast<std::size_t>(source)].size())) {
    throw ValueError("architecture: expected [source, output] of an earlier call, got " + describe(config));
  }
  return sources[static_cast<std::size_t>(source)][static_cast<std::size_t>(output)];
}

std::vector<SymbolicTensor> decode_values(const Config& config, const Sources& sources) {
  const Config::List& items = list(config, "values");
  std::vector<SymbolicTensor> values;
  values.reserve(items.size());
  for (const Config& item : items) values.push_back(decode_value(item, sources));
  return values;
}

/// What a description says, as layers and their calls.
struct Structure {
  std::vector<std::shared_ptr<LayerEntry>> layers;
  std::vector<SymbolicTensor> inputs;  ///< none: the structure has no shapes yet
  std::vector<SymbolicTensor> outputs;
  std::vector<std::pair<SymbolicTensor, double>> added_losses;
};

Structure decode_structure(const Config::Map& architecture, const LayerMaker& maker) {
  Structure structure;
  structure.layers = decode_layers(list(entry(architecture, "layers"), "layers"), maker);
  const auto& layers = structure.layers;
  if (!has_entry(architecture, "inputs")) return structure;
  Sources sources;
  for (const Config& item : list(entry(architecture, "inputs"), "inputs")) {
    const Config::Map& fields = map(item, "inputs");
    InputOptions options{.shape = read<Shape>(fields, "shape"), .name = read<std::string>(fields, "name")};
    if (read<bool>(fields, "integer")) options.dtype = DType::kInt32;
    structure.inputs.push_back(Input(std::move(options)));
    sources.push_back({structure.inputs.back()});
  }
  for (const Config& item : list(entry(architecture, "calls"), "calls")) {
    const Config::Map& fields = map(item, "calls");
    const auto layer = read<std::int64_t>(fields, "layer");
    if (layer < 0 || layer >= static_cast<std::int64_t>(layers.size())) {
      throw ValueError("architecture: layer: expected 0 to " + std::to_string(layers.size()) + " - 1, got " +
                       std::to_string(layer));
    }
    sources.push_back(
        call_layer(layers[static_cast<std::size_t>(layer)], decode_values(entry(fields, "inputs"), sources)));
  }
  structure.outputs = decode_values(entry(architecture, "outputs"), sources);
  for (const Config& item : list(entry(architecture, "added_losses"), "added_losses")) {
    const Config::Map& fields = map(item, "added_losses");
    structure.added_losses.emplace_back(decode_value(entry(fields, "tensor"), sources), read<double>(fields, "weight"));
  }
  return structure;
}

}  // namespace

Config::Map describe_architecture(const ModelCore& model) {
  return describe_architecture(model, [](const LayerEntry& layer) { return layer.layer->options(); });
}

Config::Map describe_architecture(const ModelCore& model, const LayerOptions& options_of) {
  Config::Map result{{"dtype", std::string(name_of(model.dtype()))},
                     {"seed", static_cast<std::int64_t>(model.seed())},
                     {"layers", encode_layers(model.layers(), options_of)}};
  if (!model.built()) return result;
  const Graph& graph = model.graph();
  Config::List inputs;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const TensorSpec& spec = graph.value(graph.inputs[i]).spec;
    inputs.emplace_back(Config::Map{
        {"name", graph.input_names[i]}, {"shape", encode(spec.shape.from(1))}, {"integer", !is_float(spec.dtype)}});
  }
  Config::List calls;
  for (const GraphNode& node : graph.nodes) {
    Config::List arguments;
    for (const ValueId input : node.inputs) arguments.push_back(encode_value(graph, input));
    calls.emplace_back(Config::Map{{"layer", static_cast<std::int64_t>(node.layer)}, {"inputs", arguments}});
  }
  Config::List outputs;
  for (const ValueId output : graph.outputs) outputs.push_back(encode_value(graph, output));
  Config::List added;
  for (const auto& [value, weight] : model.added_losses()) {
    added.emplace_back(Config::Map{{"tensor", encode_value(graph, value)}, {"weight", weight}});
  }
  result.emplace_back("inputs", inputs);
  result.emplace_back("calls", calls);
  result.emplace_back("outputs", outputs);
  result.emplace_back("added_losses", added);
  return result;
}

std::shared_ptr<LayerEntry> make_layer_entry(const std::string& type, const Config::Map& options,
                                             const std::string& name, bool trainable) {
  auto layer = std::make_shared<LayerEntry>();
  layer->layer = make_layer(type, options);
  layer->name = name;
  layer->trainable = trainable;
  return layer;
}

std::unique_ptr<ModelCore> make_model(Config::Map architecture, const LayerMaker& maker, const GraphCheck& check,
                                      FirstValues first) {
  const DType dtype = parse_dtype(read<std::string>(architecture, "dtype"));
  const auto seed = static_cast<std::uint64_t>(read<std::int64_t>(architecture, "seed"));
  const bool has_shapes = has_entry(architecture, "inputs");
  const Structure structure = decode_structure(architecture, maker);
  Config::Map().swap(architecture);  // the graph of a file with many calls is to have its memory
  if (!has_shapes) return std::make_unique<ModelCore>(std::nullopt, structure.layers, dtype, seed);
  if (check) {
    std::vector<SymbolicTensor> kept;
    for (const auto& [tensor, weight] : structure.added_losses) kept.push_back(tensor);
    std::vector<ValueId> ids;
    check(build_graph(structure.inputs, structure.outputs, dtype, kept, &ids));
  }
  auto model = std::make_unique<ModelCore>(structure.inputs, structure.outputs, dtype, seed, first);
  if (!structure.added_losses.empty()) model->add_losses(structure.added_losses, first);
  return model;
}

}  // namespace laminar
