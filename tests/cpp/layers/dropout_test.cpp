// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "layers/layer_check.hpp"

namespace laminar::test {
namespace {

LayerCase dropout(double rate) {
  return {"rate " + std::to_string(rate),
          {{9}},
          [rate](const std::vector<SymbolicTensor>& x) { return Dropout({.rate = rate})(x[0]); },
          {}};
}

TEST_CASE("Dropout: gradients of one mask, bits on any number of threads") {
  for (const double rate : {0.0, 0.3, 0.9}) check_layer(dropout(rate));
}

TEST_CASE("Dropout keeps the share it says, scaled so that the mean stays") {
  for (const double rate : {0.2, 0.5}) {
    LayerRun<double> run(dropout(rate), 4000);
    const std::vector<Numbers> results = run.results(context());
    std::vector<double> kept;
    // The loss is 1/2 sum y^2 / m, so the gradient of x is y d / m: 0 where dropped, y / (m keep) where kept.
    for (const double y : results[0]) {
      if (y != 0.0) kept.push_back(y);
    }
    const double n = static_cast<double>(results[0].size());
    CHECK(std::abs(static_cast<double>(kept.size()) / n - (1 - rate)) < 5 * std::sqrt(rate * (1 - rate) / n));
    for (std::size_t i = 0; i < results[0].size(); ++i) {
      REQUIRE(results[1][i] == doctest::Approx(results[0][i] / (1 - rate) / 4000));
    }
  }
}

TEST_CASE("each call of a dropout layer draws a mask of its own, and so does each step") {
  const SymbolicTensor x = Input({.shape = {64}});
  const Dropout layer({.rate = 0.5});
  ModelCore model({x}, {layer(x), layer(x)}, DType::kFloat64, 1);
  const SymbolicTensor y = Input({.shape = {1}});
  const std::vector<double> ones(64, 1.0);
  model.compile(compile_with({losses::SquaredError(), losses::SquaredError()}));
  const View view(ones.data(), {1, 64});
  const std::vector<View> targets{view, view};
  const auto masks = [&] {
    std::vector<double> dx(64);
    std::vector<void*> to{dx.data()};
    model.value_and_grad(context(), {.x = {&view, 1}, .y = targets}, {.parameters = false, .inputs = true}, {}, to);
    return dx;
  };
  const std::vector<double> first = masks();
  // p = 2 or 0: each branch adds 2 (p - 1) = 2, or 0; with equal masks no element would be 2.
  CHECK(std::count(first.begin(), first.end(), 2.0) > 10);
  CHECK(masks() == first);
  model.steps = 1;
  CHECK(masks() != first);
}

TEST_CASE("Dropout does nothing when predicting") {
  const SymbolicTensor x = Input({.shape = {3}});
  ModelCore model({x}, {Dropout({.rate = 0.9})(x)}, DType::kFloat32, 1);
  const std::vector<float> numbers{1, 2, 3, 4, 5, 6};
  std::vector<float> out(6);
  void* to = out.data();
  const View view(numbers.data(), {2, 3});
  model.predict(context(), {&view, 1}, 0, {&to, 1});
  CHECK(out == numbers);
}

TEST_CASE("Dropout refuses impossible rates") {
  for (const double rate : {-0.1, 1.0, std::nan("")}) {
    check_throws<ValueError>([&] { Dropout({.rate = rate}); }, {"Dropout: rate", "0 <= rate < 1"});
  }
}

}  // namespace
}  // namespace laminar::test
