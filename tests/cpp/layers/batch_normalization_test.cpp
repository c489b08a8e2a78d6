// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "layers/layer_check.hpp"

namespace laminar::test {
namespace {

constexpr double kEpsilon = 1e-2;  // so large that a batch of one row has gradients differences can measure

/// gamma (x - mean) / sqrt(variance + epsilon) + beta with mean and variance down the columns
Numbers naive_batch_normalization(const Numbers& x, std::size_t n, const double* gamma, const double* beta) {
  const std::size_t rows = x.size() / n;
  Numbers y(x.size());
  for (std::size_t c = 0; c < n; ++c) {
    double mean = 0;
    double variance = 0;
    for (std::size_t i = c; i < x.size(); i += n) mean += x[i] / static_cast<double>(rows);
    for (std::size_t i = c; i < x.size(); i += n) variance += std::pow(x[i] - mean, 2) / static_cast<double>(rows);
    for (std::size_t i = c; i < x.size(); i += n) {
      y[i] = (x[i] - mean) / std::sqrt(variance + kEpsilon);
      if (gamma != nullptr) y[i] *= gamma[c];
      if (beta != nullptr) y[i] += beta[c];
    }
  }
  return y;
}

/// With tanh behind it: the squares that are the loss of these tests do not depend on what is normalized.
LayerCase batch_normalization(const std::string& name, const Shape& input, bool center, bool scale) {
  const BatchNormalizationOptions options{.epsilon = kEpsilon,
                                          .center = center,
                                          .scale = scale,
                                          .beta_initializer = initializers::normal(1.0),
                                          .gamma_initializer = initializers::normal(1.0)};
  const auto n = static_cast<std::size_t>(input[-1]);
  return {name,
          {input},
          [options](const std::vector<SymbolicTensor>& x) {
            return ActivationLayer({.activation = Activation::kTanh})(BatchNormalization(options)(x[0]));
          },
          [=](std::int64_t, const std::vector<Numbers>& x, const std::vector<Numbers>& w) {
            const double* gamma = scale ? w[0].data() : nullptr;
            const double* beta = center ? w[scale ? 1 : 0].data() : nullptr;
            return mapped(naive_batch_normalization(x[0], n, gamma, beta), [](double z) { return std::tanh(z); });
          }};
}

TEST_CASE("BatchNormalization: values, gradients, bits") {
  check_layer(batch_normalization("five features", {5}, true, true));
  check_layer(batch_normalization("wide", {70}, true, true));
  check_layer(batch_normalization("one feature", {1}, true, true));
  check_layer(batch_normalization("over two axes", {3, 4}, true, true));
  check_layer(batch_normalization("gamma alone", {4}, false, true));
  check_layer(batch_normalization("beta alone", {4}, true, false));
  check_layer(batch_normalization("neither", {4}, false, false));
}

TEST_CASE("BatchNormalization predicts with moving averages, which training alone moves") {
  const SymbolicTensor x = Input({.shape = {2}});
  const BatchNormalization layer({.momentum = 0.75, .epsilon = 0.5});
  ModelCore model({x}, {layer(x)}, DType::kFloat64, 1);
  model.compile(compile_with({losses::SquaredError()}, SGD({.learning_rate = 0.0})));
  const Numbers rows{1, 10, 3, 30};
  const Numbers targets(4, 1.0);
  const View view(rows.data(), {2, 2});
  const View y(targets.data(), {2, 2});
  const auto state = [&] {
    Numbers all = GraphRun::numbers(model.parameters().state_view(0));
    for (const double number : GraphRun::numbers(model.parameters().state_view(1))) all.push_back(number);
    return all;
  };
  CHECK(state() == Numbers{0, 0, 1, 1});
  Numbers gradient(2);
  std::vector<void*> to{gradient.data(), gradient.data()};
  model.value_and_grad(context(), {.x = {&view, 1}, .y = {&y, 1}}, {}, to, {});
  CHECK(state() == Numbers{0, 0, 1, 1});
  model.train_on_batch(context(), {.x = {&view, 1}, .y = {&y, 1}});
  CHECK(state() == Numbers{0.5, 5, 1, 25.75});  // means 2 and 20, variances 1 and 100
  Numbers out(4);
  void* memory = out.data();
  model.predict(context(), {&view, 1}, 0, {&memory, 1});
  for (std::size_t i = 0; i < 4; ++i) {
    const double mean = i % 2 == 0 ? 0.5 : 5;
    const double variance = i % 2 == 0 ? 1 : 25.75;
    CHECK(out[i] == doctest::Approx((rows[i] - mean) / std::sqrt(variance + 0.5)).epsilon(1e-14));
  }
}

TEST_CASE("BatchNormalization takes no statistics of one row, unless it is frozen") {
  const SymbolicTensor x = Input({.shape = {2}});
  BatchNormalization layer({.name = "norm"});
  ModelCore model({x}, {layer(x)}, DType::kFloat64, 1);
  model.compile(compile_with({losses::SquaredError()}));
  const Numbers row{1, 2};
  const View view(row.data(), {1, 2});
  const Arrays arrays{.x = {&view, 1}, .y = {&view, 1}};
  check_throws<ShapeError>([&] { model.train_on_batch(context(), arrays); },
                           {"norm (BatchNormalization)", "at least 2 rows", "got 1"});
  check_throws<ValueError>([&] { model.fit(context(), arrays, {}); }, {"x: expected at least 2 rows", "norm", "got 1"});
  CHECK(model.steps == 0);
  layer.set_trainable(false);
  model.train_on_batch(context(), arrays);
  CHECK(GraphRun::numbers(model.parameters().state_view(0)) == Numbers{0, 0});
}

TEST_CASE("BatchNormalization refuses impossible options") {
  for (const double momentum : {-0.1, 1.1, std::nan("")}) {
    check_throws<ValueError>([&] { BatchNormalization({.momentum = momentum}); },
                             {"BatchNormalization: momentum", "from 0 to 1"});
  }
  for (const double epsilon : {0.0, -1.0, HUGE_VAL, std::nan("")}) {
    check_throws<ValueError>([&] { BatchNormalization({.epsilon = epsilon}); },
                             {"BatchNormalization: epsilon", "above 0"});
  }
}

}  // namespace
}  // namespace laminar::test
