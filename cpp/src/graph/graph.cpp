// SPDX-License-Identifier: BSD-3-Clause
#include "graph/graph.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "laminar/error.hpp"

namespace laminar {
namespace {

class Builder {
 public:
  explicit Builder(DType dtype) { graph_.dtype = dtype; }

  Graph build(const std::vector<SymbolicTensor>& inputs, const std::vector<SymbolicTensor>& outputs,
              const std::vector<SymbolicTensor>& kept, std::vector<ValueId>* kept_ids) {
    for (const SymbolicTensor& input : inputs) add_input(input);
    for (const SymbolicTensor& output : outputs) visit(output.node().get());
    for (const SymbolicTensor& tensor : kept) visit(tensor.node().get());
    name_layers();
    graph_.nodes.reserve(order_.size());
    graph_.values.reserve(inputs.size() + order_.size());
    for (const SymbolicNode* node : order_) add_node(*node);
    for (const SymbolicTensor& output : outputs) graph_.outputs.push_back(value_of(output));
    for (const SymbolicTensor& tensor : kept) kept_ids->push_back(value_of(tensor));
    return std::move(graph_);
  }

 private:
  ValueId add_value(const TensorSpec& spec, int producer, int output) {
    graph_.values.push_back({spec, producer, output, kNoValue});
    return static_cast<ValueId>(graph_.values.size()) - 1;
  }

  TensorSpec in_model_dtype(TensorSpec spec) const {
    if (is_float(spec.dtype)) spec.dtype = graph_.dtype;
    return spec;
  }

  void add_input(const SymbolicTensor& input) {
    const SymbolicNode* node = input.node().get();
    if (node->entry != nullptr) {
      throw ValueError("inputs: expected tensors made by Input, got the output of " + label(*node->entry));
    }
    if (values_.contains(node)) throw ValueError("inputs: the same Input is given twice");
    const ValueId id = add_value(in_model_dtype(node->outputs[0]), -1, 0);
    values_[node] = {id};
    graph_.inputs.push_back(id);
    std::string name = node->input_name;
    if (name.empty()) name = "input_" + std::to_string(graph_.inputs.size());
    graph_.input_names.push_back(name);
  }

  /// Depth first, a node after all it depends on; an explicit stack, since a graph may be thousands of layers deep.
  void visit(const SymbolicNode* start) {
    std::vector<std::pair<const SymbolicNode*, std::size_t>> stack{{start, 0}};
    while (!stack.empty()) {
      const SymbolicNode* node = stack.back().first;
      if (stack.back().second == 0) {
        if (values_.contains(node) || visited_.contains(node)) {
          stack.pop_back();
          continue;
        }
        if (node->entry == nullptr) {
          throw ValueError("outputs: they depend on an Input that is not among the model's inputs" +
                           (node->input_name.empty() ? std::string() : " ('" + node->input_name + "')"));
        }
      }
      if (stack.back().second < node->inputs.size()) {
        const SymbolicNode* next = node->inputs[stack.back().second++].node().get();
        stack.emplace_back(next, 0);
        continue;
      }
      stack.pop_back();
      if (visited_.insert(node).second) order_.push_back(node);
    }
  }

  /// Layers in order of their first call; the first unused number for each that has no name yet.
  void name_layers() {
    std::vector<LayerEntry*> entries;
    std::set<std::string> used(graph_.input_names.begin(), graph_.input_names.end());
    if (used.size() != graph_.input_names.size()) throw ValueError("inputs: two of them have the same name");
    for (const SymbolicNode* node : order_) {
      if (layer_index_.contains(node->entry.get())) continue;
      layer_index_[node->entry.get()] = static_cast<int>(graph_.layers.size());
      graph_.layers.push_back({.entry = node->entry});
      entries.push_back(node->entry.get());
      if (!node->entry->name.empty() && !used.insert(node->entry->name).second) {
        throw ValueError("two layers are named '" + node->entry->name + "'; give one of them another name");
      }
    }
    std::map<std::string, int> numbers;  // the last that was given, by type
    for (LayerEntry* entry : entries) {
      const std::string type = snake_case(entry->layer->type());
      while (entry->name.empty()) {
        std::string name = type + "_" + std::to_string(++numbers[type]);
        if (used.insert(name).second) entry->name = std::move(name);
      }
    }
  }

  static std::string snake_case(std::string_view type) {
    std::string name;
    for (std::size_t i = 0; i < type.size(); ++i) {
      const bool upper = std::isupper(static_cast<unsigned char>(type[i])) != 0;
      if (upper && i > 0) name += '_';
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(type[i])));
    }
    return name;
  }

