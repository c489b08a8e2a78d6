// SPDX-License-Identifier: BSD-3-Clause
#include "initializers/initialize.hpp"

#include "core/config.hpp"

namespace laminar {
namespace {

Initializer checked(const Initializer& initializer) {
  expect_valid(initializer, "initializer");
  return initializer;
}

}  // namespace

void initialize(const Initializer& initializer, std::uint64_t seed, std::uint32_t stream, const Tensor& parameter) {
  const RandomStream random{.seed = seed, .stream = stream, .step = kInitializationStep};
  switch (initializer.kind) {
    case Initializer::Kind::kZeros:
      return fill_constant(0.0, parameter);
    case Initializer::Kind::kOnes:
      return fill_constant(1.0, parameter);
    case Initializer::Kind::kConstant:
      return fill_constant(initializer.value, parameter);
    case Initializer::Kind::kNormal:
      return fill_normal(initializer.mean, initializer.stddev, random, parameter);
    case Initializer::Kind::kUniform:
      return fill_uniform(initializer.low, initializer.high, random, parameter);
    case Initializer::Kind::kHeNormal:
    case Initializer::Kind::kHeUniform:
    case Initializer::Kind::kGlorotNormal:
    case Initializer::Kind::kGlorotUniform:
    case Initializer::Kind::kLecunNormal:
    case Initializer::Kind::kLecunUniform:
      return fill_scaled(initializer, random, parameter);
    case Initializer::Kind::kOrthogonal:
      return fill_orthogonal(initializer.gain, random, parameter);
  }
}

Fans fans(const Shape& shape) {
  const MatrixShape matrix = as_matrix(shape);
  return {matrix.rows, matrix.columns};
}

namespace initializers {

using Kind = Initializer::Kind;

Initializer zeros() { return {.kind = Kind::kZeros}; }
Initializer ones() { return {.kind = Kind::kOnes}; }
Initializer constant(double value) { return checked({.kind = Kind::kConstant, .value = value}); }
Initializer normal(double stddev, double mean) {
  return checked({.kind = Kind::kNormal, .mean = mean, .stddev = stddev});
}
Initializer uniform(double low, double high) { return checked({.kind = Kind::kUniform, .low = low, .high = high}); }
Initializer he_normal(double gain) { return checked({.kind = Kind::kHeNormal, .gain = gain}); }
Initializer he_uniform(double gain) { return checked({.kind = Kind::kHeUniform, .gain = gain}); }
Initializer glorot_normal(double gain) { return checked({.kind = Kind::kGlorotNormal, .gain = gain}); }
Initializer glorot_uniform(double gain) { return checked({.kind = Kind::kGlorotUniform, .gain = gain}); }
Initializer lecun_normal(double gain) { return checked({.kind = Kind::kLecunNormal, .gain = gain}); }
Initializer lecun_uniform(double gain) { return checked({.kind = Kind::kLecunUniform, .gain = gain}); }
Initializer orthogonal(double gain) { return checked({.kind = Kind::kOrthogonal, .gain = gain}); }

}  // namespace initializers
}  // namespace laminar
