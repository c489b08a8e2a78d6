// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <vector>

#include "graph/fuse.hpp"
#include "graph/plan.hpp"

namespace laminar {

/// What is known of a plan before its first step: shapes, what runs together, which gradients are wanted, and how long
/// each value is read.
class PlanAnalysis {
 public:
  /// `losses` of the graph that the request computes.
  PlanAnalysis(const Graph& graph, std::span<const GraphLoss> losses, const PlanRequest& request);

  const Fusion& fusion() const { return fusion_; }
  const TensorSpec& spec(ValueId id) const { return specs_[at(id)]; }
  const Inference& inference(int node) const { return inferences_[at(node)]; }
  double flops() const { return flops_; }
  int starved_node() const { return starved_node_; }
  /// See Plan::row_shares. It depends on shapes alone.
  int row_shares() const;

  bool runs(int node) const { return fusion_.needed[at(node)] && !fusion_.absorbed[at(node)]; }
  /// The value whose memory a value is.
  ValueId real(ValueId id) const { return fusion_.stands_for[at(id)]; }
  Mode mode_of(int node) const {
    const std::vector<bool>& frozen = request_.frozen_layers;
    return frozen.empty() || !frozen[at(graph_.node(node).layer)] ? request_.mode : Mode::kInfer;
  }
  LayerTraits traits(int node) const {
    return graph_.layer_of(graph_.node(node)).traits(fusion_.activations[at(node)]);
  }
  /// Whether a node's output is its input, without a call.
  bool is_view(int node) const;

  /// Whether a value leads to a wanted input or parameter.
  bool wanted(ValueId id) const { return wanted_[at(id)]; }
  bool wants_parameter(int parameter) const {
    return request_.parameter_gradients && request_.wanted_parameters[at(parameter)];
  }
  /// The last node that reads a value going forward; none is above it where backward, a loss or the caller reads it.
  int last_reader(ValueId id) const { return last_reader_[at(id)]; }

 private:
  bool rows_are_independent() const;
  static std::size_t at(int number) { return static_cast<std::size_t>(number); }
  int n_nodes() const { return static_cast<int>(graph_.nodes.size()); }
  bool has_backward(int node) const;
  void infer_shapes();
  void find_wanted();
  void note_last_readers();

  const Graph& graph_;
  std::span<const GraphLoss> losses_;
  const PlanRequest& request_;
  Fusion fusion_;
  double flops_ = 0.0;
  double largest_flops_ = 0.0;  // of a node
  int starved_node_ = -1;
  std::vector<TensorSpec> specs_;      // by value
  std::vector<Inference> inferences_;  // by node
  std::vector<bool> wanted_;           // by value
  std::vector<int> last_reader_;       // by value
};

}  // namespace laminar
