// SPDX-License-Identifier: BSD-3-Clause
#include "graph/execution.hpp"

#include <algorithm>

#include "core/bytes.hpp"
#include "core/parallel.hpp"

namespace laminar {
namespace {

// The contract of layers and losses is to read only what they may; one pointer type keeps Tensor plain.
void* writable(const void* data) { return const_cast<void*>(data); }

void* resolve(const Place& place, std::byte* arena, const Bindings& bindings) {
  switch (place.source) {
    case Source::kNone:
      return nullptr;
    case Source::kArena:
      return arena + place.at;
    case Source::kInput:
      return writable(bindings.inputs[place.at]);
    case Source::kTarget:
      return writable(bindings.targets[place.at]);
    case Source::kOutput:
      return bindings.outputs[place.at];
    case Source::kParameter:
      return bindings.parameters[place.at];
    case Source::kState:
      return bindings.state[place.at];
    case Source::kPrepared:
      return bindings.prepared.empty() ? nullptr : bindings.prepared[place.at];
    case Source::kParameterGradient:
      return bindings.parameter_gradients[place.at];
  }
  return nullptr;
}

kernels::RandomKey key_of(RandomPosition random, int node) {
  return {random.seed, static_cast<std::uint32_t>(node), random.step};
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) { return (hash ^ value) * 0x9E3779B97F4A7C15ULL; }

}  // namespace

void Execution::bind(const Graph& graph, std::span<const GraphLoss> losses, const Plan& plan,
                     const Bindings& bindings) {
  arena_.reserve(plan.arena_bytes);
  graph_ = &graph;
  graph_losses_ = losses;
  plan_ = &plan;
  tensors_.resize(plan.tensors.size());
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    tensors_[i] = {resolve(plan.places[i], arena_.data(), bindings), plan.tensors[i]};
  }
  gradients_.resize(plan.gradients.size());
  for (std::size_t i = 0; i < gradients_.size(); ++i) {
    const Plan::GradientSlot& slot = plan.gradients[i];
    gradients_[i] = {slot.want, slot.tensor < 0 ? Tensor{} : tensor(slot.tensor)};
  }
  kept_.resize(graph.nodes.size());
}

void Execution::forward(const Context& context, RandomPosition random, std::uint64_t* kinks) {
  if (plan_->row_shares > 1 && kinks == nullptr && share_rows(context, random)) return;
  for (int i = 0; i < plan_->backward_begin; ++i) {
    const PlanStep& step = plan_->steps[static_cast<std::size_t>(i)];
    if (step.kind == PlanStep::Kind::kForward) {
      run_forward(context, step, tensors_, random, kinks);
    } else {
      run_loss(context, step, kinks);
    }
  }
}

void Execution::backward(const Context& context, RandomPosition random) {
  for (std::size_t i = static_cast<std::size_t>(plan_->backward_begin); i < plan_->steps.size(); ++i) {
    const PlanStep& step = plan_->steps[i];
    if (step.kind == PlanStep::Kind::kZero) {
      const Tensor target = tensors(step.outputs)[0];
      clear_bytes(target.data, size_bytes(target.spec));
    } else if (step.kind == PlanStep::Kind::kLossBackward) {
      run_loss_backward(context, step);
    } else {
      run_backward(context, step, random);
    }
  }
}

bool Execution::share_rows(const Context& context, RandomPosition random) {
  const std::int64_t rows = plan_->request.inputs[0][0];
  const int shares = std::min(context.threads, plan_->row_shares);
  if (shares < 2 || context.team == nullptr) return false;
  if (cuts_.size() < static_cast<std::size_t>(shares)) cuts_.resize(static_cast<std::size_t>(shares));
  Context alone = context;
  alone.threads = 1;
  constexpr std::int64_t kUnit = 4;
  const auto first_row = [&](std::int64_t share) {
    return share == shares ? rows : rows * share / shares / kUnit * kUnit;
  };
  parallel_for(context, shares, 1, [&](std::int64_t begin, std::int64_t end) {
    const std::vector<Tensor>* all = &tensors_;
    if (end - begin < shares) {
      std::vector<Tensor>& cut = cuts_[static_cast<std::size_t>(begin)];
      cut_rows(first_row(begin), first_row(end), cut);
      all = &cut;
    }
    for (int i = 0; i < plan_->backward_begin; ++i) {
      run_forward(alone, plan_->steps[static_cast<std::size_t>(i)], *all, random, nullptr);
    }
  });
  return true;
}

