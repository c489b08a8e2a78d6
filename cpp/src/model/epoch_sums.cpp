// SPDX-License-Identifier: BSD-3-Clause
#include "model/epoch_sums.hpp"

#include <limits>

#include "laminar/error.hpp"

namespace laminar {

EpochSums::EpochSums(const Graph& graph, std::span<const GraphLoss> losses, std::span<const LossInputs> inputs,
                     const OutputMetrics& metrics, std::span<const TargetSpec> targets)
    : losses_(losses.begin(), losses.end()), sums_(losses.size()) {
  const bool several = graph.outputs.size() > 1;
  std::vector<bool> has_loss(graph.outputs.size(), false);
  for (std::size_t loss = 0; loss < losses.size(); ++loss) {
    outputs_.push_back(inputs[loss].output);
    loss_names_.emplace_back();
    if (inputs[loss].output < 0) continue;
    const auto output = static_cast<std::size_t>(inputs[loss].output);
    has_loss[output] = true;
    const std::string prefix = several ? graph.name_of_value(graph.outputs[output]) + "_" : "";
    if (several) loss_names_.back() = prefix + "loss";
    for (const auto& metric : metrics[output]) {
      const TargetSpec& target = targets[static_cast<std::size_t>(losses[loss].first_target)];
      metrics_.push_back(
          {prefix + std::string(metric->name()), loss, metric->start(inputs[loss].predictions[0], target)});
    }
  }
  for (std::size_t output = 0; output < metrics.size(); ++output) {
    if (metrics[output].empty() || has_loss[output]) continue;
    throw ValueError("metrics: output '" + graph.name_of_value(graph.outputs[output]) +
                     "' has no loss, so it has no targets to measure against");
  }
}

void EpochSums::reset() {
  sums_.assign(sums_.size(), {});
  batch_losses_ = 0.0;
  batch_weights_ = 0.0;
  for (Entry& metric : metrics_) metric.state->reset();
}

void EpochSums::add(const Context& context, const Workspace& workspace, const BatchLoss& batch) {
  const Execution& execution = workspace.execution;
  const std::span<const Tensor> weights = workspace.loader.weights();
  if (!batch.empty) {
    batch_losses_ += batch.weight * batch.total();
    batch_weights_ += batch.weight;
  }
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    sums_[i] = weighted_sum(execution.losses(i), weights[i], sums_[i]);
  }
  for (Entry& metric : metrics_) {
    const auto target = static_cast<std::size_t>(losses_[metric.loss].first_target);
    metric.state->update(context, execution.output(static_cast<std::size_t>(outputs_[metric.loss])),
                         workspace.loader.target(target), weights[metric.loss]);
  }
}

BatchLoss EpochSums::total() const {
  BatchLoss result{.weight = sums_.empty() ? 0.0 : sums_[0].weights, .empty = true};
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    if (sums_[i].weights <= 0.0) continue;
    result.empty = false;
    result.loss += losses_[i].weight * sums_[i].losses / sums_[i].weights;
  }
  return result;
}

Logs EpochSums::logs() const { return logs_with(batch_weights_ > 0.0 ? batch_losses_ / batch_weights_ : 0.0); }

Logs EpochSums::logs_with(double loss) const {
  Logs logs{{"loss", loss}};
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    if (loss_names_[i].empty()) continue;
    const bool any = sums_[i].weights > 0.0;
    logs.emplace_back(loss_names_[i], any ? sums_[i].losses / sums_[i].weights : 0.0);
  }
  for (const Entry& metric : metrics_) logs.emplace_back(metric.name, metric.state->result());
  return logs;
}

}  // namespace laminar
