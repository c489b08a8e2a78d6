// SPDX-License-Identifier: BSD-3-Clause
//
// The public interface, as a program uses it.
#include "laminar/laminar.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/close.hpp"
#include "support/tables.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

/// Points with labels 1 where x_0 x_1 > 0.
struct Quadrants {
  std::vector<float> x = random_vector<float>(400, 1, -1.0F, 1.0F);
  std::vector<std::uint8_t> y;
  View rows{x.data(), {200, 2}};

  Quadrants() {
    for (std::size_t i = 0; i < 200; ++i) y.push_back(x[2 * i] * x[2 * i + 1] > 0 ? 1 : 0);
  }

  static Sequential layers() {
    return {Input({.shape = {2}}), Dense({.units = 32, .activation = Activation::kRelu}),
            Dense({.units = 1, .activation = Activation::kSigmoid})};
  }
};

TEST_CASE("a network learns, and its history and evaluation agree") {
  const Quadrants data;
  Model<float> model(Quadrants::layers(), {.seed = 0, .threads = 1});
  model.compile(
      {.optimizer = Adam({.learning_rate = 1e-2}), .loss = losses::BinaryCrossEntropy(), .metrics = {"accuracy"}});
  std::vector<std::int64_t> epochs;
  const History history = model.fit(data.rows, View(data.y),
                                    {.epochs = 60,
                                     .validation_x = {data.rows},
                                     .validation_y = {View(data.y)},
                                     .on_epoch = [&](std::int64_t epoch, const Logs& logs) {
                                       epochs.push_back(epoch);
                                       return logs["val_accuracy"] > 0.97;
                                     }});
  CHECK(history["val_accuracy"].back() > 0.97);
  CHECK(history.epochs == epochs);
  CHECK(history.epochs.size() < 60);
  CHECK(model.epochs() == static_cast<std::int64_t>(epochs.size()));
  CHECK(model.steps() == 7 * model.epochs());
  const Logs logs = model.evaluate(data.rows, View(data.y));
  CHECK(logs["accuracy"] == history["val_accuracy"].back());
  CHECK(logs["loss"] == history["val_loss"].back());

  std::vector<float> out(200);
  model.predict(data.rows, MutableView(out.data(), model.output_shape(data.rows)));
  CHECK(out == model.predict(data.rows));
}

TEST_CASE("a stack without Input takes its shape from the first data") {
  const Quadrants data;
  Model<double> model(Sequential{Dense({.units = 3}), Flatten()}, {.seed = 4});
  CHECK(model.seed() == 4);
  CHECK(model.parameters().empty());
  CHECK(model.summary().find("first data") != std::string::npos);
  CHECK(model.output_shape(data.rows) == Shape{200, 3});
  CHECK(model.parameters().size() == 2);
  check_throws<ShapeError>([&] { model.predict(View(data.x.data(), {100, 4})); }, {"x: expected 2 features", "got 4"});
}

TEST_CASE("parameters are live: what is written there is what the next call computes with") {
  Model<double> model(Sequential{Input({.shape = {2}}), Dense({.units = 1, .name = "head"})});
  const std::vector<double> x{1, 2};
  const View row(x.data(), {1, 2});
  std::vector<Parameter<double>> parameters = model.parameters();
  CHECK(parameters[0].name == "head.kernel");
  CHECK(parameters[0].shape == Shape{2, 1});
  CHECK(parameters[1].trainable);
  parameters[0].values[0] = 10;
  parameters[0].values[1] = 100;
  parameters[1].values[0] = 0.5;
  CHECK(model.predict(row) == std::vector<double>{210.5});
  parameters[1].values[0] = 1;
  CHECK(model.predict(row) == std::vector<double>{211});

  const std::vector<std::vector<double>> weights = model.weights();
  CHECK(weights == std::vector<std::vector<double>>{{10, 100}, {1}});
  const std::vector<float> kernel{3, 4};
  model.set_weights({View(kernel.data(), {2, 1}), View(weights[1])});
  CHECK(model.predict(row) == std::vector<double>{12});
  check_throws<ShapeError>(
      [&] {
        model.set_weights({View(kernel), View(weights[1])});
      },
      {"head.kernel", "(2, 1)", "(2,)"});
}

