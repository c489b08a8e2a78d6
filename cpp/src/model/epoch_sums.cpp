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
      const auto* by_batch = dynamic_cast<const BatchMetric*>(metric.get());
      if (by_batch == nullptr) {
        array_metrics_.push_back(prefix + std::string(metric->name()));
        continue;
      }
      metrics_.push_back(
          {prefix + std::string(metric->name()), loss, by_batch->start(inputs[loss].predictions[0], target)});
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
  penalties_ = {};
  for (Entry& metric : metrics_) metric.state->reset();
}

void EpochSums::add(const Context& context, const Workspace& workspace, const BatchLoss& batch) {
  const Execution& execution = workspace.execution;
  const std::span<const Tensor> weights = workspace.loader.weights();
  if (!batch.empty) {
    penalties_.losses += batch.weight * batch.penalty;
    penalties_.known += batch.weight;
  }
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    sums_[i] = weighted_sum(execution.losses(i), weights[i], workspace.loader.known()[i], sums_[i]);
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
    if (sums_[i].known > 0.0) result.empty = false;
    result.loss += losses_[i].weight * sums_[i].mean();
  }
  return result;
}

std::vector<std::string> EpochSums::names() const {
  std::vector<std::string> names;
  for (const auto& log : logs()) names.push_back(log.first);
  names.insert(names.end(), array_metrics_.begin(), array_metrics_.end());
  return names;
}

Logs EpochSums::logs() const { return logs_with(total().loss + penalties_.mean()); }

Logs EpochSums::logs_with(double loss) const {
  Logs logs{{"loss", loss}};
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    if (loss_names_[i].empty()) continue;
    logs.emplace_back(loss_names_[i], sums_[i].mean());
  }
  for (const Entry& metric : metrics_) logs.emplace_back(metric.name, metric.state->result());
  return logs;
}

}  // namespace laminar
