// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <limits>

#include "core/rng.hpp"
#include "metrics/metric_check.hpp"

namespace laminar::test {
namespace {

using Kind = TargetDomain::Kind;

struct Data {
  std::vector<double> p, y, w;
};
Data data(std::size_t examples, std::size_t outputs) {
  Data result;
  const RandomStream random{.seed = 1};
  for (std::size_t i = 0; i < examples * outputs; ++i) {
    result.p.push_back(random.uniform(2 * i));
    result.y.push_back(random.uniform(2 * i + 1));
  }
  for (std::size_t i = 0; i < examples; ++i) result.w.push_back(static_cast<double>(i % 3));
  return result;
}

TEST_CASE("a loss as metric is the weighted mean of its losses, however the data is cut") {
  constexpr std::size_t kExamples = 1000, kOutputs = 3;
  Data d = data(kExamples, kOutputs);
  double sum = 0, weights = 0;
  for (std::size_t i = 0; i < kExamples; ++i) {
    double loss = 0;
    for (std::size_t j = i * kOutputs; j < (i + 1) * kOutputs; ++j) loss += std::abs(d.p[j] - d.y[j]) / kOutputs;
    sum += d.w[i] * loss;
    weights += d.w[i];
  }

  CHECK(make_metric("mean_absolute_error")->name() == "mean_absolute_error");
  const TensorSpec spec{{kFree, kOutputs}, DType::kFloat64};
  const auto state = start_metric("mean_absolute_error", {}, spec, {spec, {}});
  CHECK(std::isnan(state->result()));
  const auto add = [&](std::size_t first, std::size_t last) {
    const auto n = static_cast<std::int64_t>(last - first);
    const TensorSpec rows{{n, kOutputs}, DType::kFloat64};
    state->update(context(), {&d.p[first * kOutputs], rows}, {&d.y[first * kOutputs], rows},
                  {&d.w[first], {{n}, DType::kFloat64}});
  };
  add(0, kExamples);
  const double whole = state->result();
  CHECK(whole == doctest::Approx(sum / weights));
  state->reset();
  add(0, 1);
  add(1, 300);
  add(300, kExamples);
  CHECK(state->result() == whole);
}

TEST_CASE("cross-entropy as metric reads labels and sequences") {
  std::vector<float> p{0.25F, 0.75F, 0.5F, 0.5F, 0.5F, 0.5F, 0.9F, 0.1F};
  std::vector<std::int32_t> labels{1, 0, 1, 0};
  const auto state = start_metric("CrossEntropy", {}, {{kFree, kFree, 2}, DType::kFloat32},
                                  {{{kFree, kFree}, DType::kInt32}, {Kind::kLabels, 2}});
  state->update(context(), tensor_of(p, {2, 2, 2}), tensor_of(labels, {2, 2}), {});
  CHECK(state->result() == doctest::Approx(-(std::log(0.75) + 2 * std::log(0.5) + std::log(0.9)) / 4));
  state->update(context(), tensor_of(p, {1, 4, 2}), tensor_of(labels, {1, 4}), {});  // another length of the free axis
  CHECK(state->result() == doctest::Approx(-(std::log(0.75) + 2 * std::log(0.5) + std::log(0.9)) / 4));
}

TEST_CASE("binary cross-entropy as metric leaves out what is missing, and takes the options of its loss") {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const MetricCase<double, double> data{{0.5, 0.9, 0.1, 0.5, 0.2, 0.3},
                                        {3, 2},
                                        {1, none, 0, 1, none, none},
                                        {3, 2},
                                        {.kind = Kind::kUnitInterval, .may_be_missing = true},
                                        {2, 1, 5}};
  const double log_half = std::log(0.5), sum = -(2 * log_half + std::log(0.9) + log_half);
  CHECK(measure("binary_cross_entropy", data) == doctest::Approx(sum / 4));
  CHECK(measure("binary_cross_entropy", data, {{"reduce_outputs", std::string("sum")}}) == doctest::Approx(sum / 8));
  check_throws<ShapeError>([&] { measure("huber", data); }, {"huber: expected targets that are all known"});
}

TEST_CASE("metrics say what they cannot read") {
  check_throws<ValueError>([] { make_metric("acuracy"); },
                           {"metric: expected one of accuracy, error_rate,", "binary_cross_entropy, cross_entropy",
                            "got 'acuracy'; did you mean 'accuracy'?"});
  const TensorSpec p{{kFree, 3}, DType::kFloat32};
  const TargetSpec labels{{{kFree}, DType::kInt32}, {Kind::kLabels, 3}};
  check_throws<ShapeError>([&] { start_metric("mean_squared_error", {}, p, labels); },
                           {"mean_squared_error: y:", "(None, 3)", "(None,)"});
}

}  // namespace
}  // namespace laminar::test
