// SPDX-License-Identifier: BSD-3-Clause
#include "layers/layer_check.hpp"

namespace laminar::test {
namespace {

SymbolicTensor doubled(const SymbolicTensor& x) { return Add()({x, x}); }

Numbers combined(const std::vector<Numbers>& x, const std::vector<double>& factors) {
  Numbers y(x[0].size(), 0.0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < y.size(); ++j) y[j] += factors[i] * x[i][j];
  }
  return y;
}

struct Sum {
  const char* name;
  std::size_t inputs;
  SymbolicTensor (*build)(const std::vector<SymbolicTensor>& x);
  std::vector<double> factors;
};

// Doubled first, so that the sums are of memory that the plan owns and may reuse.
const Sum kSums[] = {
    {"a + b", 2, [](const std::vector<SymbolicTensor>& x) { return Add()(x); }, {1, 1}},
    {"a + b + c",
     3,
     [](const std::vector<SymbolicTensor>& x) {
       return Add()({doubled(x[0]), x[1], x[2]});
     },
     {2, 1, 1}},
    {"a + b + a",
     2,
     [](const std::vector<SymbolicTensor>& x) {
       const SymbolicTensor a = doubled(x[0]);
       return Add()({a, doubled(x[1]), a});
     },
     {4, 2}},
    {"a + a + b",
     2,
     [](const std::vector<SymbolicTensor>& x) {
       const SymbolicTensor a = doubled(x[0]);
       return doubled(Add()({a, a, doubled(x[1])}));
     },
     {8, 4}},
    {"a + b + a under another shape",
     2,
     [](const std::vector<SymbolicTensor>& x) {
       const SymbolicTensor a = doubled(x[0]);
       const SymbolicTensor view = Reshape({.target_shape = {2, 3}})(Flatten()(a));
       return doubled(Add()({a, doubled(x[1]), view}));
     },
     {8, 4}},
};

TEST_CASE("Add: values, gradients, bits") {
  for (const Sum& sum : kSums) {
    check_layer({sum.name, std::vector<Shape>(sum.inputs, Shape{2, 3}), sum.build,
                 [&](std::int64_t, const std::vector<Numbers>& x, const std::vector<Numbers>&) {
                   return combined(x, sum.factors);
                 }});
  }
}

TEST_CASE("Add refuses other shapes, ids and a single input") {
  const Add layer({.name = "sum"});
  const SymbolicTensor a = Input({.shape = {2}});
  check_throws<ShapeError>([&] { layer({a, Input({.shape = {3}})}); }, {"sum (Add)", "(None, 2)", "(None, 3)"});
  check_throws<ShapeError>([&] { layer(a); }, {"sum (Add)", "at least 2", "got 1"});
  check_throws<ShapeError>([&] { layer({Input({.shape = {2}, .dtype = DType::kInt32}), a}); }, {"sum (Add)", "int32"});
}

}  // namespace
}  // namespace laminar::test
