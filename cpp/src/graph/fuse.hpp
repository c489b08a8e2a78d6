// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <vector>

#include "graph/graph.hpp"

namespace laminar {

/// What runs together in one plan.
struct Fusion {
  std::vector<ActivationSpec> activations;  ///< by node: what it applies itself
  /// By node: what its backward differentiates itself, and what it differentiates for the node before it.
  std::vector<ActivationSpec> backward_activations, input_activations;
  std::vector<bool> absorbed;       ///< by node: an Activation that the node before it applies
  std::vector<bool> needed;         ///< by node: outputs or losses depend on it
  std::vector<ValueId> stands_for;  ///< by value: itself, or the value whose memory it is
  std::vector<bool> fused_losses;   ///< by loss: computed from the logits
};

/// Joins each Activation to the layer before it, each loss to the activation it has a stable form with, and each
/// activation's derivative to the gradient that it multiplies, wherever nobody else looks at the tensor between them.
Fusion fuse(const Graph& graph, std::span<const GraphLoss> losses);

}  // namespace laminar
