// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/symbolic.hpp"
#include "losses/loss_function.hpp"

namespace laminar {

/// A tensor that flows along the graph; an index into Graph::values.
using ValueId = int;
inline constexpr ValueId kNoValue = -1;

struct GraphValue {
  TensorSpec spec;    ///< the batch axis is free, others may be
  int producer = -1;  ///< node, or -1 for an input
  int output = 0;     ///< which of the producer's outputs
  ValueId mask = kNoValue;
};

/// One call of a layer.
struct GraphNode {
  int layer;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::vector<ValueId> masks;  ///< that this node creates, one an output
};

/// A layer with the numbers of its parameters and its state.
struct GraphLayer {
  std::shared_ptr<LayerEntry> entry;
  std::vector<int> parameters = {};
  std::vector<int> state = {};
  std::vector<int> prepared = {};
};

struct GraphParameter {
  std::string name;  ///< "dense_1.kernel"
  int layer;
  TensorSpec spec;
  Initializer initializer;
  std::optional<Regularizer> regularizer;
  std::vector<double> values = {};  ///< of state: what it starts from instead of the initializer's, one an element
};

/// A loss on values of the graph; `first_target` is the place of its first target among all losses' targets.
struct GraphLoss {
  std::shared_ptr<const LossFunction> function;
  std::vector<ValueId> predictions;
  int first_target = 0;
  int n_targets = 0;
  double weight = 1.0;
};

/// A directed acyclic graph of layer calls in an order in which they can run.
struct Graph {
  DType dtype = DType::kFloat32;
  std::vector<GraphValue> values;
  std::vector<GraphNode> nodes;
  std::vector<GraphLayer> layers;
  std::vector<GraphParameter> parameters;  ///< layer by layer
  std::vector<GraphParameter> state;
  std::vector<GraphParameter> prepared;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::vector<std::string> input_names;

  const GraphValue& value(ValueId id) const { return values[static_cast<std::size_t>(id)]; }
  const GraphNode& node(int index) const { return nodes[static_cast<std::size_t>(index)]; }
  const Layer& layer_of(const GraphNode& node) const {
    return *layers[static_cast<std::size_t>(node.layer)].entry->layer;
  }
  const LayerEntry& entry_of(const GraphNode& node) const {
    return *layers[static_cast<std::size_t>(node.layer)].entry;
  }
  /// The layer that yields an output, or the input's name.
  std::string name_of_value(ValueId id) const;
};

/// The graph between symbolic inputs and outputs. Layers without a name get one ("dense_1"). `kept` are tensors that
/// must be part of it besides the outputs (those with a loss of their own); `kept_ids` receives their values.
/// ValueError when an output does not depend on the inputs alone, or when two layers have one name.
Graph build_graph(const std::vector<SymbolicTensor>& inputs, const std::vector<SymbolicTensor>& outputs, DType dtype,
                  const std::vector<SymbolicTensor>& kept = {}, std::vector<ValueId>* kept_ids = nullptr);

}  // namespace laminar
