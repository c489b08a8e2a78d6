// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cmath>

#include "laminar/model.hpp"
#include "support/tables.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

double bias(const View& y, const View& p, const View& weight) {
  CHECK(y.shape == p.shape);
  double sum = 0;
  double weights = 0;
  for (std::int64_t i = 0; i < y.rows(); ++i) {
    const double w = weight.data == nullptr ? 1 : static_cast<const double*>(weight.data)[i];
    sum += w * (static_cast<const double*>(p.data)[i] - static_cast<const double*>(y.data)[i]);
    weights += w;
  }
  return sum / weights;
}

TEST_CASE("a function of whole arrays is called after each epoch and each evaluation") {
  const std::vector<double> x = random_vector<double>(30, 1);
  const std::vector<double> y = random_vector<double>(30, 2);
  const std::vector<double> w = random_vector<double>(30, 3, 0.0, 1.0);
  const View rows(x.data(), {30, 1});
  Model<double> model(Sequential{Input({.shape = {1}}), Dense({.units = 1})}, {.seed = 1});
  std::vector<std::int64_t> seen;
  const Metric counting("rows", [&](const View& y_true, const View&, const View&) {
    seen.push_back(y_true.rows());
    return static_cast<double>(y_true.rows());
  });
  model.compile({.loss = losses::MeanSquaredError(), .metrics = {counting, Metric("bias", bias), "r2"}});
  const History history = model.fit(rows, View(y), {.epochs = 2, .sample_weight = {View(w)}, .validation_split = 0.2});
  CHECK(seen == std::vector<std::int64_t>{24, 6, 24, 6});
  CHECK(history["rows"] == std::vector<double>{24, 24});
  CHECK(history["val_rows"] == std::vector<double>{6, 6});

  const std::vector<double> p = model.predict(rows);
  const Logs logs = model.evaluate(rows, View(y), View(w));
  CHECK(logs["bias"] == doctest::Approx(bias(View(y), View(p), View(w))));
  CHECK(model.evaluate(rows, View(y))["bias"] == doctest::Approx(bias(View(y), View(p), View())));
  CHECK(logs.contains("r2"));
}

TEST_CASE("functions and names that cannot be") {
  check_throws<ValueError>([] { Metric("", bias); }, {"metric: name"});
  check_throws<ValueError>([] { Metric("nothing", Metric::Function()); }, {"nothing: expected a function"});
  Model<float> model(Sequential{Input({.shape = {1}}), Dense({.units = 1})});
  check_throws<ValueError>(
      [&] {
        model.compile({.loss = losses::Huber(), .metrics = {"r2", metrics::R2()}});
      },
      {"metrics", "'r2' twice"});
  check_throws<ValueError>(
      [&] { model.compile({.loss = losses::Huber(), .metrics = {metrics::R2({.name = "loss"})}}); },
      {"metrics", "'loss'"});
}

TEST_CASE("a loss with options of its own is a metric") {
  const std::vector<double> x{0, 3};
  const View rows(x.data(), {2, 1});
  Model<double> model(Sequential{Input({.shape = {1}}), ActivationLayer({.activation = Activation::kLinear})});
  model.compile({.loss = losses::SquaredError(), .metrics = {losses::Huber({.delta = 2}), "mean_absolute_error"}});
  const std::vector<double> zeros(2, 0.0);
  const Logs logs = model.evaluate(rows, View(zeros));
  CHECK(logs["huber"] == doctest::Approx(2 * (3 - 1) / 2.0));
  CHECK(logs["mean_absolute_error"] == 1.5);
}

}  // namespace
}  // namespace laminar::test
