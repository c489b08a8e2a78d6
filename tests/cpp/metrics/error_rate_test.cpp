// SPDX-License-Identifier: BSD-3-Clause
#include "metrics/metric_check.hpp"

#include <limits>

namespace laminar::test {
namespace {

using Kind = TargetDomain::Kind;

Config::Map class_weight(std::int64_t label, double weight) {
  return {{"class_weight", Config::Map{{std::to_string(label), weight}}}};
}

TEST_CASE_TEMPLATE("the share of wrong predictions, by weights of examples and classes", T, float, double) {
  const MetricCase<T, T> data{
      {T(0.9), T(0.1), T(0.2), T(0.7), T(0.3)}, {5, 1}, {1, 1, 0, 0, 0}, {5, 1}, {Kind::kUnitInterval}};
  CHECK(measure("error_rate", data) == doctest::Approx(2.0 / 5));
  CHECK(measure("error_rate", data, class_weight(1, 10)) == doctest::Approx(11.0 / 23));
  CHECK(measure("error_rate", data, class_weight(1, 0)) == doctest::Approx(1.0 / 3));
  MetricCase<T, T> weighted = data;
  weighted.weights = {1, 0, 2, 3, 0};
  CHECK(measure("error_rate", weighted) == doctest::Approx(3.0 / 6));
}

TEST_CASE("classes and outputs") {
  const MetricCase<double, std::int32_t> labels{
      {1, 0, 0, 0, 1, 0, 0, 1, 0}, {3, 3}, {0, 1, 2}, {3}, {Kind::kLabels, 3}};
  CHECK(measure("error_rate", labels) == doctest::Approx(1.0 / 3));
  CHECK(measure("error_rate", labels, class_weight(2, 6)) == doctest::Approx(6.0 / 8));
  const double none = std::numeric_limits<double>::quiet_NaN();
  const MetricCase<double, double> outputs{
      {0.9, 0.1, 0.9, 0.9}, {2, 2}, {1, none, 1, 0}, {2, 2}, {.kind = Kind::kUnitInterval, .may_be_missing = true}};
  CHECK(measure("error_rate", outputs) == doctest::Approx(1.0 / 3));
  CHECK(measure("error_rate", outputs, class_weight(0, 4)) == doctest::Approx(4.0 / 6));
}

TEST_CASE("class weights that cannot be") {
  check_throws<ValueError>([] { metrics::ErrorRate({.class_weight = {{1, -1.0}}}); }, {"class_weight[1]", "-1"});
  check_throws<ValueError>([] { metrics::ErrorRate({.class_weight = {{-1, 1.0}}}); }, {"0 and more", "-1"});
  check_throws<TypeError>(
      [] {
        make_metric("error_rate", {{"class_weight", Config::Map{{"one", 1.0}}}});
      },
      {"ErrorRate: class_weight: expected whole numbers", "'one'"});
  const TargetSpec labels{{{kFree}, DType::kInt32}, {Kind::kLabels, 3}};
  check_throws<ShapeError>(
      [&] {
        start_metric("error_rate", class_weight(3, 1), {{kFree, 3}, DType::kFloat32}, labels);
      },
      {"error_rate: class_weight: expected classes from 0 to 2, got 3"});
}

TEST_CASE("error rates are built anew from their options") {
  const auto metric = metrics::ErrorRate({.class_weight = {{1, 10.0}}, .name = "weighted"}).shared_function();
  CHECK(metric->name() == "weighted");
  const auto again = make_metric(std::string(metric->type()), metric->options());
  CHECK(again->name() == "weighted");
  CHECK(describe(again->options()) == "{'class_weight': {'1': 10.0}, 'threshold': 0.5, 'name': 'weighted'}");
}

}  // namespace
}  // namespace laminar::test
