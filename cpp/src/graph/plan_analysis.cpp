// SPDX-License-Identifier: BSD-3-Clause
#include "graph/plan_analysis.hpp"

#include <algorithm>

namespace laminar {
namespace {

// Multiply-adds, of floats: of a step that is worth several threads by itself,
constexpr double kLargeStep = 1 << 21;
// and of a share of the rows, about a microsecond.
constexpr double kWorkPerShare = 1 << 16;
// Fewer rows would be multiplied in another way, with other bits.
constexpr std::int64_t kRowsPerShare = 16;
constexpr std::int64_t kMostShares = 64;
// With memory of its own for each value: this much stays in the level 2 caches.
constexpr std::size_t kMostBytes = 1 << 19;

}  // namespace

PlanAnalysis::PlanAnalysis(const Graph& graph, std::span<const GraphLoss> losses, const PlanRequest& request)
    : graph_(graph), losses_(losses), request_(request), fusion_(fuse(graph, losses)) {
  infer_shapes();
  find_wanted();
  note_last_readers();
}

bool PlanAnalysis::is_view(int node) const {
  const LayerTraits layer = traits(node);
  return layer.is_view || (layer.is_identity_when_inferring && request_.mode == Mode::kInfer);
}

bool PlanAnalysis::has_backward(int node) const {
  if (!request_.gradients()) return false;
  return std::any_of(graph_.node(node).outputs.begin(), graph_.node(node).outputs.end(),
                     [&](ValueId id) { return wanted_[at(id)]; });
}

/// Every node's needs for the shapes of this request.
void PlanAnalysis::infer_shapes() {
  specs_.resize(graph_.values.size());
  inferences_.resize(graph_.nodes.size());
  for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
    specs_[at(graph_.inputs[i])] = {request_.inputs[i], graph_.value(graph_.inputs[i]).spec.dtype};
  }
  for (int index = 0; index < n_nodes(); ++index) {
    if (!fusion_.needed[at(index)]) continue;
    const GraphNode& node = graph_.node(index);
    std::vector<TensorSpec> inputs;
    for (const ValueId input : node.inputs) inputs.push_back(specs_[at(input)]);
    Inference& inference = inferences_[at(index)];
    const Mode mode = request_.gradients() ? Mode::kTrain : request_.mode;
    inference = infer_with_label(graph_.entry_of(node), mode, fusion_.activations[at(index)], inputs);
    if (mode_of(index) == Mode::kTrain && traits(index).needs_several_rows_in_training &&
        as_matrix(inputs[0].shape).rows < 2) {
      starved_node_ = index;
    }
    for (std::size_t i = 0; i < node.outputs.size(); ++i) specs_[at(node.outputs[i])] = inference.outputs[i];
    for (std::size_t i = 0; i < node.masks.size(); ++i) specs_[at(node.masks[i])] = inference.output_masks[i];
    if (!runs(index) || is_view(index)) continue;
    const double flops = graph_.layer_of(node).forward_flops(inputs);
    flops_ += flops;
    largest_flops_ = std::max(largest_flops_, flops);
  }
}

int PlanAnalysis::row_shares() const {
  // Going backward, gradients of parameters are sums over all rows: what threads would hand each other was measured to
  // take as long as they save.
  if (request_.losses || request_.inputs.empty() || request_.inputs[0].rank() == 0) return 1;
  const double size = graph_.dtype == DType::kFloat64 ? 2.0 : 1.0;
  if (size * largest_flops_ >= kLargeStep) return 1;
  const std::int64_t by_rows = request_.inputs[0][0] / kRowsPerShare;
  const auto by_work = static_cast<std::int64_t>(size * flops_ / kWorkPerShare);
  const int shares = static_cast<int>(std::min({by_rows, by_work, kMostShares}));
  return shares > 1 && rows_are_independent() ? shares : 1;
}

/// Whether all nodes may be called for some rows, and have room for all of them at once.
bool PlanAnalysis::rows_are_independent() const {
  const auto has_rows = [rows = request_.inputs[0][0]](const Shape& shape) {
    return shape.rank() > 0 && shape[0] == rows;
  };
  if (!std::all_of(request_.inputs.begin(), request_.inputs.end(), has_rows)) return false;
  std::size_t bytes = 0;
  for (int index = 0; index < n_nodes(); ++index) {
    if (!fusion_.needed[at(index)]) continue;
    const GraphNode& node = graph_.node(index);
    if (!(is_view(index) || traits(index).rows_are_independent) || !node.masks.empty()) return false;
    for (const ValueId output : node.outputs) {
      if (!has_rows(spec(output).shape) || graph_.value(output).mask != kNoValue) return false;
      if (!is_view(index)) bytes += size_bytes(spec(output));
    }
  }
  return bytes <= kMostBytes;
}

/// Which values need a gradient: those that lead to a wanted input or parameter.
void PlanAnalysis::find_wanted() {
  wanted_.assign(graph_.values.size(), false);
  for (const ValueId input : graph_.inputs) {
    wanted_[at(input)] = request_.input_gradients && is_float(graph_.value(input).spec.dtype);
  }
  for (const GraphNode& node : graph_.nodes) {
    bool wanted = false;
    for (const ValueId input : node.inputs) wanted = wanted || wanted_[at(input)];
    for (const int parameter : graph_.layers[at(node.layer)].parameters) wanted = wanted || wants_parameter(parameter);
    for (const ValueId output : node.outputs) wanted_[at(output)] = wanted && is_float(graph_.value(output).spec.dtype);
  }
}

/// For each value the last node that reads it going forward; a value that backward, a loss or the caller reads lasts.
void PlanAnalysis::note_last_readers() {
  constexpr int kForever = INT32_MAX;
  last_reader_.assign(graph_.values.size(), -1);
  for (int index = 0; index < n_nodes(); ++index) {
    if (!runs(index)) continue;
    const GraphNode& node = graph_.node(index);
    const LayerTraits layer = traits(index);
    for (const ValueId input : node.inputs) {
      int& last = last_reader_[at(real(input))];
      last = std::max(last, has_backward(index) && layer.backward_reads_inputs && !is_view(index) ? kForever : index);
      if (graph_.value(input).mask != kNoValue) last_reader_[at(graph_.value(input).mask)] = kForever;
    }
    if (has_backward(index) && layer.backward_reads_outputs) {
      for (const ValueId output : node.outputs) last_reader_[at(output)] = kForever;
    }
  }
  for (const ValueId output : graph_.outputs) last_reader_[at(real(output))] = kForever;
  for (const GraphLoss& loss : losses_) {
    for (const ValueId prediction : loss.predictions) last_reader_[at(real(prediction))] = kForever;
  }
}

}  // namespace laminar
