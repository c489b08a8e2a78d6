// SPDX-License-Identifier: BSD-3-Clause
//
// a[n] = act(z[n]);  dz[n] (+)= da[n] * act'(z[n])
#include <cmath>

#include "entries.hpp"
#include "maps.hpp"

namespace laminar::kernels::generic {
namespace {

template <class T>
struct Constants {
  static constexpr T kSeluAlpha = T(1.6732632423543772848170429916717);
  static constexpr T kSeluScale = T(1.0507009873554804934193349852946);
  static constexpr T kSqrtHalf = T(0.70710678118654752440084436210485);
  static constexpr T kInverseSqrtTwoPi = T(0.39894228040143267793994605993438);
  static constexpr T kSqrtTwoOverPi = T(0.79788456080286535587989211986876);
  static constexpr T kGeluCubic = T(0.044715);
};

/// exp only ever sees a number that is not positive, so nothing overflows on the way.
template <class T>
T sigmoid(T z) {
  const T e = std::exp(-std::abs(z));
  return z < 0 ? e / (1 + e) : 1 / (1 + e);
}

template <class T>
T softplus(T z) {
  return (z < 0 ? T(0) : z) + std::log1p(std::exp(-std::abs(z)));
}

template <class T>
T normal_distribution(T z) {
  return T(0.5) * std::erfc(-z * Constants<T>::kSqrtHalf);
}

/// Phi~(z) = sigmoid(2 sqrt(2 / pi) (z + 0.044715 z^3)) = (1 + tanh(...)) / 2
template <class T>
T normal_distribution_tanh(T z) {
  return sigmoid(2 * Constants<T>::kSqrtTwoOverPi * z * (1 + Constants<T>::kGeluCubic * z * z));
}

/// z * cdf, and 0 rather than NaN where z is -infinity.
template <class T>
T gate(T z, T cdf) {
  return cdf == 0 ? T(0) : z * cdf;
}

template <class T>
T gelu_derivative(T z) {
  const T density = Constants<T>::kInverseSqrtTwoPi * std::exp(T(-0.5) * z * z);
  return normal_distribution(z) + gate(z, density);
}

template <class T>
T gelu_tanh_derivative(T z) {
  const T cdf = normal_distribution_tanh(z);
  const T slope = 2 * Constants<T>::kSqrtTwoOverPi * (1 + 3 * Constants<T>::kGeluCubic * z * z);
  return cdf + gate(z, gate(slope, cdf * normal_distribution_tanh(-z)));
}

template <class T>
T silu_derivative(T z) {
  return sigmoid(z) + gate(z, sigmoid(z) * sigmoid(-z));
}

/// positive where x > 0, otherwise where x <= 0, NaN where x is NaN
template <class T>
T by_sign(T x, T positive, T otherwise) {
  return x > 0 ? positive : x <= 0 ? otherwise : x;
}

template <class T, class Apply>
void with_value(Activation activation, T slope, Apply apply) {
  constexpr T kAlpha = Constants<T>::kSeluAlpha, kScale = Constants<T>::kSeluScale;
  switch (activation) {
    case Activation::kSigmoid:
      return apply([](T z) { return sigmoid(z); });
    case Activation::kTanh:
      return apply([](T z) { return std::tanh(z); });
    case Activation::kRelu:
      return apply([](T z) { return by_sign(z, z, T(0)); });
    case Activation::kLeakyRelu:
      return apply([slope](T z) { return z > 0 ? z : slope * z; });
    case Activation::kElu:
      return apply([](T z) { return z > 0 ? z : std::expm1(z); });
    case Activation::kSelu:
      return apply([](T z) { return kScale * (z > 0 ? z : kAlpha * std::expm1(z)); });
    case Activation::kGelu:
      return apply([](T z) { return gate(z, normal_distribution(z)); });
    case Activation::kGeluTanh:
      return apply([](T z) { return gate(z, normal_distribution_tanh(z)); });
    case Activation::kSilu:
      return apply([](T z) { return gate(z, sigmoid(z)); });
    case Activation::kSoftplus:
      return apply([](T z) { return softplus(z); });
    case Activation::kExponential:
      return apply([](T z) { return std::exp(z); });
    case Activation::kLinear:
    case Activation::kSoftmax:
      return apply([](T z) { return z; });
  }
}

template <class T, class Apply>
void with_derivative(Activation activation, T slope, Apply apply) {
  constexpr T kScale = Constants<T>::kSeluScale, kScaleAlpha = kScale * Constants<T>::kSeluAlpha;
  switch (activation) {
    case Activation::kSigmoid:
      return apply([](T, T a) { return a * (1 - a); });
    case Activation::kTanh:
      return apply([](T, T a) { return 1 - a * a; });
    case Activation::kRelu:
      return apply([](T, T a) { return by_sign(a, T(1), T(0)); });
    case Activation::kLeakyRelu:
      return apply([slope](T, T a) { return by_sign(a, T(1), slope); });
    case Activation::kElu:
      return apply([](T, T a) { return by_sign(a, T(1), a + 1); });
    case Activation::kSelu:
      return apply([](T, T a) { return by_sign(a, kScale, a + kScaleAlpha); });
    case Activation::kGelu:
      return apply([](T z, T) { return gelu_derivative(z); });
    case Activation::kGeluTanh:
      return apply([](T z, T) { return gelu_tanh_derivative(z); });
    case Activation::kSilu:
      return apply([](T z, T) { return silu_derivative(z); });
    case Activation::kSoftplus:
      return apply([](T, T a) { return -std::expm1(-a); });
    case Activation::kExponential:
      return apply([](T, T a) { return a; });
    case Activation::kLinear:
    case Activation::kSoftmax:
      return apply([](T, T) { return T(1); });
  }
}

bool reads_input(Activation activation) {
  return activation == Activation::kGelu || activation == Activation::kGeluTanh || activation == Activation::kSilu;
}

}  // namespace

template <class T>
void activate(const ActivationArgs<T>& args) {
  if (args.activation == Activation::kLinear && args.z == args.a) return;
  with_value(args.activation, args.slope,
             [&](auto value) { vector(args.a, args.n) = vector(args.z, args.n).unaryExpr(value); });
}

template <class T>
void activate_backward(const ActivationBackwardArgs<T>& args) {
  // The array that a derivative does not read may be null.
  const auto z = vector(reads_input(args.activation) ? args.z : args.da, args.n);
  const auto a =
      vector(reads_input(args.activation) || args.activation == Activation::kLinear ? args.da : args.a, args.n);
  const auto da = vector(args.da, args.n);
  auto dz = vector(args.dz, args.n);
  with_derivative(args.activation, args.slope, [&](auto derivative) {
    if (args.accumulate) {
      dz += da * z.binaryExpr(a, derivative);
    } else {
      dz = da * z.binaryExpr(a, derivative);
    }
  });
}

template void activate(const ActivationArgs<float>&);
template void activate(const ActivationArgs<double>&);
template void activate_backward(const ActivationBackwardArgs<float>&);
template void activate_backward(const ActivationBackwardArgs<double>&);

void fill_activations(KernelTable& table) {
  table.f32.activate = activate<float>;
  table.f64.activate = activate<double>;
  table.f32.activate_backward = activate_backward<float>;
  table.f64.activate_backward = activate_backward<double>;
}

}  // namespace laminar::kernels::generic
