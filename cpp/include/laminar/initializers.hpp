// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace laminar {

/// How a parameter's first values are drawn.
///
/// `fan_in` is the product of all axes but the last, `fan_out` the last axis, so a kernel is
/// (fan_in, fan_out). `gain` multiplies the standard deviation.
struct Initializer {
  enum class Kind : std::int32_t {
    kZeros,
    kOnes,
    kConstant,
    kNormal,
    kUniform,
    kHeNormal,
    kHeUniform,
    kGlorotNormal,
    kGlorotUniform,
    kLecunNormal,
    kLecunUniform,
    kOrthogonal,
  };

  Kind kind = Kind::kZeros;
  double value = 0.0;    ///< of kConstant
  double mean = 0.0;     ///< of kNormal
  double stddev = 0.05;  ///< of kNormal
  double low = -0.05;    ///< of kUniform
  double high = 0.05;    ///< of kUniform
  double gain = 1.0;     ///< of the variance-scaling kinds and kOrthogonal

  bool operator==(const Initializer&) const = default;
};

/// One function for each kind of `Initializer`.
namespace initializers {

Initializer zeros();
Initializer ones();
Initializer constant(double value);
/// Variance stddev^2.
Initializer normal(double stddev = 0.05, double mean = 0.0);
/// Variance (high - low)^2 / 12.
Initializer uniform(double low = -0.05, double high = 0.05);
/// Variance 2 gain^2 / fan_in.
Initializer he_normal(double gain = 1.0);
Initializer he_uniform(double gain = 1.0);
/// Variance 2 gain^2 / (fan_in + fan_out).
Initializer glorot_normal(double gain = 1.0);
Initializer glorot_uniform(double gain = 1.0);
/// Variance gain^2 / fan_in.
Initializer lecun_normal(double gain = 1.0);
Initializer lecun_uniform(double gain = 1.0);
/// gain times a matrix with orthonormal rows or columns, whichever are fewer (from a QR
/// factorization of normal numbers, the signs of R's diagonal made positive).
Initializer orthogonal(double gain = 1.0);

}  // namespace initializers
}  // namespace laminar
