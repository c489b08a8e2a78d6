// SPDX-License-Identifier: BSD-3-Clause
#include "losses/loss_check.hpp"

namespace laminar::test {
namespace {

using losses::CrossEntropy;

const std::vector<Shape> kShapes{{1, 2}, {5, 3}, {4, 17}, {3, 2, 4}, {2, 3, 2, 5}, {3, 1, 6}, {900, 12}};

/// Mean over the rows of an example of `row(values, targets)`; a label stands for a row that is 1 there.
template <class Row>
auto mean_over_rows(const Row& row, bool labels) {
  return [row, labels](std::span<const double> p, std::span<const double> y, std::int64_t classes) {
    const auto k = static_cast<std::size_t>(classes);
    const std::size_t rows = p.size() / k;
    double sum = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      std::vector<double> targets(k);
      for (std::size_t j = 0; j < k; ++j) {
        targets[j] = labels ? (static_cast<std::size_t>(y[r]) == j ? 1.0 : 0.0) : y[r * k + j];
      }
      sum += row(p.subspan(r * k, k), targets);
    }
    return sum / static_cast<double>(rows);
  };
}

double row_from_probabilities(std::span<const double> p, const std::vector<double>& y) {
  double loss = 0;
  for (std::size_t j = 0; j < p.size(); ++j) loss -= y[j] * std::log(p[j]);
  return loss;
}

double row_from_logits(std::span<const double> z, const std::vector<double>& y) {
  double sum = 0, loss = 0;
  for (const double x : z) sum += std::exp(x);
  for (std::size_t j = 0; j < z.size(); ++j) loss += y[j] * (std::log(sum) - z[j]);
  return loss;
}

TEST_CASE("cross-entropy of probabilities") {
  for (const bool labels : {false, true}) {
    check_loss({.name = labels ? "labels" : "soft",
                .loss = CrossEntropy().shared_function(),
                .formula = mean_over_rows(row_from_probabilities, labels),
                .predictions = {0.05, 0.95},
                .targets = {0, 1},
                .labels = labels,
                .shapes = kShapes});
  }
}

TEST_CASE("cross-entropy of logits, fused with softmax or not") {
  for (const bool labels : {false, true}) {
    for (const bool fused : {false, true}) {
      check_loss({.name = labels ? "labels" : "soft",
                  .loss = CrossEntropy({.from_logits = !fused}).shared_function(),
                  .formula = mean_over_rows(row_from_logits, labels),
                  .predictions = {-5, 5},
                  .targets = {0, 1},
                  .labels = labels,
                  .fused = fused,
                  .shapes = kShapes});
    }
  }
}

/// One row of four classes with a label.
template <class T>
LossRun<T> four_classes(bool fused, const std::vector<T>& predictions, std::int32_t label) {
  LossRun<T> run({.name = "", .loss = CrossEntropy().shared_function(), .formula = {}, .labels = true, .fused = fused},
                 {1, 4});
  run.predictions = predictions;
  run.labels[0] = label;
  return run;
}

TEST_CASE_TEMPLATE("softmax and cross-entropy of the course notes", T, float, double) {
  LossRun<T> softmax = four_classes<T>(true, {5, 2, -1, 3}, 0);
  const T loss = softmax.forward()[0];
  const std::vector<double> activations{0.842, 0.042, 0.002, 0.114};
  const std::vector<T> gradient = softmax.backward({T(1)}, Gradient::Want::kWrite, T(0));
  for (std::size_t j = 0; j < 4; ++j) {
    CHECK(std::abs(static_cast<double>(softmax.state[j]) - activations[j]) < 5e-4);
    CHECK(gradient[j] == doctest::Approx(softmax.state[j] - (j == 0 ? T(1) : T(0))));  // dZ = A - Y
  }
  CHECK(loss == doctest::Approx(-std::log(static_cast<double>(softmax.state[0]))));

  CHECK(four_classes<T>(false, {T(0.3), T(0.2), T(0.1), T(0.4)}, 1).forward()[0] ==
        doctest::Approx(1.6094).epsilon(1e-4));
}

TEST_CASE_TEMPLATE("cross-entropy is exact at |z| = 1000", T, float, double) {
  LossRun<T> wrong = four_classes<T>(true, {1000, 0, -1000, 0}, 2);
  CHECK(wrong.forward()[0] == T(2000));
  CHECK(wrong.state == std::vector<T>{1, 0, 0, 0});
  CHECK(wrong.backward({T(1)}, Gradient::Want::kWrite, T(9)) == std::vector<T>{1, 0, -1, 0});
  LossRun<T> right = four_classes<T>(true, {1000, 0, -1000, 0}, 0);
  CHECK(right.forward()[0] == T(0));

  // A shift of all logits changes nothing.
  LossRun<T> here = four_classes<T>(true, {1, 2, 3, 4}, 1), there = four_classes<T>(true, {1001, 1002, 1003, 1004}, 1);
  CHECK(here.forward() == there.forward());
  CHECK(here.state == there.state);
}

TEST_CASE_TEMPLATE("cross-entropy clips probabilities", T, float, double) {
  LossRun<T> run = four_classes<T>(false, {0, 0, 0, 1}, 1);
  CHECK(run.forward()[0] == doctest::Approx(-std::log(static_cast<double>(std::numeric_limits<T>::epsilon()))));
  CHECK(run.backward({T(1)}, Gradient::Want::kWrite, T(9)) == std::vector<T>{0, 0, 0, 0});
}

TargetSpec target_for(const Shape& predictions, const Shape& y, DType dtype) {
  const TensorSpec p{predictions, DType::kFloat32}, given{y, dtype};
  return CrossEntropy().function().targets({&p, 1}, {&given, 1})[0];
}

TEST_CASE("cross-entropy takes labels and rows of probabilities") {
  for (const Shape& y : {Shape{32}, Shape{32, 1}, Shape{kFree}}) {
    const TargetSpec target = target_for({kFree, 10}, y, DType::kInt64);
    CHECK(target.spec == TensorSpec{{kFree}, DType::kInt32});
    CHECK(target.domain.kind == TargetDomain::Kind::kLabels);
    CHECK(target.domain.classes == 10);
  }
  const TargetSpec rows = target_for({kFree, 10}, {32, 10}, DType::kUInt8);
  CHECK(rows.spec == TensorSpec{{kFree, 10}, DType::kFloat32});
  CHECK(rows.domain.kind == TargetDomain::Kind::kUnitInterval);
  CHECK(rows.domain.classes == 10);

  CHECK(target_for({kFree, kFree, 4}, {8, 7}, DType::kFloat64).spec == TensorSpec{{kFree, kFree}, DType::kInt32});
  CHECK(target_for({8, 7, 4}, {8, 7, 1}, DType::kInt8).spec == TensorSpec{{8, 7}, DType::kInt32});
  CHECK(target_for({8, 7, 4}, {8, 7, 4}, DType::kInt8).spec == TensorSpec{{8, 7, 4}, DType::kFloat32});
}

TEST_CASE("cross-entropy says which targets it wants") {
  check_throws<ShapeError>(
      [] {
        target_for({kFree, 1}, {32}, DType::kInt64);
      },
      {"2 or more classes", "(None, 1)", "binary_cross_entropy"});
  check_throws<ShapeError>(
      [] {
        target_for({kFree, 10}, {32, 3}, DType::kInt64);
      },
      {"y: expected labels of shape (None,) or probabilities of shape (None, 10), got (32, 3)"});
  check_throws<ShapeError>([] { target_for({16, 10}, {32}, DType::kInt64); }, {"y: expected", "(16,)", "got (32,)"});
  const TensorSpec p{{kFree, 10}, DType::kFloat32};
  check_throws<ShapeError>([&] { CrossEntropy().function().targets({&p, 1}, {}); }, {"y: expected one target"});
}

TEST_CASE("cross-entropy fuses with softmax alone, and not from logits") {
  CHECK(CrossEntropy().function().fuses(Activation::kSoftmax));
  CHECK_FALSE(CrossEntropy().function().fuses(Activation::kSigmoid));
  CHECK_FALSE(CrossEntropy({.from_logits = true}).function().fuses(Activation::kSoftmax));
}

}  // namespace
}  // namespace laminar::test
