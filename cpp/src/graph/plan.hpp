// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <vector>

#include "graph/graph.hpp"

namespace laminar {

/// What a plan is made for: two equal requests on one graph have one plan.
struct PlanRequest {
  Mode mode = Mode::kInfer;
  bool losses = false;               ///< compute them
  bool input_gradients = false;      ///< needs losses
  bool parameter_gradients = false;  ///< needs losses; of the parameters in `wanted_parameters`
  std::vector<bool> wanted_parameters;
  std::vector<bool> frozen_layers = {};  ///< those that compute as in prediction; empty: none
  std::vector<Shape> inputs;             ///< no free axis left
  std::vector<TensorSpec> targets;       ///< of all losses, in order

  bool gradients() const { return input_gradients || parameter_gradients; }
  bool operator==(const PlanRequest&) const = default;
};

/// Who owns the memory of a tensor.
enum class Source : std::uint8_t {
  kNone,
  kArena,
  kInput,
  kTarget,
  kOutput,
  kParameter,
  kState,
  kPrepared,
  kParameterGradient,
};

/// Where a tensor lies: an offset in the arena, or the number of an input, parameter and so on.
struct Place {
  Source source = Source::kNone;
  std::size_t at = 0;
};

/// A stretch of Plan::tensors or Plan::gradients.
struct Range {
  int first = 0;
  int count = 0;
};

struct PlanStep {
  enum class Kind : std::uint8_t { kForward, kLoss, kLossBackward, kBackward, kZero };
  Kind kind;
  int index;                 ///< of the node or the loss
  Mode mode = Mode::kInfer;  ///< of the node
  ActivationSpec activation = {};
  ActivationSpec input_activation = {};  ///< going backward
  bool fused = false;                    ///< of a loss
  Range inputs = {};                     ///< of a loss: its predictions
  Range parameters = {};                 ///< of a loss: its targets
  Range prepared = {};
  Range state = {};
  Range outputs = {};  ///< of a loss: its losses, going backward its scales
  Range saved = {};
  Range scratch = {};
  Range input_masks = {};
  Range output_masks = {};
  Range d_outputs = {};
  Range d_inputs = {};      ///< into Plan::gradients
  Range d_parameters = {};  ///< into Plan::gradients
};

/// A recipe for one batch size: the steps in order and the place of every tensor. It holds no memory and may be run by
/// several threads at once, each with an arena of its own.
struct Plan {
  PlanRequest request;
  std::vector<PlanStep> steps;
  int backward_begin = 0;  ///< the first step after the losses
  /// To so many threads at most the rows of the batch are shared out, each taking its own through all steps: each step
  /// is small, all of them are not. No two tensors share memory then. 1: every step is shared out.
  int row_shares = 1;

  // Parallel arrays: what each tensor of the steps is, and where it lies.
  std::vector<TensorSpec> tensors;
  std::vector<Place> places;
  std::vector<std::size_t> row_bytes;  ///< where rows are shared out, of one row of the batch; 0: it has no such rows
  struct GradientSlot {
    Gradient::Want want;
    int tensor;  ///< -1 where not wanted
  };
  std::vector<GradientSlot> gradients;

  std::vector<int> outputs;          ///< tensor of each model output
  std::vector<int> losses;           ///< tensor (m,) of each loss
  std::vector<int> scales;           ///< tensor (m,) of each loss: d J / d losses, filled before backward
  std::vector<int> input_gradients;  ///< tensor of each input's gradient; -1 where it has none
  std::size_t arena_bytes = 0;
  double flops = 0;       ///< multiply-adds of the forward steps
  int starved_node = -1;  ///< one whose statistics in training need more rows than these shapes have
};

Plan make_plan(const Graph& graph, std::span<const GraphLoss> losses, PlanRequest request);

}  // namespace laminar
