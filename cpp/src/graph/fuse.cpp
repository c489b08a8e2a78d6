// SPDX-License-Identifier: BSD-3-Clause
#include "graph/fuse.hpp"

#include <algorithm>

namespace laminar {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

class Fuser {
 public:
  Fuser(const Graph& graph, std::span<const GraphLoss> losses) : graph_(graph), losses_(losses) {
    for (const GraphNode& node : graph.nodes) fusion_.activations.push_back(graph.layer_of(node).activation());
    fusion_.input_activations.resize(graph.nodes.size());
    fusion_.absorbed.assign(graph.nodes.size(), false);
    fusion_.needed.assign(graph.nodes.size(), false);
    fusion_.fused_losses.assign(losses.size(), false);
    for (int id = 0; id < static_cast<int>(graph.values.size()); ++id) fusion_.stands_for.push_back(id);
  }

  Fusion run() {
    find_needed();
    count_readers();
    for (int node = 0; node < static_cast<int>(graph_.nodes.size()); ++node) absorb_activation(node);
    for (std::size_t loss = 0; loss < losses_.size(); ++loss) fuse_loss(loss);
    fusion_.backward_activations = fusion_.activations;
    for (int node = 0; node < static_cast<int>(graph_.nodes.size()); ++node) hand_derivative_on(node);
    return std::move(fusion_);
  }

 private:
  void find_needed() {
    std::vector<ValueId> open = graph_.outputs;
    for (const GraphLoss& loss : losses_) open.insert(open.end(), loss.predictions.begin(), loss.predictions.end());
    while (!open.empty()) {
      const int producer = graph_.value(open.back()).producer;
      open.pop_back();
      if (producer < 0 || fusion_.needed[at(producer)]) continue;
      fusion_.needed[at(producer)] = true;
      const GraphNode& node = graph_.node(producer);
      open.insert(open.end(), node.inputs.begin(), node.inputs.end());
      // A mask is read together with the value that carries it.
      for (const ValueId input : node.inputs) {
        if (graph_.value(input).mask != kNoValue) open.push_back(graph_.value(input).mask);
      }
    }
  }

  void count_readers() {
    node_readers_.assign(graph_.values.size(), 0);
    loss_readers_.assign(graph_.values.size(), 0);
    for (int node = 0; node < static_cast<int>(graph_.nodes.size()); ++node) {
      if (!fusion_.needed[at(node)]) continue;
      for (const ValueId input : graph_.node(node).inputs) ++node_readers_[at(input)];
    }
    for (const GraphLoss& loss : losses_) {
      for (const ValueId prediction : loss.predictions) ++loss_readers_[at(prediction)];
    }
  }

  bool is_output(ValueId id) const {
    return std::find(graph_.outputs.begin(), graph_.outputs.end(), id) != graph_.outputs.end();
  }

  void absorb_activation(int index) {
    const GraphNode& node = graph_.node(index);
    if (!fusion_.needed[at(index)] || graph_.layer_of(node).type() != "Activation") return;
    const ValueId input = node.inputs[0];
    const int producer = graph_.value(input).producer;
    if (producer < 0 || node_readers_[at(input)] != 1 || loss_readers_[at(input)] != 0 || is_output(input)) return;
    const GraphNode& before = graph_.node(producer);
    ActivationSpec& activation = fusion_.activations[at(producer)];
    const bool takes = before.outputs.size() == 1 && graph_.layer_of(before).traits(activation).takes_activation;
    if (!takes || fusion_.absorbed[at(producer)] || activation.kind != Activation::kLinear) return;
    activation = fusion_.activations[at(index)];
    fusion_.absorbed[at(index)] = true;
    fusion_.stands_for[at(node.outputs[0])] = input;
  }

  void fuse_loss(std::size_t index) {
    const GraphLoss& loss = losses_[index];
    if (loss.predictions.size() != 1) return;
    const ValueId prediction = loss.predictions[0];
    if (node_readers_[at(prediction)] != 0 || loss_readers_[at(prediction)] != 1) return;
    const ValueId value = fusion_.stands_for[at(prediction)];
    const int producer = graph_.value(value).producer;
    if (producer < 0 || graph_.node(producer).outputs.size() != 1) return;
    ActivationSpec& activation = fusion_.activations[at(producer)];
    if (!loss.function->fuses(activation)) return;
    if (!graph_.layer_of(graph_.node(producer)).traits(activation).takes_activation) return;
    activation = Activation::kLinear;
    fusion_.fused_losses[index] = true;
  }

  /// The only reader of an activated value takes the derivative into the gradient that it writes.
  void hand_derivative_on(int index) {
    const GraphNode& node = graph_.node(index);
    if (!fusion_.needed[at(index)] || fusion_.absorbed[at(index)] || node.inputs.size() != 1) return;
    if (!graph_.layer_of(node).traits(fusion_.activations[at(index)]).takes_input_activation) return;
    const ValueId input = node.inputs[0], value = fusion_.stands_for[at(input)];
    const int producer = graph_.value(value).producer;
    if (producer < 0 || node_readers_[at(input)] != 1 || loss_readers_[at(input)] != 0) return;
    const ActivationSpec activation = fusion_.activations[at(producer)];
    const bool told_by_output = activation.kind != Activation::kLinear && activation.kind != Activation::kSoftmax &&
                                !needs_pre_activation(activation.kind);
    if (!told_by_output || graph_.node(producer).outputs.size() != 1) return;
    if (!graph_.layer_of(graph_.node(producer)).traits(activation).takes_activation) return;
    fusion_.input_activations[at(index)] = activation;
    fusion_.backward_activations[at(producer)] = Activation::kLinear;
  }

  const Graph& graph_;
  std::span<const GraphLoss> losses_;
  Fusion fusion_;
  std::vector<int> node_readers_;
  std::vector<int> loss_readers_;
};

}  // namespace

Fusion fuse(const Graph& graph, std::span<const GraphLoss> losses) { return Fuser(graph, losses).run(); }

}  // namespace laminar
