// SPDX-License-Identifier: BSD-3-Clause
#include "layers/layer_check.hpp"

namespace laminar::test {
namespace {

Numbers same(std::int64_t, const std::vector<Numbers>& x, const std::vector<Numbers>&) { return x[0]; }

TEST_CASE("Flatten and Reshape: values, gradients, bits") {
  check_layer({"flatten", {{2, 3, 2}}, [](const std::vector<SymbolicTensor>& x) { return Flatten()(x[0]); }, same});
  check_layer({"reshape",
               {{2, 6}},
               [](const std::vector<SymbolicTensor>& x) {
                 return Reshape({.target_shape = {3, -1}})(x[0]);
               },
               same});
  check_layer({"a view that two read, one of them in place",
               {{2, 3}},
               [](const std::vector<SymbolicTensor>& x) {
                 const SymbolicTensor sum = Add()({x[0], x[0]});
                 const SymbolicTensor view = Flatten()(sum);
                 const SymbolicTensor active = ActivationLayer({.activation = Activation::kTanh})(view);
                 return Concatenate()({active, Flatten()(sum)});
               },
               {}});
  check_layer({"a view of an input, twice over",
               {{4}},
               [](const std::vector<SymbolicTensor>& x) {
                 const SymbolicTensor square = Reshape({.target_shape = {2, 2}})(x[0]);
                 return Add()({Flatten()(square), x[0]});
               },
               [](std::int64_t, const std::vector<Numbers>& x, const std::vector<Numbers>&) {
                 return mapped(x[0], [](double v) { return 2 * v; });
               }});
}

struct Target {
  Shape input, target, output;
};

TEST_CASE("shapes of Flatten and Reshape, free axes included") {
  const Target targets[] = {{{6}, {2, 3}, {kFree, 2, 3}},
                            {{2, 3}, {-1}, {kFree, 6}},
                            {{2, 3}, {3, -1, 1}, {kFree, 3, 2, 1}},
                            {{kFree, 3}, {-1, 3}, {kFree, kFree, 3}},
                            {{}, {1}, {kFree, 1}}};
  for (const Target& target : targets) {
    CHECK(Reshape({.target_shape = target.target})(Input({.shape = target.input})).shape() == target.output);
  }
  CHECK(Flatten()(Input({.shape = {2, 3}})).shape() == Shape{kFree, 6});
  CHECK(Flatten()(Input({.shape = {kFree, 3}})).shape() == Shape{kFree, kFree});
}

TEST_CASE("Reshape refuses what has other numbers of elements") {
  const SymbolicTensor x = Input({.shape = {2, 3}});
  check_throws<ShapeError>([&] { Reshape({.target_shape = {5}, .name = "r"})(x); }, {"r (Reshape)", "(5,)", "got 6"});
  check_throws<ShapeError>([&] { Reshape({.target_shape = {4, -1}})(x); }, {"4 times something", "got 6"});
  check_throws<ShapeError>([&] { Reshape({.target_shape = {0, -1}})(x); }, {"got 6"});
  check_throws<ValueError>(
      [] {
        Reshape({.target_shape = {-1, -1}});
      },
      {"target_shape", "at most one", "(None, None)"});
  check_throws<ShapeError>(
      [&] {
        Reshape({.target_shape = {std::int64_t{1} << 40, std::int64_t{1} << 40}})(x);
      },
      {"overflows"});
  check_throws<ShapeError>([&] { Reshape({.target_shape = {3}})(Input({.shape = {kFree, 3}})); }, {"known size"});
}

}  // namespace
}  // namespace laminar::test