TEST_CASE("gradients come by parameter and by input") {
  Model<double> model(Sequential{Input({.shape = {2}}), Dense({.units = 1, .bias_initializer = initializers::ones()})});
  model.compile({.loss = losses::SquaredError()});
  model.parameters()[0].values[0] = 2;
  model.parameters()[0].values[1] = -1;
  const std::vector<double> x{1, 2, 3, 4};
  const std::vector<double> y{0, 0};
  const std::vector<double> weight{1, 3};
  // p = 1, 3; dJ/dp = w p / sum w = 1/4, 9/4.
  const Gradients<double> both =
      model.value_and_grad(View(x.data(), {2, 2}), View(y), {.inputs = true, .sample_weight = {View(weight)}});
  CHECK(both.loss == doctest::Approx((0.5 + 3 * 4.5) / 4));
  check_close(both.parameters[0], {0.25 + 3 * 2.25, 0.5 + 4 * 2.25}, 4);
  check_close(both.parameters[1], {2.5}, 4);
  check_close(both.inputs[0], {0.5, -0.25, 4.5, -2.25}, 4);
  CHECK(model.value_and_grad(View(x.data(), {2, 2}), View(y)).inputs.empty());
  CHECK(model.steps() == 0);
}

TEST_CASE("several inputs and outputs, one of which is not trained on") {
  const SymbolicTensor a = Input({.shape = {2}});
  const SymbolicTensor b = Input({.shape = {2}});
  const Dense shared({.units = 3, .activation = Activation::kTanh});
  const SymbolicTensor code = shared(a);
  Model<float> model({a, b}, {Dense({.units = 1, .name = "head"})(Concatenate()({code, shared(b)})), code},
                     {.seed = 1});
  model.compile({.loss = {losses::MeanSquaredError(), std::nullopt}, .metrics = {"mean_absolute_error"}});
  const std::vector<float> x = random_vector<float>(8, 1);
  const View rows(x.data(), {4, 2});
  const std::vector<float> y(4, 1.0F);
  const double before = model.evaluate({rows, rows}, {View(y)})["loss"];
  model.fit({rows, rows}, {View(y)}, {.epochs = 30});
  CHECK(model.evaluate({rows, rows}, {View(y)})["head_mean_absolute_error"] < before);
  const auto outputs = model.predict(std::vector<View>{rows, rows});
  REQUIRE(outputs.size() == 2);
  CHECK(outputs[1].size() == 12);
  std::vector<float> head(4);
  std::vector<float> codes(12);
  model.predict({rows, rows}, {MutableView(head.data(), {4, 1}), MutableView(codes.data(), {4, 3})});
  CHECK(head == outputs[0]);
  CHECK(codes == outputs[1]);
  check_throws<ValueError>(
      [&] {
        model.predict(rows, MutableView(head.data(), {4, 1}));
      },
      {"out", "2 arrays", "got 1"});
}

TEST_CASE("a loss on a tensor of the graph needs no targets") {
  const SymbolicTensor x = Input({.shape = {3}});
  const SymbolicTensor energy = Dense({.units = 1, .activation = Activation::kSoftplus})(x);
  Model<double> model(x, energy, {.seed = 1});
  model.compile({.optimizer = SGD({.learning_rate = 0.1})});
  model.add_loss(energy, 2.0);
  const std::vector<double> numbers = random_vector<double>(12, 1);
  const View rows(numbers.data(), {4, 3});
  const double first = model.train_on_batch(rows, View());
  CHECK(model.train_on_batch(rows, View()) < first);
}

