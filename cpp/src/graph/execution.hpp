// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/arena.hpp"
#include "graph/plan.hpp"

namespace laminar {

/// The memory of others that one run of a plan reads and writes.
struct Bindings {
  std::span<const void* const> inputs;
  std::span<const void* const> targets;
  std::span<void* const> outputs;  ///< of a plan without losses
  std::span<void* const> parameters;
  std::span<void* const> state;
  std::span<void* const> parameter_gradients;
  std::span<void* const> prepared = {};  ///< may be empty
};

/// Which random numbers a run draws: each node has its own among those of (seed, step).
struct RandomPosition {
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
};

/// One run of a plan at a time, in an arena that serves any number of plans and only grows.
class Execution {
 public:
  /// Points every tensor of the plan at its memory. Allocates only when the plan is larger than any before it.
  void bind(const Graph& graph, std::span<const GraphLoss> losses, const Plan& plan, const Bindings& bindings);

  /// The nodes and then the losses. Adds each step's kink signature to `*kinks` when it is given.
  void forward(const Context& context, RandomPosition random, std::uint64_t* kinks = nullptr);
  /// From the scales of the losses back to parameters and inputs.
  void backward(const Context& context, RandomPosition random);

  const Plan& plan() const { return *plan_; }
  Tensor output(std::size_t index) const { return tensor(plan_->outputs[index]); }
  Tensor losses(std::size_t index) const { return tensor(plan_->losses[index]); }
  Tensor scales(std::size_t index) const { return tensor(plan_->scales[index]); }
  /// Empty where the input needs no gradient or no loss depends on it.
  Tensor input_gradient(std::size_t index) const {
    const int at = plan_->input_gradients[index];
    return at < 0 ? Tensor{} : tensor(at);
  }

  std::size_t arena_bytes() const { return arena_.size_bytes(); }

 private:
  Tensor tensor(int index) const { return tensors_[static_cast<std::size_t>(index)]; }
  static std::span<const Tensor> tensors(const std::vector<Tensor>& all, Range range) {
    return {all.data() + range.first, static_cast<std::size_t>(range.count)};
  }
  std::span<const Tensor> tensors(Range range) const { return tensors(tensors_, range); }
  std::span<const Gradient> gradients(Range range) const {
    return {gradients_.data() + range.first, static_cast<std::size_t>(range.count)};
  }
  std::shared_ptr<void>* kept_of(const PlanStep& step) { return &kept_[static_cast<std::size_t>(step.index)]; }
  /// Forward by several threads, of which each has some rows. False, and nothing is done, where that does not pay.
  bool share_rows(const Context& context, RandomPosition random);
  /// The plan's tensors cut to the rows from `begin` to `end`.
  void cut_rows(std::int64_t begin, std::int64_t end, std::vector<Tensor>& cut) const;
  void run_forward(const Context& context, const PlanStep& step, const std::vector<Tensor>& all, RandomPosition random,
                   std::uint64_t* kinks);
  void run_loss(const Context& context, const PlanStep& step, std::uint64_t* kinks);
  void run_loss_backward(const Context& context, const PlanStep& step);
  void run_backward(const Context& context, const PlanStep& step, RandomPosition random);

  const Graph* graph_ = nullptr;
  std::span<const GraphLoss> graph_losses_;
  const Plan* plan_ = nullptr;
  Arena arena_;
  std::vector<Tensor> tensors_;
  std::vector<std::vector<Tensor>> cuts_;  // by thread
  std::vector<Gradient> gradients_;
  std::vector<std::shared_ptr<void>> kept_;  // by node
};

}  // namespace laminar