  void add_node(const SymbolicNode& symbolic) {
    const int index = static_cast<int>(graph_.nodes.size());
    const int layer = layer_index_.at(symbolic.entry.get());
    GraphNode node{layer, {}, {}, {}};
    std::vector<TensorSpec> specs;
    node.inputs.reserve(symbolic.inputs.size());
    specs.reserve(symbolic.inputs.size());
    for (const SymbolicTensor& input : symbolic.inputs) {
      node.inputs.push_back(value_of(input));
      specs.push_back(graph_.value(node.inputs.back()).spec);
    }
    const Inference inference =
        infer_with_label(*symbolic.entry, Mode::kTrain, symbolic.entry->layer->activation(), specs);
    for (std::size_t i = 0; i < inference.outputs.size(); ++i) {
      node.outputs.push_back(add_value(inference.outputs[i], index, static_cast<int>(i)));
    }
    add_masks(node, index, inference);
    add_parameters(layer, inference);
    values_[&symbolic] = node.outputs;
    graph_.nodes.push_back(std::move(node));
  }

  void add_masks(GraphNode& node, int index, const Inference& inference) {
    const MaskPolicy policy = graph_.layer_of(node).traits(graph_.layer_of(node).activation()).mask;
    if (policy == MaskPolicy::kCreate) {
      for (std::size_t i = 0; i < inference.output_masks.size(); ++i) {
        const ValueId mask = add_value(inference.output_masks[i], index, static_cast<int>(i));
        node.masks.push_back(mask);
        graph_.values[static_cast<std::size_t>(node.outputs[i])].mask = mask;
      }
    } else if (policy != MaskPolicy::kEnd) {
      ValueId mask = kNoValue;
      for (const ValueId input : node.inputs) {
        const ValueId theirs = graph_.value(input).mask;
        if (theirs == kNoValue) continue;
        if (mask != kNoValue && mask != theirs) {
          throw ValueError(label(graph_.entry_of(node)) +
                           ": its inputs carry different masks, so the output's is unclear");
        }
        mask = theirs;
      }
      for (const ValueId output : node.outputs) graph_.values[static_cast<std::size_t>(output)].mask = mask;
    }
  }

  void add_parameters(int layer, const Inference& inference) {
    GraphLayer& owner = graph_.layers[static_cast<std::size_t>(layer)];
    const std::string prefix = owner.entry->name + ".";
    if (seen_layers_.insert(layer).second) {
      for (const ParameterSpec& spec : inference.parameters) {
        owner.parameters.push_back(static_cast<int>(graph_.parameters.size()));
        graph_.parameters.push_back({prefix + spec.name, layer, spec.spec, spec.initializer, spec.regularizer});
      }
      for (const StateSpec& spec : inference.state) {
        owner.state.push_back(static_cast<int>(graph_.state.size()));
        graph_.state.push_back({prefix + spec.name, layer, spec.spec, spec.initializer, std::nullopt, spec.values});
      }
      for (const TensorSpec& spec : inference.prepared) {
        owner.prepared.push_back(static_cast<int>(graph_.prepared.size()));
        graph_.prepared.push_back({prefix + "prepared", layer, spec, {}, std::nullopt});
      }
      return;
    }
    for (std::size_t i = 0; i < inference.parameters.size(); ++i) {
      const GraphParameter& shared = graph_.parameters[static_cast<std::size_t>(owner.parameters[i])];
      if (!(shared.spec == inference.parameters[i].spec)) {
        throw ShapeError(label(*owner.entry) + ": expected inputs that fit its " + shared.name + " of shape " +
                         to_string(shared.spec.shape) + ", got inputs that need shape " +
                         to_string(inference.parameters[i].spec.shape));
      }
    }
  }

  ValueId value_of(const SymbolicTensor& tensor) const {
    return values_.at(tensor.node().get())[static_cast<std::size_t>(tensor.output())];
  }

  Graph graph_;
  std::map<const SymbolicNode*, std::vector<ValueId>> values_;
  std::set<const SymbolicNode*> visited_;
  std::vector<const SymbolicNode*> order_;
  std::map<const LayerEntry*, int> layer_index_;
  std::set<int> seen_layers_;
};

}  // namespace

std::string Graph::name_of_value(ValueId id) const {
  const GraphValue& wanted = value(id);
  if (wanted.producer >= 0) return entry_of(node(wanted.producer)).name;
  const auto at = std::find(inputs.begin(), inputs.end(), id);
  return input_names[static_cast<std::size_t>(at - inputs.begin())];
}

Graph build_graph(const std::vector<SymbolicTensor>& inputs, const std::vector<SymbolicTensor>& outputs, DType dtype,
                  const std::vector<SymbolicTensor>& kept, std::vector<ValueId>* kept_ids) {
  if (inputs.empty()) throw ValueError("inputs: expected at least one, got none");
  if (outputs.empty()) throw ValueError("outputs: expected at least one, got none");
  return Builder(dtype).build(inputs, outputs, kept, kept_ids);
}

}  // namespace laminar
