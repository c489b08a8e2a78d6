// SPDX-License-Identifier: BSD-3-Clause
#include "metrics/metric_check.hpp"

#include <limits>

namespace laminar::test {
namespace {

using Kind = TargetDomain::Kind;

template <class T, class Y>
double accuracy(std::vector<T> predictions, const Shape& p, std::vector<Y> targets, const Shape& y, TargetDomain domain,
                std::vector<T> weights = {}, const Config::Map& options = {}) {
  return measure<T, Y>("accuracy", {predictions, p, targets, y, domain, weights}, options);
}

TEST_CASE_TEMPLATE("one output is 1 above the threshold, else 0", T, float, double) {
  const std::vector<T> p{T(0.9), T(0.5), T(0.2), T(0.51)};
  CHECK(accuracy<T, T>(p, {4, 1}, {1, 1, 0, 0}, {4, 1}, {Kind::kUnitInterval}) == 0.5);
  CHECK(accuracy<T, T>(p, {4}, {1, 0, 0, 1}, {4}, {Kind::kReal}) == 1);
  CHECK(accuracy<T, T>(p, {4, 1}, {1, 1, 0, 0}, {4, 1}, {Kind::kUnitInterval}, {3, 1, 0, 0}) == 0.75);
  CHECK(accuracy<T, T>(p, {4, 1}, {1, 1, 0, 0}, {4, 1}, {Kind::kUnitInterval}, {}, {{"threshold", 0.4}}) == 0.75);
}

TEST_CASE_TEMPLATE("outputs that do not exclude each other count by their share", T, float, double) {
  const std::vector<T> p{T(0.9), T(0.1), T(0.9), T(0.9)};
  CHECK(accuracy<T, T>(p, {2, 2}, {1, 0, 1, 0}, {2, 2}, {Kind::kUnitInterval}) == 0.75);
}

TEST_CASE_TEMPLATE("targets that are missing are left out", T, float, double) {
  const T none = std::numeric_limits<T>::quiet_NaN();
  const std::vector<T> p{T(0.9), T(0.1), T(0.9), T(0.9), T(0.1), T(0.1)};
  const TargetDomain domain{.kind = Kind::kUnitInterval, .may_be_missing = true};
  CHECK(accuracy<T, T>(p, {3, 2}, {1, none, 1, 0, none, none}, {3, 2}, domain) == doctest::Approx(2.0 / 3));
  CHECK(accuracy<T, T>(p, {3, 2}, {1, none, 1, 0, none, none}, {3, 2}, domain, {1, 2, 5}) == doctest::Approx(3.0 / 5));
  CHECK(accuracy<T, T>(p, {3, 2}, std::vector<T>(6, none), {3, 2}, domain) == 0);
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

TEST_CASE("accuracy adds up weights that are not powers of two") {
  CHECK(accuracy<double, double>({0.9, 0.1, 0.8, 0.7, 0.3}, {5, 1}, {1, 1, 1, 0, 0}, {5, 1}, {Kind::kUnitInterval},
                                 {0.1, 0.2, 0.3, 0.4, 0.5}) == doctest::Approx(0.9 / 1.5));
}

TEST_CASE("accuracy says where it has no meaning") {
  const auto start = [](const Shape& p, const Shape& y, Kind kind) {
    start_metric("accuracy", {}, {p, DType::kFloat32}, {{y, DType::kFloat32}, {kind}});
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
