// SPDX-License-Identifier: BSD-3-Clause
//
// What every layer is held to: the values of a plain loop in double, the gradients of differences, the same bits on any
// number of threads; in float and double and on every instruction set of this machine.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "laminar/runtime.hpp"
#include "support/close.hpp"
#include "support/gradient_check.hpp"
#include "support/losses.hpp"

namespace laminar::test {

using Numbers = std::vector<double>;

struct LayerCase {
  std::string name;
  /// Of one example, by input.
  std::vector<Shape> inputs;
  std::function<SymbolicTensor(const std::vector<SymbolicTensor>&)> build;
  /// The output for `rows` examples; empty where the graph is only to be differentiated.
  std::function<Numbers(std::int64_t rows, const std::vector<Numbers>& x, const std::vector<Numbers>& parameters)>
      expected;
};

/// A case with data in memory, ready to run.
template <class T>
class LayerRun {
 public:
  LayerRun(const LayerCase& layer, std::int64_t rows) : rows_(rows) {
    std::vector<SymbolicTensor> symbolic;
    std::mt19937 engine(1);
    std::uniform_real_distribution<T> uniform(-2, 2);
    for (const Shape& shape : layer.inputs) {
      symbolic.push_back(Input({.shape = shape}));
      x_.emplace_back(static_cast<std::size_t>(shape.with_leading(rows).size()));
      for (T& number : x_.back()) number = uniform(engine);
    }
    std::vector<Tensor> tensors;
    for (std::size_t i = 0; i < x_.size(); ++i) tensors.push_back(tensor_of(x_[i], layer.inputs[i].with_leading(rows)));
    Graph graph = build_graph(symbolic, {layer.build(symbolic)}, dtype_of<T>);
    std::vector<GraphLoss> losses = squares_of_outputs(graph);
    run_.emplace(std::move(graph), std::move(losses), std::move(tensors));
  }

  GraphRun& run() { return *run_; }

  void check_values(const LayerCase& layer) {
    std::vector<Numbers> x;
    std::vector<Numbers> parameters;
    for (const std::vector<T>& numbers : x_) x.emplace_back(numbers.begin(), numbers.end());
    for (std::size_t i = 0; i < run_->parameters().count(); ++i) {
      parameters.push_back(GraphRun::numbers(run_->parameters().view(i)));
    }
    run_->loss();
    const Numbers found = GraphRun::numbers(run_->execution().output(0));
    const Numbers expected = layer.expected(rows_, x, parameters);
    check_close(std::vector<T>(found.begin(), found.end()), std::vector<T>(expected.begin(), expected.end()), 64);
  }

  /// Output, gradients of parameters and of inputs, one after the other.
  std::vector<Numbers> results(const Context& context) {
    run_->compute_with(context);
    run_->loss();
    std::vector<Numbers> all{GraphRun::numbers(run_->execution().output(0))};
    run_->backward();
    for (std::size_t i = 0; i < run_->parameters().count(); ++i) {
      all.push_back(GraphRun::numbers(run_->parameters().gradient(i)));
    }
    for (std::size_t i = 0; i < x_.size(); ++i) all.push_back(GraphRun::numbers(run_->execution().input_gradient(i)));
    return all;
  }

 private:
  std::int64_t rows_;
  std::vector<std::vector<T>> x_;
  std::optional<GraphRun> run_;
};

template <class T>
void check_layer_in(const LayerCase& layer) {
  for (const std::string& isa : available_isas()) {
    CAPTURE(isa);
    for (const std::int64_t rows : {1, 3, 8}) {
      if (!layer.expected) continue;
      CAPTURE(rows);
      LayerRun<T> run(layer, rows);
      run.run().compute_with({&kernel_table(isa), 1, nullptr});
      run.check_values(layer);
    }
    LayerRun<T> large(layer, 1500);
    const std::vector<Numbers> alone = large.results({&kernel_table(isa), 1, nullptr});
    for (const int threads : {2, 4}) {
      CAPTURE(threads);
      CHECK(large.results({&kernel_table(isa), threads, nullptr}) == alone);
    }
  }
}

inline void check_layer(const LayerCase& layer) {
  CAPTURE(layer.name);
  check_layer_in<float>(layer);
  check_layer_in<double>(layer);
  LayerRun<double>(layer, 3).run().check();
}

/// Applies a function of one number to all.
inline Numbers mapped(Numbers numbers, const std::function<double(double)>& function) {
  for (double& number : numbers) number = function(number);
  return numbers;
}

}  // namespace laminar::test
