// SPDX-License-Identifier: BSD-3-Clause
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
struct ActivationSpec {
  Activation kind = Activation::kLinear;
  double slope = 0.01;  ///< of leaky relu where z <= 0; no other activation reads it

  constexpr ActivationSpec() = default;
  constexpr ActivationSpec(Activation kind) : kind(kind) {}  // NOLINT(google-explicit-constructor)
  constexpr ActivationSpec(Activation kind, double slope) : kind(kind), slope(slope) {}

  constexpr bool operator==(const ActivationSpec&) const = default;
};

}  // namespace laminar
