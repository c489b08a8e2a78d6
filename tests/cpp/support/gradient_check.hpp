// SPDX-License-Identifier: BSD-3-Clause
//
// Gradients against central differences in double: of a whole model, or of a graph with losses of any kind.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "core/parallel.hpp"
#include "graph/execution.hpp"
#include "model/model_core.hpp"
#include "support/tensors.hpp"

namespace laminar::test {

/// ||a - b|| / (||a|| + ||b||), 0 where both are as small as rounding makes them.
inline double difference(const std::vector<double>& a, const std::vector<double>& b) {
  double apart = 0;
  double sizes_a = 0;
  double sizes_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    apart += (a[i] - b[i]) * (a[i] - b[i]);
    sizes_a += a[i] * a[i];
    sizes_b += b[i] * b[i];
  }
  const double sum = std::sqrt(sizes_a) + std::sqrt(sizes_b);
  return sum < 1e-9 ? 0.0 : std::sqrt(apart) / sum;
}

inline constexpr double kDifference = 1e-7;
inline constexpr double kStep = 1e-6;

/// Checks the gradients of all parameters and inputs of a compiled float64 model.
inline void check_gradients(ModelCore& model, const Arrays& arrays) {
  for (GradientComparison::Part& part : model.compare_gradients(context(), arrays, kStep).parts) {
    for (std::size_t i = 0; i < part.counted.size(); ++i) {
      if (!part.counted[i]) part.computed[i] = part.approximate[i] = 0.0;
    }
    CAPTURE(part.name);
    CHECK(difference(part.approximate, part.computed) < kDifference);
  }
}

/// A graph with memory of its own, as a model has it, for losses that `compile` knows nothing of.
class GraphRun {
 public:
  GraphRun(Graph graph, std::vector<GraphLoss> losses, std::vector<Tensor> inputs, std::vector<Tensor> targets = {})
      : graph_(std::move(graph)), losses_(std::move(losses)), inputs_(std::move(inputs)), parameters_(graph_, 1) {
    parameters_.ensure_gradients();
    PlanRequest request{.mode = Mode::kTrain,
                        .losses = !losses_.empty(),
                        .input_gradients = !losses_.empty(),
                        .parameter_gradients = !losses_.empty(),
                        .wanted_parameters = std::vector<bool>(graph_.parameters.size(), true),
                        .inputs = {},
                        .targets = {}};
    std::vector<const void*> x;
    std::vector<const void*> y;
    for (const Tensor& input : inputs_) {
      request.inputs.push_back(input.shape());
      x.push_back(input.data);
    }
    for (const Tensor& target : targets) {
      request.targets.push_back(target.spec);
      y.push_back(target.data);
    }
    plan_ = make_plan(graph_, losses_, request);
    execution_.bind(graph_, losses_, plan_,
                    {.inputs = x,
                     .targets = y,
                     .outputs = {},
                     .parameters = parameters_.pointers(),
                     .state = parameters_.state_pointers(),
                     .parameter_gradients = parameters_.gradient_pointers()});
  }
  GraphRun(const GraphRun&) = delete;
  GraphRun& operator=(const GraphRun&) = delete;

  void compute_with(const Context& context) { context_ = context; }

  /// J, the sum of the weighted means of the losses.
  double loss() {
    with_team(context_, [&](const Context& inner) { execution_.forward(inner, {.seed = 1, .step = 0}); });
    return combine_losses(execution_, losses_, std::vector<Tensor>(losses_.size())).loss;
  }
  void backward() {
    with_team(context_, [&](const Context& inner) { execution_.backward(inner, {.seed = 1, .step = 0}); });
  }

  /// Checks every parameter and every input of floats.
  void check() {
    loss();
    backward();
    for (std::size_t i = 0; i < parameters_.count(); ++i) {
      check_part(graph_.parameters[i].name, parameters_.view(i), numbers(parameters_.gradient(i)));
    }
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!is_float(inputs_[i].dtype())) continue;
      const Tensor gradient = execution_.input_gradient(i);
      const auto none = std::vector<double>(static_cast<std::size_t>(inputs_[i].shape().size()), 0.0);
      check_part(graph_.input_names[i], inputs_[i], gradient.empty() ? none : numbers(gradient));
    }
  }

  const Graph& graph() const { return graph_; }
  const Plan& plan() const { return plan_; }
  Execution& execution() { return execution_; }
  Parameters& parameters() { return parameters_; }

  /// A copy of a tensor of floats or doubles.
  static std::vector<double> numbers(const Tensor& tensor) {
    return dispatch_float(tensor.dtype(), [&]<class T>() {
      return std::vector<double>(tensor.as<const T>(), tensor.as<const T>() + tensor.shape().size());
    });
  }

 private:
  /// The gradients are copies, since looking for differences runs over the arena.
  void check_part(const std::string& name, const Tensor& theta, const std::vector<double>& computed) {
    std::vector<double> approximate;
    for (std::size_t i = 0; i < computed.size(); ++i) {
      double& number = theta.as<double>()[i];
      const double before = number;
      number = before + kStep;
      const double above = loss();
      number = before - kStep;
      const double below = loss();
      number = before;
      approximate.push_back((above - below) / (2 * kStep));
    }
    CAPTURE(name);
    CHECK(difference(approximate, computed) < kDifference);
    loss();
    backward();
  }

  Context context_ = context();
  Graph graph_;
  std::vector<GraphLoss> losses_;
  std::vector<Tensor> inputs_;
  Parameters parameters_;
  Plan plan_;
  Execution execution_;
};

}  // namespace laminar::test