TEST_CASE("calls and options that cannot be are refused") {
  const Quadrants data;
  Model<float> model(Quadrants::layers());
  std::vector<float> out(200);
  check_throws<StateError>([&] { model.fit(data.rows, View(data.y)); }, {"fit", "compile"});
  check_throws<StateError>([&] { model.evaluate(data.rows, View(data.y)); }, {"evaluate", "compile"});
  check_throws<ValueError>([&] { model.compile({.loss = losses::SquaredError(), .metrics = {"acuracy"}}); },
                           {"acuracy", "did you mean 'accuracy'"});
  check_throws<ValueError>([&] { model.compile({.metrics = {"accuracy"}}); }, {"metrics"});
  check_throws<ValueError>(
      [&] {
        model.compile({.loss = {losses::SquaredError(), losses::SquaredError()}});
      },
      {"loss", "1 output"});
  model.compile({.loss = losses::BinaryCrossEntropy()});
  check_throws<ValueError>([&] { model.fit(data.rows, View(data.y), {.batch_size = 0}); }, {"batch_size", "got 0"});
  check_throws<ValueError>([&] { model.fit(data.rows, View(data.y), {.validation_split = 1.0}); },
                           {"validation_split", "1"});
  check_throws<ValueError>([&] { model.fit(data.rows, View(data.y), {.validation_y = {View(data.y)}}); },
                           {"validation_x"});
  check_throws<ValueError>(
      [&] {
        model.fit(data.rows, View(data.y), {.class_weight = {{2, 1.0}}});
      },
      {"class_weight", "0 to 1", "got 2"});
  check_throws<ValueError>([&] { model.predict(data.rows, MutableView(out.data(), {200})); },
                           {"out", "(200, 1)", "(200,)"});
  check_throws<ValueError>(
      [&] {
        model.predict(data.rows, MutableView(static_cast<float*>(nullptr), {200, 1}));
      },
      {"out", "no memory"});
  check_throws<ValueError>([&] { model.set_threads(-1); }, {"threads", "-1"});
  check_throws<ValueError>([] { Model<float>(Quadrants::layers(), {.isa = "avx3"}); },
                           {"isa: expected one of", "generic", "'avx3'"});
  check_throws<ValueError>([] { Model<float>(Sequential{}); }, {"layers: expected at least one"});
  check_throws<ValueError>(
      [] {
        Sequential{Dense({.units = 1}), Input({.shape = {1}})};
      },
      {"Input in the first place"});
}

TEST_CASE("a step that diverges moves no parameter") {
  Model<float> model(Sequential{Input({.shape = {1}}), Dense({.units = 1, .activation = Activation::kExponential})},
                     {.seed = 1});
  model.compile({.loss = losses::SquaredError()});
  model.parameters()[0].values[0] = 100;
  const auto before = model.weights();
  const std::vector<float> x{1};
  const View row(x.data(), {1, 1});
  check_throws<DivergedError>([&] { model.train_on_batch(row, View(x)); }, {"step 1", "inf", "no parameter"});
  check_throws<DivergedError>([&] { model.fit(row, View(x)); }, {"batch 1 of 1"});
  CHECK(model.weights() == before);
}

TEST_CASE("models move, and what is frozen stays bit for bit") {
  const Quadrants data;
  const Dense frozen({.units = 4, .name = "frozen"});
  Model<float> first(
      Sequential{Input({.shape = {2}}), frozen, Dense({.units = 1, .activation = Activation::kSigmoid})});
  first.compile({.loss = losses::BinaryCrossEntropy()});
  Model<float> model = std::move(first);
  Dense(frozen).set_trainable(false);
  CHECK_FALSE(model.parameters()[0].trainable);
  const auto before = model.weights();
  model.fit(data.rows, View(data.y));
  CHECK(model.weights()[0] == before[0]);
  CHECK(model.weights()[2] != before[2]);
  model.set_trainable(false);
  const auto trained = model.weights();
  model.fit(data.rows, View(data.y));
  CHECK(model.weights() == trained);
}

}  // namespace
}  // namespace laminar::test
