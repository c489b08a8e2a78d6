// SPDX-License-Identifier: BSD-3-Clause
//
// A loss over three outputs that takes no target.
#include <cmath>

#include "support/gradient_check.hpp"
#include "support/losses.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

/// L = log(1 + exp(|a - p|^2 - |a - n|^2)) of anchor, positive and negative (m, k)
class SoftTriplet final : public LossFunction {
 public:
  std::string_view type() const override { return "SoftTriplet"; }
  Config::Map options() const override { return {}; }
  std::vector<TargetSpec> targets(std::span<const TensorSpec>, std::span<const TensorSpec>) const override {
    return {};
  }
  std::vector<TensorSpec> saved(std::span<const TensorSpec> predictions) const override {
    return {{{predictions[0].shape[0]}, predictions[0].dtype}};  // the distances' difference
  }

  void forward(const LossForwardCall& call) const override {
    const auto [count, k] = examples_of(call.predictions[0].shape());
    for (std::int64_t i = 0; i < count; ++i) {
      double difference = 0;
      for (std::int64_t j = i * k; j < (i + 1) * k; ++j) {
        const double to_positive = at(call.predictions, 0, j) - at(call.predictions, 1, j);
        const double to_negative = at(call.predictions, 0, j) - at(call.predictions, 2, j);
        difference += to_positive * to_positive - to_negative * to_negative;
      }
      call.saved[0].as<double>()[i] = difference;
      call.losses.as<double>()[i] = std::log1p(std::exp(difference));
    }
  }

  void backward(const LossBackwardCall& call) const override {
    const auto [count, k] = examples_of(call.predictions[0].shape());
    for (std::int64_t i = 0; i < count; ++i) {
      const double slope = 2 * call.scales.as<const double>()[i] / (1 + std::exp(-call.saved[0].as<const double>()[i]));
      for (std::int64_t j = i * k; j < (i + 1) * k; ++j) {
        const double anchor = at(call.predictions, 0, j);
        const double positive = at(call.predictions, 1, j);
        const double negative = at(call.predictions, 2, j);
        put(call.d_predictions[0], j, slope * (negative - positive));
        put(call.d_predictions[1], j, slope * (positive - anchor));
        put(call.d_predictions[2], j, slope * (anchor - negative));
      }
    }
  }

 private:
  static double at(std::span<const Tensor> predictions, std::size_t which, std::int64_t j) {
    return predictions[which].as<const double>()[j];
  }
  static void put(const Gradient& gradient, std::int64_t j, double value) {
    if (!gradient.wanted()) return;
    double& out = gradient.tensor.as<double>()[j];
    out = gradient.adds() ? out + value : value;
  }
};

struct Triplets {
  std::vector<double> anchor = random_vector<double>(4 * 3, 1);
  std::vector<double> positive = random_vector<double>(4 * 3, 2);
  std::vector<double> negative = random_vector<double>(4 * 3, 3);
  std::vector<Tensor> inputs{tensor_of(anchor, {4, 3}), tensor_of(positive, {4, 3}), tensor_of(negative, {4, 3})};

  static Graph graph() {
    std::vector<SymbolicTensor> inputs;
    std::vector<SymbolicTensor> outputs;
    const Dense embed({.units = 2, .activation = Activation::kTanh});
    for (int i = 0; i < 3; ++i) {
      inputs.push_back(Input({.shape = {3}}));
      outputs.push_back(embed(inputs.back()));
    }
    return build_graph(inputs, outputs, DType::kFloat64);
  }
};

TEST_CASE("a loss over three outputs sends a gradient into each") {
  Triplets data;
  Graph graph = Triplets::graph();
  std::vector<GraphLoss> losses{{std::make_shared<SoftTriplet>(), graph.outputs, 0, 0, 2.0}};
  GraphRun run(std::move(graph), std::move(losses), data.inputs);
  run.check();
}

TEST_CASE("a loss over one output thrice adds to one gradient, and two losses add up") {
  Triplets data;
  Graph graph = Triplets::graph();
  const std::vector<ValueId> out = graph.outputs;
  std::vector<GraphLoss> losses{{std::make_shared<SoftTriplet>(), {out[0], out[1], out[0]}, 0, 0, 0.5},
                                {std::make_shared<SquareOfPrediction>(), {out[2]}, 0, 0, 3.0},
                                {std::make_shared<SquareOfPrediction>(), {out[0]}, 0, 0, 1.0}};
  GraphRun run(std::move(graph), std::move(losses), data.inputs);
  run.check();
}

}  // namespace
}  // namespace laminar::test
