// SPDX-License-Identifier: BSD-3-Clause
//
// J = sum over losses of weight * (sum_i w_i L_i / sum_i w_i c_i) + penalties: what the plan's losses become. c_i is
// the share of the targets of example i that are known: 1 but where a loss skips what is missing.
#pragma once

#include <span>

#include "graph/execution.hpp"
#include "model/parameters.hpp"

namespace laminar {

/// sum_i w_i L_i, sum_i w_i and sum_i w_i c_i, added in the order of the rows.
struct WeightedSum {
  double losses = 0.0;
  double weights = 0.0;
  double known = 0.0;

  double mean() const { return known > 0.0 ? losses / known : 0.0; }
};
/// `start` with these examples added one after the other, so that no cut into batches shows. Empty weights: every
/// example weighs 1; empty `known`: all is. One that weighs nothing counts for nothing, even where its loss is
/// infinite.
WeightedSum weighted_sum(const Tensor& losses, const Tensor& weights, const Tensor& known, WeightedSum start = {});

struct BatchLoss {
  double loss = 0.0;         ///< without penalties
  double penalty = 0.0;      ///< where it is asked for
  double weight = 0.0;       ///< sum of the first loss's sample weights, the m of penalties
  double all_weights = 0.0;  ///< what the examples of all losses count
  bool empty = false;        ///< no example of any loss counts: no step is made

  double total() const { return loss + penalty; }
};

/// The batch's loss without penalties; where the plan has gradients also the scales that backward starts from.
/// `weights` and `known` hold one tensor a loss; no `known` at all: all is.
BatchLoss combine_losses(const Execution& execution, std::span<const GraphLoss> losses, std::span<const Tensor> weights,
                         std::span<const Tensor> known = {});

/// sum of (l1 sum |W| + l2 sum W^2) / (2 m) over the parameters with a regularizer.
double penalty(const Context& context, const Graph& graph, const Parameters& parameters, double weight);

/// Adds the penalty's gradient for those parameters that are wanted.
void add_penalty_gradients(const Context& context, const Graph& graph, const Parameters& parameters,
                           const std::vector<bool>& wanted, std::span<void* const> gradients, double weight);

}  // namespace laminar
