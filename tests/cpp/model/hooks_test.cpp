// SPDX-License-Identifier: BSD-3-Clause
//
// What fit calls while it trains, and the learning rate that it may change.
#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>

#include "laminar/model.hpp"
#include "support/tables.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

constexpr std::int64_t kRows = 20;  // 3 batches of at most 8

struct Line {
  std::vector<double> x = random_vector<double>(kRows, 1, -1.0, 1.0);
  View rows{x.data(), {kRows, 1}};
  Model<double> model{Sequential{Input({.shape = {1}}), Dense({.units = 1})}, {.seed = 1, .threads = 2}};

  explicit Line(const Optimizer& optimizer = SGD({.learning_rate = 0.1})) {
    model.compile({.optimizer = optimizer, .loss = losses::SquaredError()});
  }
  History fit(FitOptions options) {
    options.batch_size = 8;
    return model.fit(rows, View(x), options);
  }
};

TEST_CASE("every k-th step of the model's life is told, with the means of the epoch so far") {
  Line line;
  Line twin;
  std::vector<std::int64_t> told;
  line.model.train_on_batch(line.rows, View(line.x));
  twin.model.train_on_batch(line.rows, View(line.x));
  double last = 0.0;
  const History history = line.fit({.epochs = 3,
                                    .on_step =
                                        [&](std::int64_t step, const Logs& logs) {
                                          told.push_back(step);
                                          last = logs["loss"];
                                          return false;
                                        },
                                    .every_steps = 2});
  CHECK(told == std::vector<std::int64_t>{2, 4, 6, 8, 10});
  CHECK(last == history["loss"].back());
  CHECK(twin.fit({.epochs = 3})["loss"] == history["loss"]);
  CHECK(twin.model.weights() == line.model.weights());
}

TEST_CASE("an epoch that a step ends is recorded and told of") {
  Line line;
  std::int64_t told = 0;
  const History history = line.fit({.epochs = 9,
                                    .validation_split = 0.2,
                                    .on_epoch =
                                        [&](std::int64_t, Logs& logs) {
                                          logs.emplace_back("steps", static_cast<double>(line.model.steps()));
                                          ++told;
                                          return false;
                                        },
                                    .on_step = [](std::int64_t step, const Logs&) { return step == 3; }});
  CHECK(told == 2);
  CHECK(line.model.epochs() == 2);
  CHECK(history["steps"] == std::vector<double>{2, 3});
  CHECK(history["val_loss"].size() == 2);
}

TEST_CASE("what a hook throws leaves a whole step and a model that trains") {
  Line line;
  Line twin;
  CHECK_THROWS_AS(line.fit({.on_step = [](std::int64_t step, const Logs&) -> bool {
    if (step == 2) throw std::runtime_error("enough");
    return false;
  }}),
                  std::runtime_error);
  twin.fit({.on_step = [](std::int64_t step, const Logs&) { return step == 2; }});
  CHECK(line.model.steps() == 2);
  CHECK(line.model.weights() == twin.model.weights());
  CHECK(line.fit({}).epochs.size() == 1);
}

TEST_CASE("a hook may look at the model and change weights and rate, but not train it") {
  Line line;
  const std::vector<double> zero(1, 0.0);
  line.fit({.on_step = [&](std::int64_t, const Logs&) {
    line.model.set_weights({View(zero.data(), {1, 1}), View(zero)});
    line.model.set_learning_rate(0.0);
    CHECK(line.model.predict(line.rows) == std::vector<double>(kRows, 0.0));
    check_throws<StateError>([&] { line.fit({}); }, {"in use", "neither train nor compile"});
    check_throws<StateError>([&] { line.model.compile({}); }, {"in use"});
    return false;
  }});
  CHECK(line.model.weights() == std::vector<std::vector<double>>{zero, zero});
}

TEST_CASE("a hook that nothing can be due for is refused") {
  check_throws<ValueError>([] { Line().fit({.every_steps = 0}); }, {"every_steps", "at least 1", "got 0"});
}

/// 1, 1/2, 1/4, ... by step.
struct Halves final : Schedule {
  double rate(const Progress& progress) const override { return 1.0 / static_cast<double>(1LL << progress.step); }
};

TEST_CASE("the learning rate is that of the next step, and a schedule keeps its shape when it is set") {
  Line line(SGD({.learning_rate = std::make_shared<Halves>()}));
  Line plain(SGD({.learning_rate = 0.25}));
  CHECK(line.model.learning_rate() == 1.0);
  line.model.set_learning_rate(0.25);
  CHECK(line.model.learning_rate() == 0.25);
  line.model.train_on_batch(line.rows, View(line.x));
  plain.model.train_on_batch(line.rows, View(line.x));
  CHECK(line.model.weights() == plain.model.weights());
  CHECK(line.model.learning_rate() == 0.125);
  plain.model.set_learning_rate(0.125);
  line.model.train_on_batch(line.rows, View(line.x));
  plain.model.train_on_batch(line.rows, View(line.x));
  CHECK(line.model.weights() == plain.model.weights());
  line.model.compile({.optimizer = SGD({.learning_rate = 3.0}), .loss = losses::SquaredError()});
  CHECK(line.model.learning_rate() == 3.0);
  line.model.set_learning_rate(0.0);
  CHECK(line.model.learning_rate() == 0.0);
  line.model.set_learning_rate(3.0);
  CHECK(line.model.learning_rate() == 3.0);
}

TEST_CASE("learning rates that cannot be are refused") {
  Line line(SGD({.learning_rate = 0.0}));
  check_throws<ValueError>([&] { line.model.set_learning_rate(-1.0); }, {"learning_rate", "at least 0", "-1"});
  check_throws<ValueError>([&] { line.model.set_learning_rate(0.1); }, {"learning_rate", "own rate is 0", "0.1"});
  Model<float> fresh(Sequential{Input({.shape = {1}}), Dense({.units = 1})});
  check_throws<StateError>([&] { fresh.learning_rate(); }, {"compile"});
  check_throws<StateError>([&] { fresh.set_learning_rate(0.1); }, {"compile"});
}

}  // namespace
}  // namespace laminar::test
