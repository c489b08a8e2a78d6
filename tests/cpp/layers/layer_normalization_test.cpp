// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "layers/layer_check.hpp"

namespace laminar::test {
namespace {

constexpr double kEpsilon = 1e-2;

/// gamma (x - mean) / sqrt(variance + epsilon) + beta with mean and variance along the rows
Numbers naive_layer_normalization(const Numbers& x, std::size_t n, const double* gamma, const double* beta) {
  Numbers y(x.size());
  const auto count = static_cast<double>(n);
  for (std::size_t row = 0; row < x.size(); row += n) {
    double mean = 0;
    double variance = 0;
    for (std::size_t i = row; i < row + n; ++i) mean += x[i] / count;
    for (std::size_t i = row; i < row + n; ++i) variance += std::pow(x[i] - mean, 2) / count;
    for (std::size_t c = 0; c < n; ++c) {
      y[row + c] = (x[row + c] - mean) / std::sqrt(variance + kEpsilon);
      if (gamma != nullptr) y[row + c] *= gamma[c];
      if (beta != nullptr) y[row + c] += beta[c];
    }
  }
  return y;
}

/// With tanh behind it: without gamma the squares that are the loss of these tests do not depend on the input.
LayerCase layer_normalization(const std::string& name, const Shape& input, bool center, bool scale) {
  const LayerNormalizationOptions options{.epsilon = kEpsilon,
                                          .center = center,
                                          .scale = scale,
                                          .beta_initializer = initializers::normal(1.0),
                                          .gamma_initializer = initializers::normal(1.0)};
  const auto n = static_cast<std::size_t>(input[-1]);
  return {name,
          {input},
          [options](const std::vector<SymbolicTensor>& x) {
            return ActivationLayer({.activation = Activation::kTanh})(LayerNormalization(options)(x[0]));
          },
          [=](std::int64_t, const std::vector<Numbers>& x, const std::vector<Numbers>& w) {
            const double* gamma = scale ? w[0].data() : nullptr;
            const double* beta = center ? w[scale ? 1 : 0].data() : nullptr;
            return mapped(naive_layer_normalization(x[0], n, gamma, beta), [](double z) { return std::tanh(z); });
          }};
}

TEST_CASE("LayerNormalization: values, gradients, bits") {
  check_layer(layer_normalization("five features", {5}, true, true));
  check_layer(layer_normalization("wide", {70}, true, true));
  check_layer(layer_normalization("one feature", {1}, true, true));
  check_layer(layer_normalization("on the last of three axes", {3, 4}, true, true));
  check_layer(layer_normalization("gamma alone", {4}, false, true));
  check_layer(layer_normalization("beta alone", {4}, true, false));
  check_layer(layer_normalization("neither", {4}, false, false));
}

TEST_CASE("LayerNormalization refuses impossible options and inputs") {
  for (const double epsilon : {0.0, -1.0, HUGE_VAL, std::nan("")}) {
    check_throws<ValueError>([&] { LayerNormalization({.epsilon = epsilon}); },
                             {"LayerNormalization: epsilon", "above 0"});
  }
  check_throws<ShapeError>([] { LayerNormalization()(Input({.shape = {kFree}})); },
                           {"LayerNormalization", "known length"});
}

}  // namespace
}  // namespace laminar::test
