// SPDX-License-Identifier: BSD-3-Clause
//
// Graphs that meet what plan and execution do at their seams: every one is differentiated.
#include "graph/execution.hpp"

#include <doctest/doctest.h>

#include "layers/layer_check.hpp"

namespace laminar::test {
namespace {

using Tensors = std::vector<SymbolicTensor>;

SymbolicTensor act(const SymbolicTensor& x, Activation activation = Activation::kTanh) {
  return ActivationLayer({.activation = activation})(x);
}

const LayerCase kGraphs[] = {
    {"a residual block",
     {{4}},
     [](const Tensors& x) {
       const SymbolicTensor start = Dense({.units = 4})(x[0]);
       return Add()({act(Dense({.units = 4})(act(start))), start});
     },
     {}},
    {"a diamond of views",
     {{2, 3}},
     [](const Tensors& x) {
       const SymbolicTensor start = act(Dense({.units = 3})(x[0]));
       const SymbolicTensor turned = Reshape({.target_shape = {3, 2}})(start);
       return Concatenate()({Flatten()(act(turned)), Flatten()(start)});
     },
     {}},
    {"in place on a view of what backward still reads",
     {{6}},
     [](const Tensors& x) {
       const SymbolicTensor start = Dense({.units = 6, .activation = Activation::kSigmoid})(x[0]);
       return act(Reshape({.target_shape = {2, 3}})(start), Activation::kExponential);
     },
     {}},
    {"dropout between, its output read twice",
     {{5}},
     [](const Tensors& x) {
       const SymbolicTensor kept = Dropout({.rate = 0.4})(Dense({.units = 5})(x[0]));
       return Add()({act(kept), kept});
     },
     {}},
    {"an input that two branches and the end read",
     {{3}, {3}},
     [](const Tensors& x) {
       const SymbolicTensor both = Concatenate()({x[0], x[1]});
       return Add()({Dense({.units = 3})(both), x[0], act(x[1])});
     },
     {}},
    {"activations on activations, one that needs z",
     {{4}},
     [](const Tensors& x) {
       return act(act(act(Dense({.units = 4})(x[0]), Activation::kGelu), Activation::kSilu), Activation::kSoftplus);
     },
     {}},
    {"softmax in the middle",
     {{4}},
     [](const Tensors& x) { return Dense({.units = 2})(act(act(x[0], Activation::kSoftmax), Activation::kSoftmax)); },
     {}},
    {"an output that is an input under another shape",
     {{4}},
     [](const Tensors& x) {
       return Reshape({.target_shape = {2, 2}})(x[0]);
     },
     {}},
};

TEST_CASE("gradients of graphs, and their bits on any number of threads") {
  for (const LayerCase& graph : kGraphs) check_layer(graph);
}

TEST_CASE("a second forward pass with the same key is the same, and with another step is not") {
  const LayerCase noisy{"dropout", {{50}}, [](const Tensors& x) { return Dropout({.rate = 0.5})(x[0]); }, {}};
  LayerRun<double> run(noisy, 4);
  Execution& execution = run.run().execution();
  const auto output = [&](std::uint64_t seed, std::uint64_t step) {
    execution.forward(context(), {.seed = seed, .step = step});
    return GraphRun::numbers(execution.output(0));
  };
  CHECK(output(1, 1) == output(1, 1));
  CHECK(output(1, 1) != output(1, 2));
  CHECK(output(1, 1) != output(2, 1));
}

}  // namespace
}  // namespace laminar::test
