// SPDX-License-Identifier: BSD-3-Clause
//
// Steps are emitted in the order in which they run; each use of a tensor stretches the life of its memory. When all are
// there, `lay_out` gives every stretch its place.
#include "graph/plan.hpp"

#include <algorithm>
#include <map>

#include "graph/plan_analysis.hpp"
#include "graph/plan_tensors.hpp"

namespace laminar {
namespace {

constexpr int kNoBuffer = PlanTensors::kNoBuffer;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

Plan plan_for(PlanRequest request) {
  Plan plan;
  plan.request = std::move(request);
  return plan;
}

class Planner {
 public:
  Planner(const Graph& graph, std::span<const GraphLoss> all_losses, PlanRequest request)
      : graph_(graph),
        losses_(request.losses ? all_losses : std::span<const GraphLoss>()),
        plan_(plan_for(std::move(request))),
        known_(graph, losses_, plan_.request),
        gradient_buffers_(graph.values.size(), kNoBuffer),
        parameter_written_(graph.parameters.size(), false) {
    plan_.flops = known_.flops();
    plan_.starved_node = known_.starved_node();
    plan_.row_shares = known_.row_shares();
  }

  Plan build() {
    place_inputs();
    for (int node = 0; node < n_nodes(); ++node) {
      if (known_.runs(node)) emit_forward(node);
    }
    for (int loss = 0; loss < static_cast<int>(losses_.size()); ++loss) emit_loss(loss);
    plan_.backward_begin = now();
    if (plan_.request.gradients()) {
      for (int loss = 0; loss < static_cast<int>(losses_.size()); ++loss) emit_loss_backward(loss);
      for (int node = n_nodes() - 1; node >= 0; --node) {
        if (known_.runs(node)) emit_backward(node);
      }
      emit_unreached_parameters();
    }
    keep_results();
    tensors_.assign_places();
    return std::move(plan_);
  }

 private:
  int n_nodes() const { return static_cast<int>(graph_.nodes.size()); }
  int now() const { return static_cast<int>(plan_.steps.size()); }
  // --- tensors ---------------------------------------------------------------------------------------

  int use_value(ValueId id) { return tensors_.use(value_buffers_[at(known_.real(id))], known_.spec(id)); }

  Range values(const std::vector<ValueId>& ids) {
    return tensors_.range([&] {
      for (const ValueId id : ids) use_value(id);
    });
  }
  /// Tensors that a step may ask for their shape but not read.
  Range shapes_only(const std::vector<ValueId>& ids) {
    return tensors_.range([&] {
      for (const ValueId id : ids) tensors_.use_shape(known_.spec(id));
    });
  }
  Range masks_of(const std::vector<ValueId>& ids) {
    return tensors_.range([&] {
      for (const ValueId id : ids) {
        const ValueId mask = graph_.value(id).mask;
        if (mask == kNoValue) {
          tensors_.use_shape({});
        } else {
          use_value(mask);
        }
      }
    });
  }

  void place_inputs() {
    value_buffers_.assign(graph_.values.size(), kNoBuffer);
    saved_.resize(graph_.nodes.size());
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
      put(graph_.inputs[i], tensors_.new_buffer({Source::kInput, i}, known_.spec(graph_.inputs[i])));
    }
  }

  void put(ValueId id, int buffer) {
    value_buffers_[at(id)] = buffer;
    values_in_[buffer].push_back(id);
  }

  /// Whether the memory of a node's first input is free for its first output.
  bool may_reuse_input(int index) const {
    const GraphNode& node = graph_.node(index);
    const int buffer = value_buffers_[at(known_.real(node.inputs[0]))];
    if (!tensors_.in_arena(buffer)) return false;
    if (tensors_.size_bytes(buffer) != size_bytes(known_.spec(node.outputs[0]))) return false;
    // In a + b + a the first sum would overwrite what the second reads.
    const auto readings = std::count_if(node.inputs.begin(), node.inputs.end(),
                                        [&](ValueId id) { return value_buffers_[at(known_.real(id))] == buffer; });
    if (readings != 1) return false;
    const std::vector<ValueId>& values = values_in_.at(buffer);
    return std::all_of(values.begin(), values.end(), [&](ValueId id) { return known_.last_reader(id) <= index; });
  }

