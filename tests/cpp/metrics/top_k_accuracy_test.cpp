// SPDX-License-Identifier: BSD-3-Clause
#include "metrics/metric_check.hpp"

#include <limits>

namespace laminar::test {
namespace {

using Kind = TargetDomain::Kind;

TEST_CASE_TEMPLATE("the true class is among the k likeliest", T, float, double) {
  const MetricCase<T, std::int32_t> data{{T(0.1), T(0.2), T(0.3), T(0.4), T(0.4), T(0.3), T(0.2), T(0.1)},
                                         {2, 4},
                                         {1, 1},
                                         {2},
                                         {Kind::kLabels, 4},
                                         {1, 3}};
  const auto top = [&](std::int64_t k) { return measure("top_k_accuracy", data, {{"k", k}}); };
  CHECK(top(1) == 0);
  CHECK(top(2) == 0.75);
  CHECK(top(3) == 1);
  CHECK(top(4) == 1);
}

TEST_CASE("of equals the first is the likelier, and NaN is never right") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const MetricCase<double, std::int32_t> data{
      {0.5, 0.5, 0.5, 0.5, nan, nan}, {3, 2}, {0, 1, 0}, {3}, {Kind::kLabels, 2}};
  CHECK(measure("top_k_accuracy", data, {{"k", std::int64_t{1}}}) == doctest::Approx(1.0 / 3));
  CHECK(measure("top_k_accuracy", data, {{"k", std::int64_t{2}}}) == doctest::Approx(2.0 / 3));
}

TEST_CASE("k and targets that cannot be") {
  check_throws<ValueError>([] { metrics::TopKAccuracy({.k = 0}); }, {"TopKAccuracy: k: expected at least 1, got 0"});
  const TargetSpec labels{{{kFree}, DType::kInt32}, {Kind::kLabels, 3}};
  const TargetSpec bits{{{kFree, 3}, DType::kFloat32}, {Kind::kUnitInterval}};
  const TensorSpec p{{kFree, 3}, DType::kFloat32};
  check_throws<ShapeError>([&] { start_metric("top_k_accuracy", {}, p, labels); }, {"top_k_accuracy: k", "3, got 5"});
  check_throws<ShapeError>([&] { start_metric("top_k_accuracy", {}, p, bits); }, {"each stand alone"});
}

}  // namespace
}  // namespace laminar::test
