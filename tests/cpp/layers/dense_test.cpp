// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "layers/layer_check.hpp"

namespace laminar::test {
namespace {

/// act(X W + b) with three loops
Numbers naive_dense(const Numbers& x, const Numbers& kernel, const Numbers& bias, std::int64_t in, std::int64_t units,
                    const std::function<double(double)>& act) {
  const auto rows = static_cast<std::int64_t>(x.size()) / in;
  Numbers y;
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < units; ++j) {
      double sum = bias.empty() ? 0.0 : bias[static_cast<std::size_t>(j)];
      for (std::int64_t k = 0; k < in; ++k) {
        sum += x[static_cast<std::size_t>(i * in + k)] * kernel[static_cast<std::size_t>(k * units + j)];
      }
      y.push_back(act(sum));
    }
  }
  return y;
}

LayerCase dense(const std::string& name, const Shape& input, DenseOptions options,
                const std::function<double(double)>& act) {
  options.bias_initializer = initializers::normal(1.0);
  const std::int64_t in = input[-1];
  return {name,
          {input},
          [options](const std::vector<SymbolicTensor>& x) { return Dense(options)(x[0]); },
          [=](std::int64_t, const std::vector<Numbers>& x, const std::vector<Numbers>& w) {
            return naive_dense(x[0], w[0], options.use_bias ? w[1] : Numbers(), in, options.units, act);
          }};
}

TEST_CASE("Dense: values, gradients, bits") {
  const auto id = [](double z) { return z; };
  check_layer(dense("linear", {5}, {.units = 3}, id));
  check_layer(dense("one by one", {1}, {.units = 1}, id));
  check_layer(dense("wide", {33}, {.units = 70}, id));
  check_layer(dense("without bias", {4}, {.units = 6, .use_bias = false}, id));
  check_layer(dense("on the last of three axes", {2, 5}, {.units = 4}, id));
  check_layer(dense("tanh", {5}, {.units = 7, .activation = Activation::kTanh}, [](double z) { return std::tanh(z); }));
  check_layer(dense("leaky relu with a slope of its own", {5},
                    {.units = 3, .activation = ActivationSpec(Activation::kLeakyRelu, 0.3)},
                    [](double z) { return z > 0 ? z : 0.3 * z; }));
  check_layer(dense("silu, which backward computes from z", {6}, {.units = 5, .activation = Activation::kSilu},
                    [](double z) { return z / (1 + std::exp(-z)); }));
}

TEST_CASE("Dense with softmax: values, gradients, bits") {
  check_layer({"softmax",
               {{4}},
               [](const std::vector<SymbolicTensor>& x) {
                 return Dense({.units = 3, .activation = Activation::kSoftmax})(x[0]);
               },
               [](std::int64_t, const std::vector<Numbers>& x, const std::vector<Numbers>& w) {
                 Numbers y = naive_dense(x[0], w[0], w[1], 4, 3, [](double z) { return std::exp(z); });
                 for (std::size_t row = 0; row < y.size(); row += 3) {
                   const double sum = y[row] + y[row + 1] + y[row + 2];
                   for (std::size_t j = row; j < row + 3; ++j) y[j] /= sum;
                 }
                 return y;
               }});
}

TEST_CASE("Dense refuses what it cannot work on, by name") {
  const Dense layer({.units = 3, .name = "head"});
  const auto call = [&](const InputOptions& options) { return [&layer, options] { layer(Input(options)); }; };
  check_throws<ShapeError>(call({.shape = {}}), {"head (Dense)", "at least 2 axes", "(None,)"});
  check_throws<ShapeError>(call({.shape = {kFree}}), {"head (Dense)", "known length", "(None, None)"});
  check_throws<ShapeError>(call({.shape = {0}}), {"head (Dense)", "at least 1 input feature", "(None, 0)"});
  check_throws<ShapeError>(call({.shape = {2}, .dtype = DType::kInt32}), {"head (Dense)", "floating-point", "int32"});
  check_throws<ShapeError>([&] { layer({Input({.shape = {2}}), Input({.shape = {2}})}); }, {"1 input", "got 2"});
  check_throws<ValueError>([] { Dense({.units = 0}); }, {"Dense: units", "at least 1", "got 0"});
}

TEST_CASE("Dense starts with He normal before the relu kinds and Glorot uniform otherwise") {
  for (const auto& [activation, expected] : {std::pair{Activation::kRelu, Initializer::Kind::kHeNormal},
                                             std::pair{Activation::kGelu, Initializer::Kind::kHeNormal},
                                             std::pair{Activation::kTanh, Initializer::Kind::kGlorotUniform},
                                             std::pair{Activation::kSoftmax, Initializer::Kind::kGlorotUniform}}) {
    const SymbolicTensor x = Input({.shape = {2}});
    const Graph graph = build_graph({x}, {Dense({.units = 2, .activation = activation})(x)}, DType::kFloat32);
    CHECK(graph.parameters[0].initializer.kind == expected);
    CHECK(graph.parameters[1].initializer.kind == Initializer::Kind::kZeros);
    CHECK(graph.parameters[0].name == "dense_1.kernel");
  }
}

}  // namespace
}  // namespace laminar::test