  // --- forward ---------------------------------------------------------------------------------------

  void emit_forward(int index) {
    const GraphNode& node = graph_.node(index);
    if (known_.is_view(index)) {
      put(node.outputs[0], value_buffers_[at(known_.real(node.inputs[0]))]);
      return;
    }
    const GraphLayer& layer = graph_.layers[at(node.layer)];
    const Inference& inference = known_.inference(index);
    PlanStep step{.kind = PlanStep::Kind::kForward,
                  .index = index,
                  .mode = known_.mode_of(index),
                  .activation = known_.fusion().activations[at(index)]};
    step.inputs = values(node.inputs);
    step.input_masks = masks_of(node.inputs);
    step.parameters = tensors_.external(Source::kParameter, layer.parameters, graph_.parameters);
    step.state = tensors_.external(Source::kState, layer.state, graph_.state);
    if (!plan_.request.losses) step.prepared = tensors_.external(Source::kPrepared, layer.prepared, graph_.prepared);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const ValueId output = node.outputs[i];
      const bool reuse = i == 0 && known_.traits(index).in_place && may_reuse_input(index);
      put(output,
          reuse ? value_buffers_[at(known_.real(node.inputs[0]))] : tensors_.new_arena_buffer(known_.spec(output)));
    }
    for (const ValueId mask : node.masks) put(mask, tensors_.new_arena_buffer(known_.spec(mask)));
    step.outputs = values(node.outputs);
    step.output_masks = values(node.masks);
    step.saved = tensors_.fresh(inference.saved, &saved_[at(index)]);
    step.scratch = tensors_.fresh(inference.scratch);
    plan_.steps.push_back(step);
  }

  // --- losses ----------------------------------------------------------------------------------------

  std::vector<TensorSpec> prediction_specs(const GraphLoss& loss) const {
    std::vector<TensorSpec> specs;
    for (const ValueId prediction : loss.predictions) specs.push_back(known_.spec(prediction));
    return specs;
  }

  Range targets_of(const GraphLoss& loss) {
    return tensors_.range([&] {
      for (int i = 0; i < loss.n_targets; ++i) {
        const int number = loss.first_target + i;
        const TensorSpec& spec = plan_.request.targets[at(number)];
        tensors_.use(tensors_.new_buffer({Source::kTarget, at(number)}, spec), spec);
      }
    });
  }

  void emit_loss(int index) {
    const GraphLoss& loss = losses_[at(index)];
    const TensorSpec examples{{known_.spec(loss.predictions[0]).shape[0]}, graph_.dtype};
    PlanStep step{.kind = PlanStep::Kind::kLoss, .index = index, .fused = known_.fusion().fused_losses[at(index)]};
    step.inputs = values(loss.predictions);
    step.parameters = targets_of(loss);
    const std::vector<TensorSpec> predictions = prediction_specs(loss);
    step.scratch = tensors_.fresh(loss.function->scratch(predictions));
    loss_saved_.emplace_back();
    step.saved = tensors_.fresh(loss.function->saved(predictions), &loss_saved_.back());
    loss_buffers_.push_back(tensors_.new_arena_buffer(examples));
    step.outputs = tensors_.range([&] { plan_.losses.push_back(tensors_.use(loss_buffers_.back(), examples)); });
    plan_.steps.push_back(step);
    scale_buffers_.push_back(kNoBuffer);
    if (plan_.request.gradients()) {
      scale_buffers_.back() = tensors_.new_arena_buffer(examples);
      plan_.scales.push_back(tensors_.use(scale_buffers_.back(), examples));
    }
  }

