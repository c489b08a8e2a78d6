// SPDX-License-Identifier: BSD-3-Clause
#include "graph/fuse.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "laminar/losses.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

using Tensors = std::vector<SymbolicTensor>;

SymbolicTensor dense(const SymbolicTensor& x, Activation activation = Activation::kLinear) {
  return Dense({.units = 3, .activation = activation})(x);
}
SymbolicTensor act(const SymbolicTensor& x, Activation activation) {
  return ActivationLayer({.activation = activation})(x);
}

struct Fused {
  const char* name;
  Tensors (*outputs)(const SymbolicTensor& x);
  Loss loss;  ///< on the first output
  int absorbed;
  bool fused_loss;
};

const Fused kCases[] = {
    {"an activation behind Dense", [](const SymbolicTensor& x) { return Tensors{act(dense(x), Activation::kTanh)}; },
     losses::SquaredError(), 1, false},
    {"not behind a Dense that has one",
     [](const SymbolicTensor& x) { return Tensors{act(dense(x, Activation::kTanh), Activation::kTanh)}; },
     losses::SquaredError(), 0, false},
    {"not where somebody else looks at the tensor between",
     [](const SymbolicTensor& x) {
       const SymbolicTensor z = dense(x);
       return Tensors{Add()({act(z, Activation::kTanh), z})};
     },
     losses::SquaredError(), 0, false},
    {"not where it is an output",
     [](const SymbolicTensor& x) {
       const SymbolicTensor z = dense(x);
       return Tensors{act(z, Activation::kTanh), z};
     },
     losses::SquaredError(), 0, false},
    {"not behind a layer that takes none",
     [](const SymbolicTensor& x) {
       return Tensors{act(Add()({x, x}), Activation::kTanh)};
     },
     losses::SquaredError(), 0, false},
    {"softmax and cross entropy", [](const SymbolicTensor& x) { return Tensors{dense(x, Activation::kSoftmax)}; },
     losses::CrossEntropy(), 0, true},
    {"the same with an Activation",
     [](const SymbolicTensor& x) { return Tensors{act(dense(x), Activation::kSoftmax)}; }, losses::CrossEntropy(), 1,
     true},
    {"an Activation on an input", [](const SymbolicTensor& x) { return Tensors{act(x, Activation::kSoftmax)}; },
     losses::CrossEntropy(), 0, true},
    {"sigmoid and binary cross entropy",
     [](const SymbolicTensor& x) { return Tensors{dense(x, Activation::kSigmoid)}; }, losses::BinaryCrossEntropy(), 0,
     true},
    {"not what has no stable form together",
     [](const SymbolicTensor& x) { return Tensors{dense(x, Activation::kSigmoid)}; }, losses::CrossEntropy(), 0, false},
    {"not what is from logits already", [](const SymbolicTensor& x) { return Tensors{dense(x, Activation::kSoftmax)}; },
     losses::CrossEntropy({.from_logits = true}), 0, false},
    {"not where the probabilities go on",
     [](const SymbolicTensor& x) {
       const SymbolicTensor p = dense(x, Activation::kSoftmax);
       return Tensors{p, dense(p)};
     },
     losses::CrossEntropy(), 0, false},
};

TEST_CASE("what is fused and what is not") {
  for (const Fused& wanted : kCases) {
    CAPTURE(wanted.name);
    const SymbolicTensor x = Input({.shape = {3}});
    const Graph graph = build_graph({x}, wanted.outputs(x), DType::kFloat32);
    const std::vector<GraphLoss> losses{{wanted.loss.shared_function(), {graph.outputs[0]}, 0, 1, 1.0}};
    const Fusion fusion = fuse(graph, losses);
    CHECK(std::count(fusion.absorbed.begin(), fusion.absorbed.end(), true) == wanted.absorbed);
    CHECK(fusion.fused_losses[0] == wanted.fused_loss);
  }
}

TEST_CASE("two losses on one tensor leave it as it is") {
  const SymbolicTensor x = Input({.shape = {3}});
  const Graph graph = build_graph({x}, {dense(x, Activation::kSoftmax)}, DType::kFloat32);
  const GraphLoss loss{losses::CrossEntropy().shared_function(), {graph.outputs[0]}, 0, 1, 1.0};
  const Fusion fusion = fuse(graph, std::vector{loss, loss});
  CHECK_FALSE(fusion.fused_losses[0]);
  CHECK_FALSE(fusion.fused_losses[1]);
}

TEST_CASE("what no output and no loss depends on is not needed") {
  const SymbolicTensor x = Input({.shape = {3}});
  const SymbolicTensor kept = dense(x);
  std::vector<ValueId> ids;
  const Graph graph = build_graph({x}, {dense(x)}, DType::kFloat32, {kept}, &ids);
  const Fusion fusion = fuse(graph, {});
  CHECK(std::count(fusion.needed.begin(), fusion.needed.end(), true) == 1);
}

}  // namespace
}  // namespace laminar::test
