// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "layers/layer_check.hpp"

namespace laminar::test {
namespace {

struct Function {
  Activation kind;
  double (*value)(double z);
};

double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

const Function kFunctions[] = {
    {Activation::kLinear, [](double z) { return z; }},
    {Activation::kSigmoid, sigmoid},
    {Activation::kTanh, [](double z) { return std::tanh(z); }},
    {Activation::kRelu, [](double z) { return z > 0 ? z : 0; }},
    {Activation::kLeakyRelu, [](double z) { return z > 0 ? z : 0.01 * z; }},
    {Activation::kElu, [](double z) { return z > 0 ? z : std::expm1(z); }},
    {Activation::kSelu, [](double z) { return 1.0507009873554805 * (z > 0 ? z : 1.6732632423543772 * std::expm1(z)); }},
    {Activation::kGelu, [](double z) { return z / 2 * std::erfc(-z / std::sqrt(2.0)); }},
    {Activation::kGeluTanh,
     [](double z) {
       return z / 2 * (1 + std::tanh(std::sqrt(2 / 3.14159265358979323846) * (z + 0.044715 * z * z * z)));
     }},
    {Activation::kSilu, [](double z) { return z * sigmoid(z); }},
    {Activation::kSoftplus, [](double z) { return std::log1p(std::exp(z)); }},
    {Activation::kExponential, [](double z) { return std::exp(z); }},
};

TEST_CASE("Activation: values, gradients, bits") {
  for (const Function& function : kFunctions) {
    const auto build = [&](const std::vector<SymbolicTensor>& x) {
      return ActivationLayer({.activation = function.kind})(x[0]);
    };
    check_layer({std::string(name_of(function.kind)),
                 {{3, 7}},
                 build,
                 [&](std::int64_t, const std::vector<Numbers>& x, const std::vector<Numbers>&) {
                   return mapped(x[0], function.value);
                 }});
  }
}

TEST_CASE("an activation on a value that others read as well leaves it alone") {
  for (const Function& function : kFunctions) {
    const auto build = [&](const std::vector<SymbolicTensor>& x) {
      const SymbolicTensor twice = Add()({x[0], x[0]});
      return Add()({twice, ActivationLayer({.activation = function.kind})(twice)});
    };
    check_layer({std::string(name_of(function.kind)),
                 {{5}},
                 build,
                 [&](std::int64_t, const std::vector<Numbers>& x, const std::vector<Numbers>&) {
                   return mapped(x[0], [&](double z) { return 2 * z + function.value(2 * z); });
                 }});
  }
}

TEST_CASE("Activation refuses ids") {
  check_throws<ShapeError>(
      [] {
        ActivationLayer({.activation = Activation::kRelu, .name = "a"})(Input({.shape = {2}, .dtype = DType::kInt32}));
      },
      {"a (Activation)", "floating-point", "int32"});
}

}  // namespace
}  // namespace laminar::test
