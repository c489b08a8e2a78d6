// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// Activation functions.
#pragma once

#include <cstdint>

namespace laminar {

/// Element-wise functions g in a = g(z), and the row-wise softmax.
enum class Activation : std::int32_t {
  kLinear,       ///< z
  kSigmoid,      ///< 1 / (1 + exp(-z))
  kTanh,         ///< tanh(z)
  kRelu,         ///< max(0, z), derivative 0 at 0
  kLeakyRelu,    ///< z for z > 0, else slope * z
  kElu,          ///< z for z > 0, else exp(z) - 1
  kSelu,         ///< 1.0507 * (z for z > 0, else 1.6733 * (exp(z) - 1))
  kGelu,         ///< z * Phi(z) with the normal distribution function Phi
  kGeluTanh,     ///< the tanh approximation of gelu
  kSilu,         ///< z * sigmoid(z)
  kSoftplus,     ///< log(1 + exp(z))
  kExponential,  ///< exp(z)
  kSoftmax,      ///< exp(z_j) / sum_k exp(z_k) over the last axis
};

/// An activation together with its parameter; an `Activation` converts to it.
///
/// \code{.cpp}
/// Dense plain({.units = 8, .activation = Activation::kTanh});
/// Dense leaky({.units = 8, .activation = {Activation::kLeakyRelu, 0.2}});
/// \endcode
struct ActivationSpec {
  Activation kind = Activation::kLinear;  ///< the function
  double slope = 0.01;                    ///< of leaky relu where z <= 0; no other activation reads it

  /// The linear function.
  constexpr ActivationSpec() = default;
  /// A function with the default slope.
  /// \param kind the function
  constexpr ActivationSpec(Activation kind) : kind(kind) {}  // NOLINT(google-explicit-constructor)
  /// A function with a slope of its own.
  /// \param kind  the function
  /// \param slope that of leaky relu where z <= 0
  constexpr ActivationSpec(Activation kind, double slope) : kind(kind), slope(slope) {}

  /// Whether function and slope are the same.
  /// \return true also requires equal slopes where no function reads them
  constexpr bool operator==(const ActivationSpec&) const = default;
};

}  // namespace laminar