  void emit_loss_backward(int index) {
    const GraphLoss& loss = losses_[at(index)];
    const bool any =
        std::any_of(loss.predictions.begin(), loss.predictions.end(), [&](ValueId id) { return known_.wanted(id); });
    if (!any) return;
    const TensorSpec examples = plan_.tensors[at(plan_.losses[at(index)])];
    PlanStep step{
        .kind = PlanStep::Kind::kLossBackward, .index = index, .fused = known_.fusion().fused_losses[at(index)]};
    step.inputs = values(loss.predictions);
    step.parameters = targets_of(loss);
    step.outputs = tensors_.range([&] { tensors_.use(scale_buffers_[at(index)], examples); });
    step.saved = tensors_.again(loss_saved_[at(index)], loss.function->saved(prediction_specs(loss)));
    step.scratch = tensors_.fresh(loss.function->scratch(prediction_specs(loss)));
    step.d_inputs = gradients_of(loss.predictions, kNoBuffer);
    plan_.steps.push_back(step);
  }

  // --- backward --------------------------------------------------------------------------------------

  /// The gradients of a step's inputs: the first to reach a value writes, later ones add. The first one may take over
  /// `reusable`, the memory of the step's output gradient.
  Range gradients_of(const std::vector<ValueId>& ids, int reusable) {
    const int first = static_cast<int>(plan_.gradients.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const ValueId id = known_.real(ids[i]);
      if (!known_.wanted(id)) {
        plan_.gradients.push_back({Gradient::Want::kNot, -1});
        continue;
      }
      int& buffer = gradient_buffers_[at(id)];
      const Gradient::Want want = buffer == kNoBuffer ? Gradient::Want::kWrite : Gradient::Want::kAdd;
      if (buffer == kNoBuffer)
        buffer = i == 0 && reusable != kNoBuffer ? reusable : tensors_.new_arena_buffer(known_.spec(id));
      plan_.gradients.push_back({want, tensors_.use(buffer, known_.spec(id))});
    }
    return {first, static_cast<int>(plan_.gradients.size()) - first};
  }

  Range parameter_gradients_of(const GraphLayer& layer) {
    const int first = static_cast<int>(plan_.gradients.size());
    for (const int parameter : layer.parameters) {
      if (!known_.wants_parameter(parameter)) {
        plan_.gradients.push_back({Gradient::Want::kNot, -1});
        continue;
      }
      const Gradient::Want want = parameter_written_[at(parameter)] ? Gradient::Want::kAdd : Gradient::Want::kWrite;
      parameter_written_[at(parameter)] = true;
      const TensorSpec& spec = graph_.parameters[at(parameter)].spec;
      plan_.gradients.push_back(
          {want, tensors_.use(tensors_.new_buffer({Source::kParameterGradient, at(parameter)}, spec), spec)});
    }
    return {first, static_cast<int>(plan_.gradients.size()) - first};
  }

  void emit_zero(int buffer, const TensorSpec& spec) {
    PlanStep step{.kind = PlanStep::Kind::kZero, .index = -1};
    step.outputs = tensors_.range([&] { tensors_.use(buffer, spec); });
    plan_.steps.push_back(step);
  }

