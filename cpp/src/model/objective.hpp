// SPDX-License-Identifier: BSD-3-Clause
//
// J = sum over losses of weight * (sum_i w_i L_i / sum_i w_i) + penalties: what the plan's losses become.
#pragma once

#include <span>

#include "graph/execution.hpp"
#include "model/parameters.hpp"

namespace laminar {

/// sum_i w_i L_i and sum_i w_i, added in the order of the rows.
struct WeightedSum {
  double losses = 0.0;
  double weights = 0.0;
};
/// `start` with these examples added one after the other, so that no cut into batches shows. Empty weights: every
/// example weighs 1. One that weighs nothing counts for nothing, even where its loss is infinite.
WeightedSum weighted_sum(const Tensor& losses, const Tensor& weights, WeightedSum start = {});

struct BatchLoss {
  double loss = 0.0;         ///< without penalties
  double penalty = 0.0;      ///< where it is asked for
  double weight = 0.0;       ///< sum of the first loss's sample weights
  double all_weights = 0.0;  ///< sum of all losses' sample weights
  bool empty = false;        ///< every example of every loss weighs 0: no step is made

  double total() const { return loss + penalty; }
};

/// The batch's loss; where the plan has gradients also the scales that backward starts from.
BatchLoss combine_losses(const Execution& execution, std::span<const GraphLoss> losses,
                         std::span<const Tensor> weights);

/// sum of (l1 sum |W| + l2 sum W^2) / (2 m) over the parameters with a regularizer.
double penalty(const Context& context, const Graph& graph, const Parameters& parameters, double weight);

/// Adds the penalty's gradient for those parameters that are wanted.
void add_penalty_gradients(const Context& context, const Graph& graph, const Parameters& parameters,
                           const std::vector<bool>& wanted, std::span<void* const> gradients, double weight);

}  // namespace laminar
