// SPDX-License-Identifier: BSD-3-Clause
//
// R2 and the root of the mean squared error.
#include "metrics/metric_check.hpp"

#include <limits>

namespace laminar::test {
namespace {

using Kind = TargetDomain::Kind;

TEST_CASE_TEMPLATE("R2 and RMSE are means over the outputs", T, float, double) {
  const MetricCase<T, T> data{{1, 0, 2, 0, 4, 3}, {3, 2}, {1, 0, 3, 0, 5, 0}, {3, 2}, {Kind::kReal}};
  // Output 0: residual 2, spread 8; output 1: constant and not met.
  CHECK(measure("r2", data) == doctest::Approx((0.75 + 0) / 2));
  CHECK(measure("root_mean_squared_error", data) == doctest::Approx((std::sqrt(2.0 / 3) + std::sqrt(9.0 / 3)) / 2));
  MetricCase<T, T> weighted = data;
  weighted.weights = {1, 1, 0};
  CHECK(measure("r2", weighted) == doctest::Approx((0.5 + 1) / 2));  // the second is constant and met
  CHECK(measure("root_mean_squared_error", weighted) == doctest::Approx(std::sqrt(0.5) / 2));
}

TEST_CASE("R2 of targets that lie far from 0 keeps what they themselves keep") {
  std::vector<double> p, y;
  for (int i = 0; i < 1000; ++i) {
    y.push_back(1e8 + (i % 2));
    p.push_back(y.back() + 0.25);
  }
  const MetricCase<double, double> data{p, {1000, 1}, y, {1000, 1}, {Kind::kReal}};
  CHECK(measure("r2", data) == doctest::Approx(1 - 0.0625 / 0.25).epsilon(1e-7));
}

TEST_CASE("outputs of which nothing is known have no part in the mean") {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const TargetDomain domain{.kind = Kind::kUnitInterval, .may_be_missing = true};
  const MetricCase<double, double> data{{0, 0.5, 1, 0.5}, {2, 2}, {0, none, 1, none}, {2, 2}, domain};
  CHECK(measure("r2", data) == 1);
  CHECK(measure("root_mean_squared_error", data) == 0);
  const MetricCase<double, double> nothing{{0.5}, {1, 1}, {none}, {1, 1}, domain};
  CHECK(measure("r2", nothing) == 0);
  CHECK(measure("root_mean_squared_error", nothing) == 0);
}

TEST_CASE("targets that are no numbers of that shape") {
  const auto start = [](const Shape& p, const TargetSpec& y) {
    return [=] { start_metric("r2", {{"name", std::string("explained")}}, {p, DType::kFloat32}, y); };
  };
  check_throws<ShapeError>(start({kFree, 3}, {{{kFree}, DType::kInt32}, {Kind::kLabels, 3}}),
                           {"explained: expected numbers", "(None, 3)", "class labels"});
  check_throws<ShapeError>(start({kFree, 3}, {{{kFree, 2}, DType::kFloat32}, {}}), {"(None, 3)", "(None, 2)"});
  check_throws<ShapeError>(start({kFree, kFree}, {{{kFree, kFree}, DType::kFloat32}, {}}), {"known number of outputs"});
  check_throws<ValueError>([] { metrics::R2({.name = ""}); }, {"r2: name"});
}

}  // namespace
}  // namespace laminar::test
