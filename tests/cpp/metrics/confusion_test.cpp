// SPDX-License-Identifier: BSD-3-Clause
#include "metrics/metric_check.hpp"

namespace laminar::test {
namespace {

using Kind = TargetDomain::Kind;
using Labels = std::vector<std::int32_t>;

Config::Map average(const char* name) { return {{"average", std::string(name)}}; }

struct Scores {
  double precision, recall, f1;
};
template <class T, class Y>
Scores scores(const MetricCase<T, Y>& data, const Config::Map& options) {
  return {measure("precision", data, options), measure("recall", data, options), measure("f1", data, options)};
}
void check_scores(const Scores& got, const Scores& expected) {
  CHECK(got.precision == doctest::Approx(expected.precision).epsilon(1e-12));
  CHECK(got.recall == doctest::Approx(expected.recall).epsilon(1e-12));
  CHECK(got.f1 == doctest::Approx(expected.f1).epsilon(1e-12));
}

/// TP 3, FP 1, FN 2, TN 4 by their weights.
template <class T>
MetricCase<T, T> one_output() {
  return {{T(0.9), T(0.8), T(0.3), T(0.1)}, {4, 1}, {1, 0, 1, 0}, {4, 1}, {Kind::kUnitInterval}, {3, 1, 2, 4}};
}

TEST_CASE_TEMPLATE("precision, recall and F1 of one output", T, float, double) {
  check_scores(scores(one_output<T>(), {}), {3.0 / 4, 3.0 / 5, 6.0 / 9});
  // Class 0: 4 of 6 predicted, 4 of 5 that are.
  check_scores(scores(one_output<T>(), average("macro")),
               {(3.0 / 4 + 4.0 / 6) / 2, (3.0 / 5 + 4.0 / 5) / 2, (6.0 / 9 + 8.0 / 11) / 2});
  check_scores(scores(one_output<T>(), average("micro")), {0.7, 0.7, 0.7});
  Config::Map lower = average("binary");
  lower.emplace_back("threshold", 0.2);
  check_scores(scores(one_output<T>(), lower), {5.0 / 6, 1, 10.0 / 11});
}

TEST_CASE_TEMPLATE("precision, recall and F1 of classes", T, float, double) {
  // Predicted 0 0 1 1 1, actual 0 1 1 1 0; class 2 does not occur.
  const std::vector<T> p{1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0};
  const MetricCase<T, std::int32_t> data{p, {5, 3}, Labels{0, 1, 1, 1, 0}, {5}, {Kind::kLabels, 3}};
  check_scores(scores(data, average("macro")),
               {(1.0 / 2 + 2.0 / 3) / 2, (1.0 / 2 + 2.0 / 3) / 2, (1.0 / 2 + 2.0 / 3) / 2});
  check_scores(scores(data, average("micro")), {0.6, 0.6, 0.6});
  const std::vector<T> rows{1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0};
  const MetricCase<T, T> one_hot{p, {5, 3}, rows, {5, 3}, {Kind::kUnitInterval, 3}};
  CHECK(measure("f1", one_hot, average("macro")) == measure("f1", data, average("macro")));
}

TEST_CASE("of two classes the second is the positive one") {
  const MetricCase<double, std::int32_t> data{
      {0.1, 0.9, 0.2, 0.8, 0.7, 0.3}, {3, 2}, Labels{1, 0, 1}, {3}, {Kind::kLabels, 2}};
  check_scores(scores(data, {}), {0.5, 0.5, 0.5});
}

TEST_CASE("outputs that do not exclude each other have counts of their own") {
  const MetricCase<double, double> data{
      {0.9, 0.1, 0.9, 0.9, 0.1, 0.1}, {3, 2}, {1, 0, 0, 0, 1, 0}, {3, 2}, {Kind::kUnitInterval}};
  // Output 0: TP 1, FP 1, FN 1; output 1: FP 1 and nothing else, which counts as 0.
  check_scores(scores(data, average("macro")), {0.25, 0.25, 0.25});
  check_scores(scores(data, average("micro")), {1.0 / 3, 1.0 / 2, 2.0 / 5});
}

TEST_CASE("0 / 0 is 0") {
  const MetricCase<double, double> nothing{{0.1, 0.2}, {2, 1}, {0, 0}, {2, 1}, {Kind::kUnitInterval}};
  check_scores(scores(nothing, {}), {0, 0, 0});
  const MetricCase<double, double> weightless{{0.9, 0.2}, {2, 1}, {1, 0}, {2, 1}, {Kind::kUnitInterval}, {0, 0}};
  for (const char* name : {"binary", "macro", "micro"}) check_scores(scores(weightless, average(name)), {0, 0, 0});
}

TEST_CASE("precision says where it has no meaning") {
  const auto start = [](const Shape& p, const TargetSpec& y, const char* name) {
    return [=] { start_metric("Precision", average(name), {p, DType::kFloat32}, y); };
  };
  const TargetSpec labels{{{kFree}, DType::kInt32}, {Kind::kLabels, 3}};
  const TargetSpec counts{{{kFree, 1}, DType::kFloat32}, {Kind::kNonNegative}};
  const TargetSpec free{{{kFree, kFree}, DType::kFloat32}, {Kind::kUnitInterval}};
  check_throws<ShapeError>(start({kFree, 3}, labels, "binary"),
                           {"precision: average 'binary'", "3 classes", "'macro'"});
  check_throws<ShapeError>(start({kFree, 1}, counts, "micro"), {"precision: expected class labels"});
  check_throws<ShapeError>(start({kFree, kFree}, free, "micro"), {"precision: expected a known number of outputs"});
  check_throws<ValueError>([] { make_metric("f1", average("macr")); }, {"F1: average", "did you mean 'macro'?"});
  check_throws<ValueError>([] { metrics::Recall({.threshold = 1}); }, {"Recall: threshold: expected", "1"});
}

}  // namespace
}  // namespace laminar::test
