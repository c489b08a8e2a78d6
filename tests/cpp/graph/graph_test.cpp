// SPDX-License-Identifier: BSD-3-Clause
#include "graph/graph.hpp"

#include <doctest/doctest.h>

#include "support/tensors.hpp"

namespace laminar::test {
namespace {

TEST_CASE("layers without a name get the first that is free, and keep it") {
  const SymbolicTensor x = Input({.shape = {2}});
  const Dense unnamed({.units = 2});
  const Dense named({.units = 2, .name = "dense_1"});
  const Dropout dropout({.rate = 0.1});
  const Graph graph = build_graph({x}, {dropout(named(unnamed(x)))}, DType::kFloat32);
  CHECK(unnamed.name() == "dense_2");
  CHECK(dropout.name() == "dropout_1");
  CHECK(graph.input_names[0] == "input_1");
  CHECK(graph.parameters[0].name == "dense_2.kernel");
  CHECK(graph.name_of_value(graph.outputs[0]) == "dropout_1");
}

TEST_CASE("what cannot be a model is refused") {
  const SymbolicTensor x = Input({.shape = {2}, .name = "x"});
  const SymbolicTensor other = Input({.shape = {2}, .name = "other"});
  const SymbolicTensor y = Dense({.units = 2, .name = "a"})(x);
  const auto build = [](const std::vector<SymbolicTensor>& inputs, const std::vector<SymbolicTensor>& outputs) {
    return [=] { build_graph(inputs, outputs, DType::kFloat32); };
  };
  check_throws<ValueError>(build({}, {y}), {"inputs", "at least one"});
  check_throws<ValueError>(build({x}, {}), {"outputs", "at least one"});
  check_throws<ValueError>(build({x, x}, {y}), {"twice"});
  check_throws<ValueError>(build({y}, {y}), {"made by Input", "a (Dense)"});
  check_throws<ValueError>(build({x}, {Add()({y, Dense({.units = 2})(other)})}),
                           {"not among the model's inputs", "other"});
  check_throws<ValueError>(build({x}, {Dense({.units = 2, .name = "a"})(y)}), {"two layers", "'a'"});
  check_throws<ValueError>(build({x, Input({.shape = {1}, .name = "x"})}, {y}), {"same name"});
}

TEST_CASE("a graph may be thousands of layers deep, and its float tensors have the model's dtype") {
  const SymbolicTensor x = Input({.shape = {2}});
  SymbolicTensor y = x;
  for (int i = 0; i < 5000; ++i) y = ActivationLayer({.activation = Activation::kTanh})(y);
  const Graph graph = build_graph({x}, {y}, DType::kFloat64);
  CHECK(graph.nodes.size() == 5000);
  CHECK(graph.value(graph.outputs[0]).spec.dtype == DType::kFloat64);
  CHECK(Input({.shape = {1}, .dtype = DType::kInt32}).dtype() == DType::kInt32);
  check_throws<TypeError>([] { Input({.shape = {1}, .dtype = DType::kUInt8}); }, {"Input: dtype", "uint8"});
}

TEST_CASE("a chain of calls may be deeper than the stack when it is destroyed") {
  SymbolicTensor y = Input({.shape = {2}});
  const LayerRef shared = Dropout({.rate = 0.1});
  for (int i = 0; i < 300'000; ++i) y = shared(y);
  CHECK(y.shape()[-1] == 2);
}

}  // namespace
}  // namespace laminar::test
