// SPDX-License-Identifier: BSD-3-Clause
#include "initializers/initialize.hpp"

#include <cmath>

#include "support/tensors.hpp"

namespace laminar::test {
namespace {

template <class T>
std::vector<T> draw(const Initializer& initializer, const Shape& shape, std::uint64_t seed = 1,
                    std::uint32_t stream = 0) {
  std::vector<T> values(static_cast<std::size_t>(shape.size()), T(99));
  initialize(initializer, seed, stream, tensor_of(values, shape));
  return values;
}

struct Case {
  Initializer initializer;
  double mean, variance;
  double kurtosis;  ///< fourth central moment over the variance squared: 3 normal, 9/5 uniform
};

TEST_CASE("constants fill a parameter") {
  CHECK(draw<float>(initializers::zeros(), {2, 3}) == std::vector<float>(6, 0.0F));
  CHECK(draw<double>(initializers::ones(), {2, 3}) == std::vector<double>(6, 1.0));
  CHECK(draw<float>(initializers::constant(-0.1), {5}) == std::vector<float>(5, -0.1F));
}

TEST_CASE("random initializers have the mean, the variance and the shape they promise") {
  const Shape shape{400, 500};
  const std::vector<Case> cases{
      {initializers::normal(0.3, 2.0), 2.0, 0.09, 3},      {initializers::uniform(-1, 3), 1.0, 16.0 / 12, 1.8},
      {initializers::he_normal(), 0, 2.0 / 400, 3},        {initializers::he_normal(2), 0, 8.0 / 400, 3},
      {initializers::he_uniform(), 0, 2.0 / 400, 1.8},     {initializers::glorot_normal(), 0, 2.0 / 900, 3},
      {initializers::glorot_uniform(), 0, 2.0 / 900, 1.8}, {initializers::lecun_normal(), 0, 1.0 / 400, 3},
      {initializers::lecun_uniform(3), 0, 9.0 / 400, 1.8},
  };
  for (const Case& test : cases) {
    const std::vector<float> values = draw<float>(test.initializer, shape);
    const double n = static_cast<double>(values.size());
    double sum = 0, squares = 0, fourth = 0;
    for (const float value : values) {
      const double d = static_cast<double>(value) - test.mean;
      sum += d;
      squares += d * d;
      fourth += d * d * d * d;
    }
    // Five standard errors; the fourth moment needs but tell one distribution from the other.
    CHECK(std::abs(sum / n) < 5 * std::sqrt(test.variance / n));
    CHECK(std::abs(squares / n / test.variance - 1) < 5 * std::sqrt((test.kurtosis - 1) / n));
    CHECK(std::abs(fourth / n / (test.variance * test.variance) - test.kurtosis) < 0.1);
  }
}

TEST_CASE("uniform numbers keep within their limits") {
  for (const double value : draw<double>(initializers::uniform(-0.5, 0.25), {100, 100})) {
    REQUIRE((value >= -0.5 && value < 0.25));
  }
  const double limit = std::sqrt(6.0 / (30 + 20));
  for (const double value : draw<double>(initializers::glorot_uniform(), {30, 20})) REQUIRE(std::abs(value) <= limit);
}

TEST_CASE("fan in is the product of all axes but the last") {
  CHECK(fans({3, 3, 16, 32}).in == 144);
  CHECK(fans({3, 3, 16, 32}).out == 32);
  CHECK(fans({7}).in == 1);
  CHECK(fans({7}).out == 7);
}

TEST_CASE("values depend on seed and stream alone, and both dtypes agree") {
  for (const Initializer& initializer :
       {initializers::he_normal(), initializers::uniform(), initializers::orthogonal()}) {
    const std::vector<double> values = draw<double>(initializer, {7, 5});
    CHECK(values == draw<double>(initializer, {7, 5}));
    CHECK(values != draw<double>(initializer, {7, 5}, 2));
    CHECK(values != draw<double>(initializer, {7, 5}, 1, 1));
    const std::vector<float> rounded = draw<float>(initializer, {7, 5});
    for (std::size_t i = 0; i < values.size(); ++i) CHECK(rounded[i] == static_cast<float>(values[i]));
  }
}

/// The largest distance of any product of two vectors from that of an orthonormal set; vector i, entry j lies at
/// w[i * step + j * stride].
double orthonormality_error(const std::vector<double>& w, int count, int length, int step, int stride, double scale) {
  double error = 0;
  for (int a = 0; a < count; ++a) {
    for (int b = 0; b < count; ++b) {
      double product = 0;
      for (int j = 0; j < length; ++j) {
        product +=
            w[static_cast<std::size_t>(a * step + j * stride)] * w[static_cast<std::size_t>(b * step + j * stride)];
      }
      error = std::max(error, std::abs(product - (a == b ? scale : 0)));
    }
  }
  return error;
}

TEST_CASE("orthogonal gives orthonormal columns, or rows where they are fewer") {
  CHECK(orthonormality_error(draw<double>(initializers::orthogonal(), {60, 40}), 40, 60, 1, 40, 1) < 1e-13);
  CHECK(orthonormality_error(draw<double>(initializers::orthogonal(), {40, 60}), 40, 60, 60, 1, 1) < 1e-13);
  CHECK(orthonormality_error(draw<double>(initializers::orthogonal(2), {50, 50}), 50, 50, 50, 1, 4) < 1e-12);
  CHECK(orthonormality_error(draw<double>(initializers::orthogonal(), {4, 5, 3}), 3, 20, 1, 3, 1) < 1e-13);
  CHECK(orthonormality_error(draw<double>(initializers::orthogonal(), {9}), 1, 9, 9, 1, 1) < 1e-13);
}

TEST_CASE("orthogonal favours no sign") {
  // Without the signs of R's diagonal a 1 x 1 matrix would always be the same.
  int positive = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const double q = draw<double>(initializers::orthogonal(), {1, 1}, seed)[0];
    CHECK(std::abs(q) == doctest::Approx(1));
    positive += q > 0 ? 1 : 0;
  }
  CHECK(std::abs(positive - 200) < 50);
}

TEST_CASE("a parameter without elements is no trouble") {
  for (const Initializer& initializer :
       {initializers::zeros(), initializers::he_normal(), initializers::orthogonal()}) {
    CHECK(draw<float>(initializer, {0, 4}).empty());
    CHECK(draw<float>(initializer, {4, 0}).empty());
  }
}

}  // namespace
}  // namespace laminar::test