  void emit_backward(int index) {
    const GraphNode& node = graph_.node(index);
    const bool reached = std::any_of(node.outputs.begin(), node.outputs.end(),
                                     [&](ValueId id) { return gradient_buffers_[at(id)] != kNoBuffer; });
    if (!reached) return;
    if (known_.is_view(index) && gradient_buffers_[at(known_.real(node.inputs[0]))] == kNoBuffer) {
      gradient_buffers_[at(known_.real(node.inputs[0]))] = gradient_buffers_[at(node.outputs[0])];
      return;
    }
    for (const ValueId output : node.outputs) {
      if (gradient_buffers_[at(output)] != kNoBuffer) continue;
      gradient_buffers_[at(output)] = tensors_.new_arena_buffer(known_.spec(output));
      emit_zero(gradient_buffers_[at(output)], known_.spec(output));
    }
    const GraphLayer& layer = graph_.layers[at(node.layer)];
    const LayerTraits layer_traits = known_.traits(index);
    PlanStep step{.kind = PlanStep::Kind::kBackward,
                  .index = index,
                  .mode = known_.mode_of(index),
                  .activation = known_.fusion().backward_activations[at(index)],
                  .input_activation = known_.fusion().input_activations[at(index)]};
    step.inputs = layer_traits.backward_reads_inputs ? values(node.inputs) : shapes_only(node.inputs);
    step.outputs = layer_traits.backward_reads_outputs ? values(node.outputs) : shapes_only(node.outputs);
    step.input_masks = masks_of(node.inputs);
    step.parameters = tensors_.external(Source::kParameter, layer.parameters, graph_.parameters);
    step.saved = tensors_.again(saved_[at(index)], known_.inference(index).saved);
    step.scratch = tensors_.fresh(known_.inference(index).scratch);
    step.d_outputs = tensors_.range([&] {
      for (const ValueId output : node.outputs) tensors_.use(gradient_buffers_[at(output)], known_.spec(output));
    });
    // Where the first input comes twice, its gradient is added to while the output's is still read.
    const auto calls = std::count_if(node.inputs.begin(), node.inputs.end(),
                                     [&](ValueId id) { return known_.real(id) == known_.real(node.inputs[0]); });
    const bool in_place =
        layer_traits.in_place && calls == 1 && known_.spec(node.inputs[0]) == known_.spec(node.outputs[0]);
    step.d_inputs = gradients_of(node.inputs, in_place ? gradient_buffers_[at(node.outputs[0])] : kNoBuffer);
    step.d_parameters = parameter_gradients_of(layer);
    plan_.steps.push_back(step);
  }

  /// A wanted parameter that no loss depends on has gradient zero.
  void emit_unreached_parameters() {
    for (std::size_t parameter = 0; parameter < graph_.parameters.size(); ++parameter) {
      if (!known_.wants_parameter(static_cast<int>(parameter)) || parameter_written_[parameter]) continue;
      const TensorSpec& spec = graph_.parameters[parameter].spec;
      emit_zero(tensors_.new_buffer({Source::kParameterGradient, parameter}, spec), spec);
    }
  }

  // --- results and places ----------------------------------------------------------------------------

  /// What the caller reads lasts to the end.
  void keep_results() {
    for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
      const ValueId id = graph_.outputs[i];
      const int buffer = value_buffers_[at(known_.real(id))];
      // Prediction writes an output where the caller wants it, unless two outputs share the memory.
      const bool shared = std::any_of(graph_.outputs.begin(), graph_.outputs.begin() + static_cast<std::ptrdiff_t>(i),
                                      [&](ValueId other) { return value_buffers_[at(known_.real(other))] == buffer; });
      if (!plan_.request.losses && !shared && tensors_.in_arena(buffer)) tensors_.move_to(buffer, {Source::kOutput, i});
      plan_.outputs.push_back(tensors_.use(buffer, known_.spec(id)));
    }
    for (const int buffer : loss_buffers_) tensors_.keep_to_the_end(buffer);
    for (const ValueId input : graph_.inputs) {
      const int buffer = gradient_buffers_[at(input)];
      const bool has = plan_.request.input_gradients && buffer != kNoBuffer;
      plan_.input_gradients.push_back(has ? tensors_.use(buffer, known_.spec(input)) : -1);
    }
  }

  const Graph& graph_;
  std::span<const GraphLoss> losses_;
  Plan plan_;
  const PlanAnalysis known_;
  PlanTensors tensors_{plan_};
  std::vector<int> value_buffers_;                 // by value
  std::map<int, std::vector<ValueId>> values_in_;  // by buffer
  std::vector<int> gradient_buffers_;              // by value
  std::vector<bool> parameter_written_;            // by parameter
  std::vector<std::vector<int>> saved_;            // buffers by node
  std::vector<std::vector<int>> loss_saved_;       // buffers by loss
  std::vector<int> loss_buffers_;
  std::vector<int> scale_buffers_;
};

}  // namespace

Plan make_plan(const Graph& graph, std::span<const GraphLoss> losses, PlanRequest request) {
  return Planner(graph, losses, std::move(request)).build();
}

}  // namespace laminar
