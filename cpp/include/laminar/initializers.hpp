// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// How parameters start.
#pragma once

#include <cstdint>

namespace laminar {

/// How a parameter's first values are drawn; the functions of `laminar::initializers` make one.
///
/// `fan_in` is the product of all axes but the last, `fan_out` the last axis, so a kernel is
/// (fan_in, fan_out). `gain` multiplies the standard deviation. The values depend on the model's seed and on the place
/// of the parameter in the model alone.
///
/// \code{.cpp}
/// const Dense layer({.units = 8, .kernel_initializer = initializers::normal(0.01)});
/// \endcode
struct Initializer {
  /// Where the numbers come from.
  enum class Kind : std::int32_t {
    kZeros,          ///< 0
    kOnes,           ///< 1
    kConstant,       ///< `value`
    kNormal,         ///< normal with `mean` and `stddev`
    kUniform,        ///< uniform in [`low`, `high`)
    kHeNormal,       ///< normal, variance 2 gain^2 / fan_in
    kHeUniform,      ///< uniform, variance 2 gain^2 / fan_in
    kGlorotNormal,   ///< normal, variance 2 gain^2 / (fan_in + fan_out)
    kGlorotUniform,  ///< uniform, variance 2 gain^2 / (fan_in + fan_out)
    kLecunNormal,    ///< normal, variance gain^2 / fan_in
    kLecunUniform,   ///< uniform, variance gain^2 / fan_in
    kOrthogonal,     ///< `gain` times orthonormal rows or columns
  };

  Kind kind = Kind::kZeros;  ///< which of the numbers below count
  double value = 0.0;        ///< of kConstant
  double mean = 0.0;         ///< of kNormal
  double stddev = 0.05;      ///< of kNormal, at least 0
  double low = -0.05;        ///< of kUniform, at most `high`
  double high = 0.05;        ///< of kUniform
  double gain = 1.0;         ///< of the variance-scaling kinds and kOrthogonal, at least 0

  /// Whether kind and numbers are the same.
  /// \return true also requires equal numbers where the kind does not read them
  bool operator==(const Initializer&) const = default;
};

/// One function for each kind of `Initializer`.
namespace initializers {

/// All 0.
/// \return what biases start with by default
Initializer zeros();

/// All 1.
/// \return what gamma starts with by default
Initializer ones();

/// All the same number.
/// \param value that number
/// \return an initializer that draws nothing
/// \throws ValueError if it is not finite
Initializer constant(double value);

/// Normal numbers of variance stddev^2.
/// \param stddev at least 0
/// \param mean   their mean
/// \return an initializer of kind kNormal
/// \throws ValueError if a number is not finite or `stddev` is below 0
Initializer normal(double stddev = 0.05, double mean = 0.0);

/// Numbers from [low, high), all as likely, of variance (high - low)^2 / 12.
/// \param low  the least
/// \param high at least `low`
/// \return an initializer of kind kUniform
/// \throws ValueError if a number is not finite or `low` is above `high`
Initializer uniform(double low = -0.05, double high = 0.05);

/// Normal numbers of variance 2 gain^2 / fan_in, which keeps the size of activations before relu.
///
/// Source: He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015 (arXiv:1502.01852).
/// \param gain at least 0
/// \return what kernels before the relu kinds start with by default
/// \throws ValueError if `gain` is not finite or below 0
Initializer he_normal(double gain = 1.0);

/// Uniform numbers of variance 2 gain^2 / fan_in.
///
/// Source: He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015 (arXiv:1502.01852).
/// \param gain at least 0
/// \return an initializer of kind kHeUniform
/// \throws ValueError if `gain` is not finite or below 0
Initializer he_uniform(double gain = 1.0);

/// Normal numbers of variance 2 gain^2 / (fan_in + fan_out), between what keeps activations and what keeps gradients.
///
/// Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
/// \param gain at least 0
/// \return an initializer of kind kGlorotNormal
/// \throws ValueError if `gain` is not finite or below 0
Initializer glorot_normal(double gain = 1.0);

/// Uniform numbers of variance 2 gain^2 / (fan_in + fan_out).
///
/// Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
/// \param gain at least 0
/// \return what all other kernels start with by default
/// \throws ValueError if `gain` is not finite or below 0
Initializer glorot_uniform(double gain = 1.0);

/// Normal numbers of variance gain^2 / fan_in, as selu asks for.
///
/// Source: LeCun, Bottou, Orr and Mueller, "Efficient BackProp", 1998.
/// \param gain at least 0
/// \return an initializer of kind kLecunNormal
/// \throws ValueError if `gain` is not finite or below 0
Initializer lecun_normal(double gain = 1.0);

/// Uniform numbers of variance gain^2 / fan_in.
///
/// Source: LeCun, Bottou, Orr and Mueller, "Efficient BackProp", 1998.
/// \param gain at least 0
/// \return an initializer of kind kLecunUniform
/// \throws ValueError if `gain` is not finite or below 0
Initializer lecun_uniform(double gain = 1.0);

/// gain times a matrix (fan_in, fan_out) with orthonormal rows or columns, whichever are fewer (from a QR
/// factorization of normal numbers, the signs of R's diagonal made positive).
///
/// Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
/// networks", 2014 (arXiv:1312.6120).
/// \param gain at least 0
/// \return an initializer of kind kOrthogonal
/// \throws ValueError if `gain` is not finite or below 0
Initializer orthogonal(double gain = 1.0);

}  // namespace initializers
}  // namespace laminar
