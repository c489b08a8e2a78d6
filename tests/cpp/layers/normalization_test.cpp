// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <limits>

#include "laminar/model.hpp"
#include "layers/layer_check.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

TEST_CASE("Normalization: values, gradients, bits") {
  const NormalizationOptions options{.mean = Numbers{0.5, -1, 3}, .std = Numbers{2, 0, 0.25}};
  check_layer({"of given mean and std",
               {{2, 3}},
               [options](const std::vector<SymbolicTensor>& x) { return Normalization(options)(x[0]); },
               [options](std::int64_t, const std::vector<Numbers>& x, const std::vector<Numbers>&) {
                 Numbers y = x[0];
                 for (std::size_t i = 0; i < y.size(); ++i) {
                   const double std = (*options.std)[i % 3];
                   y[i] = std == 0 ? 0 : (y[i] - (*options.mean)[i % 3]) / std;
                 }
                 return y;
               }});
}

/// 300 x 350 numbers, so that they come in blocks; column c has mean c about 1e6 and a constant one is among them.
Numbers data() {
  Numbers x = random_vector<double>(300 * 350, 1);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = i % 350 == 7 ? 0.1 : x[i] + 1e6 + static_cast<double>(i % 350);
  return x;
}

void check_normalizes(Model<double>& model, const Numbers& x) {
  const std::vector<double> y = model.predict(View(x.data(), {300, 350}));
  for (std::size_t c = 0; c < 350; ++c) {
    double mean = 0;
    double variance = 0;
    for (std::size_t i = c; i < y.size(); i += 350) mean += y[i] / 300;
    for (std::size_t i = c; i < y.size(); i += 350) variance += std::pow(y[i] - mean, 2) / 300;
    REQUIRE(std::abs(mean) < 1e-9);  // 1e6 epsilon is 2e-10
    REQUIRE(std::abs(variance - (c == 7 ? 0 : 1)) < 1e-9);
    if (c == 7) REQUIRE(y[c] == 0.0);
  }
}

TEST_CASE("Normalization adapts before and after it is part of a model") {
  const Numbers x = data();
  const View view(x.data(), {300, 350});
  Normalization before;
  before.adapt(view);
  Model<double> first(Sequential{Input({.shape = {350}}), before});
  check_normalizes(first, x);
  Normalization after;
  Model<double> second(Sequential{Input({.shape = {350}}), after});
  check_throws<StateError>([&] { second.predict(view); }, {"normalization_1 (Normalization)", "adapt"});
  after.adapt(view);
  check_normalizes(second, x);
  CHECK(first.weights() == second.weights());
  after.adapt(View(x.data(), {100, 3, 350}));  // other blocks, so other roundings
  check_normalizes(second, x);
}

TEST_CASE("Normalization refuses what it cannot adapt to, and stays as it was") {
  Normalization layer({.name = "n"});
  Numbers x{1, 2, 3, std::numeric_limits<double>::quiet_NaN()};
  check_throws<ShapeError>([&] { layer.adapt(View(x.data(), {4})); },
                           {"n (Normalization): adapt: x", "2 axes", "(4,)"});
  check_throws<ValueError>([&] { layer.adapt(View(x.data(), {0, 4})); }, {"adapt: x", "at least one row", "(0, 4)"});
  check_throws<ValueError>([&] { layer.adapt(View(x.data(), {2, 2})); }, {"adapt: x", "finite", "nan", "[1, 1]"});
  layer.adapt(View(x.data(), {1, 3}));
  check_throws<ShapeError>([&] { layer(Input({.shape = {2}})); }, {"n (Normalization)", "3 input features", "got 2"});
  Model<float> model(Sequential{Input({.shape = {3}}), layer});
  check_throws<ShapeError>([&] { layer.adapt(View(x.data(), {1, 2})); }, {"adapt: x", "3 features", "got 2"});
  CHECK(model.weights() == std::vector<std::vector<float>>{{1, 2, 3}, {0, 0, 0}});
}

TEST_CASE("Normalization refuses impossible options") {
  using Options = NormalizationOptions;
  const double nan = std::nan("");
  const auto make = [](const Options& options) { return [options] { Normalization{options}; }; };
  check_throws<ValueError>(make({.mean = Numbers{1}}), {"Normalization: std", "beside mean"});
  check_throws<ValueError>(make({.std = Numbers{1}}), {"Normalization: mean", "beside std"});
  check_throws<ValueError>(make({.mean = Numbers{1, 2}, .std = Numbers{1}}), {"Normalization: std", "1 and 2"});
  check_throws<ValueError>(make({.mean = Numbers{nan}, .std = Numbers{1}}), {"Normalization: mean", "finite"});
  check_throws<ValueError>(make({.mean = Numbers{1}, .std = Numbers{-1}}), {"Normalization: std", "at least 0"});
}

}  // namespace
}  // namespace laminar::test
