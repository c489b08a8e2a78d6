// SPDX-License-Identifier: BSD-3-Clause
#include "losses/loss_function.hpp"

#include "losses/loss_check.hpp"

namespace laminar::test {
namespace {

Shape target_shape(const Shape& predictions, const Shape& y) {
  const TensorSpec p{predictions, DType::kFloat64}, given{y, DType::kInt16};
  const TargetSpec target = same_shape_target({&p, 1}, {&given, 1}, {});
  CHECK(target.spec.dtype == DType::kFloat64);
  return target.spec.shape;
}

TEST_CASE("targets have the shape of the predictions") {
  CHECK(target_shape({kFree, 3}, {8, 3}) == Shape{kFree, 3});
  CHECK(target_shape({8, 3}, {8, 3}) == Shape{8, 3});
  CHECK(target_shape({kFree, 1}, {8}) == Shape{kFree, 1});
  CHECK(target_shape({kFree}, {8}) == Shape{kFree});
  CHECK(target_shape({kFree, kFree, 2}, {8, 5, 2}) == Shape{kFree, kFree, 2});
}

TEST_CASE("nothing else is broadcast") {
  const std::vector<std::pair<Shape, Shape>> wrong{
      {{kFree, 3}, {8}}, {{kFree, 3}, {8, 1}}, {{kFree}, {8, 1}}, {{8, 3}, {9, 3}}, {{kFree, 2, 3}, {8, 6}}};
  for (const auto& [predictions, y] : wrong) {
    check_throws<ShapeError>([&, p = predictions, given = y] { target_shape(p, given); },
                             {"y: expected shape " + to_string(predictions), "got " + to_string(y)});
  }
}

TEST_CASE("losses are found by type and by name") {
  for (const char* name : {"cross_entropy", "CrossEntropy"}) CHECK(make_loss(name, {})->type() == "CrossEntropy");
  for (const char* name : {"binary_cross_entropy", "squared_error", "mean_squared_error", "mean_absolute_error",
                           "huber", "poisson", "pinball"}) {
    check_rebuilds(*make_loss(name, {}));
  }
  check_throws<ValueError>([] { make_loss("crossentropy", {}); },
                           {"loss: expected one of binary_cross_entropy, cross_entropy, ", "got 'crossentropy'",
                            "did you mean 'cross_entropy'?"});
}

TEST_CASE("a batch of no examples is no trouble") {
  for (const char* name : {"cross_entropy", "binary_cross_entropy", "squared_error", "huber"}) {
    LossRun<float> run({.name = name, .loss = make_loss(name, {}), .formula = {}}, {0, 3});
    CHECK(run.forward().empty());
    CHECK(run.backward({}, Gradient::Want::kWrite, 0).empty());
  }
}

}  // namespace
}  // namespace laminar::test
