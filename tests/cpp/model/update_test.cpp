// SPDX-License-Identifier: BSD-3-Clause
//
// What optimizers share: schedules, clipping, the average of the weights, several batches a step; alone and together.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "laminar/laminar.hpp"
#include "support/close.hpp"
#include "support/tables.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

constexpr std::int64_t kRows = 37;

/// Data and a network without random layers, in double.
struct Problem {
  std::vector<double> x = random_vector<double>(kRows * 5, 1);
  std::vector<double> y = random_vector<double>(kRows * 2, 2);
  std::vector<double> weight = random_vector<double>(kRows, 3, 0.0, 2.0);

  View rows(std::int64_t first, std::int64_t count) const { return {x.data() + first * 5, {count, 5}}; }
  View targets(std::int64_t first, std::int64_t count) const { return {y.data() + first * 2, {count, 2}}; }
  View weights(std::int64_t first, std::int64_t count) const { return {weight.data() + first, {count}}; }

  static Model<double> model(const Optimizer& optimizer, int threads = 1) {
    const Regularizer penalty{.l1 = 0.1, .l2 = 0.7};
    Model<double> model(Sequential{Input({.shape = {5}}),
                                   Dense({.units = 9, .activation = Activation::kTanh, .kernel_regularizer = penalty}),
                                   Dense({.units = 2})},
                        {.seed = 4, .threads = threads});
    model.compile({.optimizer = optimizer, .loss = losses::SquaredError()});
    return model;
  }

  double step(Model<double>& model, std::int64_t first, std::int64_t count) const {
    return model.train_on_batch(rows(first, count), targets(first, count), weights(first, count));
  }
};

void check_weights(const Model<double>& model, const std::vector<std::vector<double>>& expected, double epsilons) {
  const auto weights = model.weights();
  REQUIRE(weights.size() == expected.size());
  for (std::size_t i = 0; i < weights.size(); ++i) check_close(weights[i], expected[i], epsilons);
}

Adam adam(UpdateOptions update) { return Adam({.learning_rate = 0.05, .update = update}); }

TEST_CASE("three batches of one step are one batch, penalties and weights included") {
  const Problem data;
  for (const int threads : {1, 3}) {
    Model<double> parts = Problem::model(adam({.gradient_accumulation_steps = 3}), threads);
    Model<double> whole = Problem::model(adam({}), threads);
    for (int round = 0; round < 4; ++round) {
      const auto before = parts.weights();
      data.step(parts, 0, 7);
      data.step(parts, 7, 20);
      CHECK(parts.weights() == before);
      CHECK(parts.steps() == round);
      data.step(parts, 27, 10);
      data.step(whole, 0, 37);
      CHECK(parts.steps() == whole.steps());
      check_weights(parts, whole.weights(), 1000);
    }
  }
}

TEST_CASE("an epoch's last step takes what is left, so fit is fit with larger batches") {
  const Problem data;
  Model<double> parts = Problem::model(adam({.gradient_accumulation_steps = 3}));
  Model<double> whole = Problem::model(adam({}));
  const FitOptions options{.batch_size = 5, .epochs = 3, .sample_weight = {data.weights(0, kRows)}};
  FitOptions large = options;
  large.batch_size = 15;
  const History a = parts.fit(data.rows(0, kRows), data.targets(0, kRows), options);
  const History b = whole.fit(data.rows(0, kRows), data.targets(0, kRows), large);
  check_weights(parts, whole.weights(), 1000);
  check_close(a["loss"], b["loss"], 1000);
  CHECK(parts.steps() == 9);  // of 15, 15 and 7 rows
}

TEST_CASE("a batch without weight is one of its step's all the same") {
  Problem data;
  std::fill_n(data.weight.begin(), 5, 0.0);        // the first of its step
  std::fill_n(data.weight.begin() + 15, 15, 0.0);  // a whole step, which is not made
  Model<double> parts = Problem::model(adam({.gradient_accumulation_steps = 3}));
  Model<double> whole = Problem::model(adam({}));
  FitOptions options{.batch_size = 5, .shuffle = false, .sample_weight = {data.weights(0, kRows)}};
  const History a = parts.fit(data.rows(0, kRows), data.targets(0, kRows), options);
  options.batch_size = 15;
  const History b = whole.fit(data.rows(0, kRows), data.targets(0, kRows), options);
  check_weights(parts, whole.weights(), 1000);
  check_close(a["loss"], b["loss"], 1000);
  CHECK(parts.steps() == 2);
}

