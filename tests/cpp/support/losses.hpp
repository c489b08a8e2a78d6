// SPDX-License-Identifier: BSD-3-Clause
//
// What tests compile models with.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "laminar/losses.hpp"
#include "laminar/optimizers.hpp"
#include "model/model_core.hpp"

namespace laminar::test {

inline CompileSpec compile_with(std::vector<Loss> losses, const Optimizer& optimizer = SGD()) {
  CompileSpec spec{.optimizer = optimizer.shared_rule(), .losses = {}, .metrics = {}, .loss_weights = {}};
  for (const Loss& loss : losses) spec.losses.push_back(loss.shared_function());
  return spec;
}

/// 1/2 sum_j p_j^2 of each example: a loss on the graph alone, whose gradient is p.
class SquareOfPrediction final : public LossFunction {
 public:
  std::string_view type() const override { return "SquareOfPrediction"; }
  Config::Map options() const override { return {}; }
  std::vector<TargetSpec> targets(std::span<const TensorSpec>, std::span<const TensorSpec>) const override {
    return {};
  }
  void forward(const LossForwardCall& call) const override {
    dispatch_float(call.losses.dtype(), [&]<class T>() {
      const auto [count, outputs] = examples_of(call.predictions[0].shape());
      const T* p = call.predictions[0].as<const T>();
      for (std::int64_t i = 0; i < count; ++i) {
        T sum = 0;
        for (std::int64_t j = 0; j < outputs; ++j) sum += p[i * outputs + j] * p[i * outputs + j];
        call.losses.as<T>()[i] = sum / 2;
      }
    });
  }
  void backward(const LossBackwardCall& call) const override {
    const Gradient& gradient = call.d_predictions[0];
    if (!gradient.wanted()) return;
    dispatch_float(call.scales.dtype(), [&]<class T>() {
      const auto [count, outputs] = examples_of(call.predictions[0].shape());
      for (std::int64_t i = 0; i < count * outputs; ++i) {
        const T slope = call.scales.as<const T>()[i / outputs] * call.predictions[0].as<const T>()[i];
        T& out = gradient.tensor.as<T>()[i];
        out = gradient.adds() ? out + slope : slope;
      }
    });
  }
};

/// One such loss on each output of a graph.
inline std::vector<GraphLoss> squares_of_outputs(const Graph& graph) {
  std::vector<GraphLoss> losses;
  for (const ValueId output : graph.outputs)
    losses.push_back({std::make_shared<SquareOfPrediction>(), {output}, 0, 0, 1.0});
  return losses;
}

}  // namespace laminar::test