void Execution::cut_rows(std::int64_t begin, std::int64_t end, std::vector<Tensor>& cut) const {
  cut = tensors_;
  for (std::size_t i = 0; i < cut.size(); ++i) {
    const std::size_t row_bytes = plan_->row_bytes[i];
    if (row_bytes == 0) continue;
    cut[i].spec.shape.set(0, end - begin);
    if (!cut[i].empty())
      cut[i].data = static_cast<std::byte*>(cut[i].data) + static_cast<std::size_t>(begin) * row_bytes;
  }
}

void Execution::run_forward(const Context& context, const PlanStep& step, const std::vector<Tensor>& all,
                            RandomPosition random, std::uint64_t* kinks) {
  const Layer& layer = graph_->layer_of(graph_->node(step.index));
  const ForwardCall call{.context = context,
                         .mode = step.mode,
                         .inputs = tensors(all, step.inputs),
                         .parameters = tensors(all, step.parameters),
                         .state = tensors(all, step.state),
                         .outputs = tensors(all, step.outputs),
                         .saved = tensors(all, step.saved),
                         .scratch = tensors(all, step.scratch),
                         .input_masks = tensors(all, step.input_masks),
                         .output_masks = tensors(all, step.output_masks),
                         .activation = step.activation,
                         .random = key_of(random, step.index),
                         .prepared = tensors(all, step.prepared),
                         .kept = plan_->request.gradients() ? kept_of(step) : nullptr};
  layer.forward(call);
  if (kinks != nullptr) *kinks = mix(*kinks, layer.kink_signature(call));
}

void Execution::run_loss(const Context& context, const PlanStep& step, std::uint64_t* kinks) {
  const LossFunction& loss = *graph_losses_[static_cast<std::size_t>(step.index)].function;
  const LossForwardCall call{.context = context,
                             .predictions = tensors(step.inputs),
                             .targets = tensors(step.parameters),
                             .losses = tensors(step.outputs)[0],
                             .fused = step.fused,
                             .scratch = tensors(step.scratch),
                             .saved = tensors(step.saved)};
  loss.forward(call);
  if (kinks != nullptr) *kinks = mix(*kinks, loss.kink_signature(call));
}

void Execution::run_loss_backward(const Context& context, const PlanStep& step) {
  graph_losses_[static_cast<std::size_t>(step.index)].function->backward({.context = context,
                                                                          .predictions = tensors(step.inputs),
                                                                          .targets = tensors(step.parameters),
                                                                          .scales = tensors(step.outputs)[0],
                                                                          .d_predictions = gradients(step.d_inputs),
                                                                          .fused = step.fused,
                                                                          .scratch = tensors(step.scratch),
                                                                          .saved = tensors(step.saved)});
}

void Execution::run_backward(const Context& context, const PlanStep& step, RandomPosition random) {
  graph_->layer_of(graph_->node(step.index))
      .backward({.context = context,
                 .mode = step.mode,
                 .inputs = tensors(step.inputs),
                 .parameters = tensors(step.parameters),
                 .outputs = tensors(step.outputs),
                 .saved = tensors(step.saved),
                 .d_outputs = tensors(step.d_outputs),
                 .d_inputs = gradients(step.d_inputs),
                 .d_parameters = gradients(step.d_parameters),
                 .scratch = tensors(step.scratch),
                 .input_masks = tensors(step.input_masks),
                 .activation = step.activation,
                 .random = key_of(random, step.index),
                 .input_activation = step.input_activation,
                 .kept = kept_of(step)});
}

}  // namespace laminar