TEST_CASE("the size of the weights doesn't matter to batches that wait, however small") {
  const Problem data;
  // So small that a weighted float32 gradient would lose digits, or be 0.
  constexpr double kSmall = 0x1p-125;
  std::vector<double> large = data.weight, tiny;
  for (double& weight : large) tiny.push_back((weight += 1) * kSmall);
  std::vector<float> x(data.x.begin(), data.x.end()), y(data.y.begin(), data.y.end());
  const auto trained = [&](const std::vector<double>& weights) {
    Model<float> model(Sequential{Input({.shape = {5}}), Dense({.units = 2})}, {.seed = 4});
    model.compile({.optimizer = adam({.gradient_accumulation_steps = 2}), .loss = losses::SquaredError()});
    for (const std::int64_t first : {0, 18}) {
      model.train_on_batch(View(x.data() + first * 5, {18, 5}), View(y.data() + first * 2, {18, 2}),
                           View(weights.data() + first, {18}));
    }
    return model.weights();
  };
  const auto expected = trained(large), weights = trained(tiny);
  for (std::size_t i = 0; i < weights.size(); ++i) check_close(weights[i], expected[i], 100);
}

TEST_CASE("a batch that diverges leaves those before it as they were") {
  const Problem data;
  Model<double> model = Problem::model(adam({.gradient_accumulation_steps = 2}));
  Model<double> other = Problem::model(adam({.gradient_accumulation_steps = 2}));
  data.step(model, 0, 10);
  const std::vector<double> huge(20, 1e200);
  check_throws<DivergedError>(
      [&] {
        model.train_on_batch(data.rows(0, 10), View(huge.data(), {10, 2}));
      },
      {"step 1 (epoch 1, learning rate 0.05)", "no parameter"});
  data.step(model, 10, 10);
  data.step(other, 0, 10);
  data.step(other, 10, 10);
  CHECK(model.weights() == other.weights());
}

/// The change that one step of plain descent with rate 1 makes: the gradient, clipped.
std::vector<std::vector<double>> moved(const Problem& data, UpdateOptions update, int threads = 1) {
  Model<double> model = Problem::model(SGD({.learning_rate = 1.0, .update = update}), threads);
  std::vector<std::vector<double>> result = model.weights();
  data.step(model, 0, kRows);
  const auto after = model.weights();
  for (std::size_t i = 0; i < result.size(); ++i) {
    for (std::size_t j = 0; j < result[i].size(); ++j) result[i][j] -= after[i][j];
  }
  return result;
}

double norm(const std::vector<double>& values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares);
}

TEST_CASE("gradients are clipped by value, by each parameter's norm and by the norm of all") {
  const Problem data;
  const auto gradients = moved(data, {});
  double all = 0;
  for (const auto& gradient : gradients) all = std::hypot(all, norm(gradient));
  for (const int threads : {1, 3}) {
    const auto by_value = moved(data, {.clipvalue = 0.05}, threads);
    const auto by_norm = moved(data, {.clipnorm = 0.3}, threads);
    const auto by_all = moved(data, {.global_clipnorm = 0.3}, threads);
    const auto loose = moved(data, {.global_clipnorm = 2 * all}, threads);
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      std::vector<double> value = gradients[i], own = gradients[i], together = gradients[i];
      for (std::size_t j = 0; j < value.size(); ++j) {
        value[j] = std::min(std::max(value[j], -0.05), 0.05);
        own[j] *= 0.3 / std::max(0.3, norm(gradients[i]));
        together[j] *= 0.3 / all;
      }
      check_close(by_value[i], value, 10);
      check_close(by_norm[i], own, 10);
      check_close(by_all[i], together, 10);
    }
    CHECK(loose == gradients);
  }
}

TEST_CASE("a norm that overflows is a divergence") {
  Model<double> model(Sequential{Input({.shape = {1}}), Dense({.units = 1})}, {.seed = 0});
  model.compile({.optimizer = SGD({.update = {.clipnorm = 1.0}}), .loss = losses::MeanAbsoluteError()});
  const auto before = model.weights();
  const std::vector<double> x{1e160}, y{0.0};
  check_throws<DivergedError>(
      [&] {
        model.train_on_batch(View(x.data(), {1, 1}), View(y.data(), {1, 1}));
      },
      {"norm of the gradient is not finite", "no parameter"});
  CHECK(model.weights() == before);
}

