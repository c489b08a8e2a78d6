// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "laminar/history.hpp"
#include "metrics/metric.hpp"
#include "model/objective.hpp"
#include "model/workspace.hpp"

namespace laminar {

/// The metrics of each output.
using OutputMetrics = std::vector<std::vector<std::shared_ptr<const MetricFunction>>>;

/// What an epoch or an evaluation adds up. Results do not depend on how the rows were cut into batches.
class EpochSums {
 public:
  EpochSums(const Graph& graph, std::span<const GraphLoss> losses, std::span<const LossInputs> inputs,
            const OutputMetrics& metrics, std::span<const TargetSpec> targets);

  void reset();
  /// Adds the batch that a workspace has just computed; of `batch` only penalties are read.
  void add(const Context& context, const Workspace& workspace, const BatchLoss& batch = {});

  /// What an epoch's logs will be called, known before there are any; metrics of whole arrays included.
  std::vector<std::string> names() const;
  /// Mean loss over the examples, each at its batch, and mean penalty of the batches; then the rest.
  Logs logs() const;
  /// Mean loss over all examples, without penalties, and the weight of them.
  BatchLoss total() const;
  /// As logs(), with a loss that was put together elsewhere.
  Logs logs_with(double loss) const;

 private:
  struct Entry {
    std::string name;
    std::size_t loss;  ///< whose predictions and target it looks at
    std::unique_ptr<MetricState> state;
  };

  std::vector<GraphLoss> losses_;
  std::vector<std::string> loss_names_;  ///< of the outputs' own losses, where there are several
  std::vector<int> outputs_;             ///< of each loss, or -1
  std::vector<WeightedSum> sums_;        ///< by loss
  WeightedSum penalties_;                ///< of the batches, each weighing as much as its examples
  std::vector<Entry> metrics_;
  std::vector<std::string> array_metrics_;  ///< names
};

}  // namespace laminar
