// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "metrics/metric.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

using Kind = TargetDomain::Kind;

/// Accuracy over all examples at once; `targets` are labels or numbers.
template <class T, class Y>
double accuracy(std::vector<T> predictions, const Shape& p, std::vector<Y> targets, const Shape& y, TargetDomain domain,
                std::vector<T> weights = {}) {
  const TensorSpec target{y, dtype_of<Y>};
  const auto state = make_metric("accuracy")->start({p, dtype_of<T>}, {target, domain});
  CHECK(std::isnan(state->result()));
  const auto examples = static_cast<std::int64_t>(weights.size());
  state->update(context(), tensor_of(predictions, p), tensor_of(targets, y),
                weights.empty() ? Tensor{} : tensor_of(weights, {examples}));
  return state->result();
}

TEST_CASE_TEMPLATE("one output is 1 above 1/2, else 0", T, float, double) {
  const std::vector<T> p{T(0.9), T(0.5), T(0.2), T(0.51)};
  CHECK(accuracy<T, T>(p, {4, 1}, {1, 1, 0, 0}, {4, 1}, {Kind::kUnitInterval}) == 0.5);
  CHECK(accuracy<T, T>(p, {4}, {1, 0, 0, 1}, {4}, {Kind::kReal}) == 1);
  CHECK(accuracy<T, T>(p, {4, 1}, {1, 1, 0, 0}, {4, 1}, {Kind::kUnitInterval}, {3, 1, 0, 0}) == 0.75);
}

TEST_CASE_TEMPLATE("outputs that do not exclude each other count by their share", T, float, double) {
  const std::vector<T> p{T(0.9), T(0.1), T(0.9), T(0.9)};
  CHECK(accuracy<T, T>(p, {2, 2}, {1, 0, 1, 0}, {2, 2}, {Kind::kUnitInterval}) == 0.75);
}

TEST_CASE_TEMPLATE("the likeliest class is compared with labels or one-hot rows", T, float, double) {
  const std::vector<T> p{T(0.1), T(0.7), T(0.2), T(0.4), T(0.4), T(0.2)};  // the first of equals wins
  CHECK(accuracy<T, std::int32_t>(p, {2, 3}, {1, 0}, {2}, {Kind::kLabels, 3}) == 1);
  CHECK(accuracy<T, std::int32_t>(p, {2, 3}, {1, 1}, {2}, {Kind::kLabels, 3}) == 0.5);
  CHECK(accuracy<T, T>(p, {2, 3}, {0, 1, 0, 0, 0, 1}, {2, 3}, {Kind::kUnitInterval, 3}) == 0.5);
  CHECK(accuracy<T, T>(p, {2, 3}, {0, 1, 0, 1, 0, 0}, {2, 3}, {Kind::kReal}) == 1);
}

TEST_CASE("sequences count by the share of right steps") {
  const std::vector<float> p{0.9F, 0.1F, 0.2F, 0.8F, 0.9F, 0.1F, 0.9F, 0.1F};
  CHECK(accuracy<float, std::int32_t>(p, {2, 2, 2}, {0, 1, 0, 1}, {2, 2}, {Kind::kLabels, 2}) == 0.75);
  CHECK(accuracy<float, std::int32_t>(p, {2, 2, 2}, {0, 1, 0, 1}, {2, 2}, {Kind::kLabels, 2}, {0, 2}) == 0.5);
}

TEST_CASE("accuracy does not depend on the cut into batches and starts anew") {
  std::vector<double> p{0.9, 0.1, 0.8, 0.7, 0.3}, y{1, 1, 1, 0, 0}, w{0.1, 0.2, 0.3, 0.4, 0.5};
  const auto state = make_metric("accuracy")
                         ->start({{kFree, 1}, DType::kFloat64}, {{{kFree, 1}, DType::kFloat64}, {Kind::kUnitInterval}});
  const auto add = [&](std::size_t first, std::int64_t n) {
    const TensorSpec column{{n, 1}, DType::kFloat64};
    state->update(context(), {&p[first], column}, {&y[first], column}, {&w[first], {{n}, DType::kFloat64}});
  };
  add(0, 5);
  const double whole = state->result();
  CHECK(whole == doctest::Approx(0.9 / 1.5));
  state->reset();
  CHECK(std::isnan(state->result()));
  add(0, 2);
  add(2, 3);
  CHECK(state->result() == whole);
}

TEST_CASE("accuracy says where it has no meaning") {
  const auto start = [](const Shape& p, const Shape& y, Kind kind) {
    make_metric("accuracy")->start({p, DType::kFloat32}, {{y, DType::kFloat32}, {kind}});
  };
  check_throws<ShapeError>(
      [&] {
        start({kFree, 1}, {kFree, 1}, Kind::kNonNegative);
      },
      {"accuracy: expected", "(None, 1)"});
  check_throws<ShapeError>(
      [&] {
        start({kFree, 3}, {kFree, 2}, Kind::kReal);
      },
      {"accuracy: expected", "(None, 3)", "(None, 2)"});
}

}  // namespace
}  // namespace laminar::test