TEST_CASE("the average weighs each step's weights by its age") {
  const Problem data;
  constexpr double kMomentum = 0.8;
  Model<double> model = Problem::model(adam({.ema_momentum = kMomentum}));
  CHECK(model.averaged_weights() == model.weights());
  std::vector<std::vector<double>> sums;
  double weight = 0.0;
  for (int t = 0; t < 6; ++t) {
    data.step(model, 0, kRows);
    const auto weights = model.weights();
    if (t == 0) CHECK(model.averaged_weights() == weights);
    if (sums.empty()) sums.resize(weights.size());
    weight = kMomentum * weight + 1;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      sums[i].resize(weights[i].size());
      for (std::size_t j = 0; j < weights[i].size(); ++j) sums[i][j] = kMomentum * sums[i][j] + weights[i][j];
    }
  }
  auto expected = sums;
  for (auto& values : expected) {
    for (double& value : values) value /= weight;
  }
  const auto averages = model.averaged_weights();
  for (std::size_t i = 0; i < averages.size(); ++i) check_close(averages[i], expected[i], 100);

  const auto own = model.weights();
  model.use_averaged_weights(true);
  CHECK(model.weights() == averages);
  check_throws<StateError>([&] { data.step(model, 0, kRows); }, {"averaged weights are in use"});
  model.use_averaged_weights(false);
  CHECK(model.weights() == own);
  data.step(model, 0, kRows);
}

TEST_CASE("averages that nobody keeps are an error") {
  Model<double> model = Problem::model(adam({}));
  check_throws<StateError>([&] { (void)model.averaged_weights(); }, {"averaged weights", "ema_momentum"});
  check_throws<StateError>([&] { model.use_averaged_weights(true); }, {"averaged weights", "ema_momentum"});
}

class Bad final : public Schedule {
 public:
  double rate(const Progress& progress) const override { return progress.step == 2 ? std::nan("") : 0.1; }
};

TEST_CASE("a schedule that yields no rate is named, and nothing moves") {
  const Problem data;
  Model<double> model = Problem::model(SGD({.learning_rate = std::make_shared<Bad>()}));
  data.step(model, 0, kRows);
  data.step(model, 0, kRows);
  const auto before = model.weights();
  check_throws<ValueError>([&] { data.step(model, 0, kRows); },
                           {"learning_rate", "schedule of your own", "step 2", "epoch 0", "nan"});
  CHECK(model.weights() == before);
  CHECK(model.steps() == 2);
}

TEST_CASE("a new optimizer counts its own steps") {
  const Problem data;
  Model<double> model = Problem::model(adam({}));
  for (int i = 0; i < 5; ++i) data.step(model, 0, kRows);
  model.compile({.optimizer = Adam({.learning_rate = 0.05}), .loss = losses::SquaredError()});
  const auto before = model.weights();
  data.step(model, 0, kRows);
  // Adam's first step has the length of the rate wherever there is a gradient.
  CHECK(std::abs(before[0][0] - model.weights()[0][0]) == doctest::Approx(0.05).epsilon(1e-6));
}

TEST_CASE("a model without parameters takes steps of several batches, which change nothing") {
  Model<double> model(Sequential{Input({.shape = {2}}), Dropout({.rate = 0.5})}, {.seed = 1});
  model.compile({.optimizer = adam({.gradient_accumulation_steps = 2}), .loss = losses::SquaredError()});
  const std::vector<double> x = random_vector<double>(4, 1);
  for (int i = 0; i < 3; ++i) model.train_on_batch(View(x.data(), {2, 2}), View(x.data(), {2, 2}));
  CHECK(model.steps() == 1);
}

TEST_CASE("after a divergence the history of whole epochs is there") {
  const Problem data;
  Model<double> model =
      Problem::model(SGD({.learning_rate = schedules::PiecewiseConstantDecay(
                              {.boundaries = {2}, .values = {0.01, 1e200}, .by = schedules::By::kEpoch})}));
  check_throws<DivergedError>(
      [&] { model.fit(data.rows(0, kRows), data.targets(0, kRows), {.batch_size = 20, .epochs = 5}); },
      {"epoch 3", "learning rate 1e+200", "batch 2 of 2", "no parameter"});
  CHECK(model.history().epochs == std::vector<std::int64_t>{0, 1});
  CHECK(model.history()["loss"].size() == 2);
}

}  // namespace
}  // namespace laminar::test
