// SPDX-License-Identifier: BSD-3-Clause
#include "simd/accuracy.hpp"

#include <cmath>

namespace laminar::test {
namespace {

// Far out the error of an argument of exp or erfc comes back multiplied by that argument, so that 64 bits are too few
// to judge a double by. There the argument is reckoned in 113 bits and taken in two parts.
__extension__ typedef __float128 Quad;

struct TwoParts {
  explicit TwoParts(Quad x) : high(static_cast<long double>(x)), low(static_cast<long double>(x - high)) {}
  long double high, low;
};

Quad quad(long double high, long double low) { return static_cast<Quad>(high) + static_cast<Quad>(low); }

long double exact_sigmoid(long double z) { return 1 / (1 + std::exp(-z)); }
long double exact_softplus(long double z) { return z > 0 ? z + std::log1p(std::exp(-z)) : std::log1p(std::exp(z)); }
long double exact_elu(long double z) { return z > 0 ? z : std::expm1(z); }
long double exact_selu(long double z) {
  constexpr long double kAlpha = 1.6732632423543772848170429916717L, kScale = 1.0507009873554804934193349852946L;
  return z > 0 ? kScale * z : kScale * kAlpha * std::expm1(z);
}
long double exact_silu(long double z) { return std::isinf(z) && z < 0 ? 0 : z * exact_sigmoid(z); }

/// z erfc(-z / sqrt(2)) / 2
long double exact_gelu(long double z) {
  if (std::isinf(z)) return z > 0 ? z : 0;
  const TwoParts x(-z * quad(0.707106781186547524381894036516L, 1.895032558893257079655e-20L));
  constexpr long double kTwoOverSqrtPi = 1.1283791670955125738961589031215L;
  return z * (std::erfc(x.high) - kTwoOverSqrtPi * std::exp(-x.high * x.high) * x.low) / 2;
}

/// z sigmoid(2 sqrt(2 / pi) (z + 0.044715 z^3))
long double exact_gelu_tanh(long double z) {
  if (std::isinf(z)) return z > 0 ? z : 0;
  const Quad q = z, cubic = static_cast<Quad>(44715) / 1000000;
  const TwoParts u(quad(1.59576912160573071170627246218L, 5.351177755720478292e-20L) * (q + cubic * q * q * q));
  const long double e = std::exp(-std::abs(u.high)) * (1 - (u.high < 0 ? -u.low : u.low));
  return z * (z < 0 ? e : 1) / (1 + e);
}

}  // namespace

const std::vector<ElementaryFunction>& elementary_functions() {
  static const std::vector<ElementaryFunction> all = {
      {"exp", Activation::kExponential, [](long double z) { return std::exp(z); }, -750, 712, 1.5},
      {"tanh", Activation::kTanh, [](long double z) { return std::tanh(z); }, -20, 20, 3},
      {"sigmoid", Activation::kSigmoid, exact_sigmoid, -750, 40, 3},
      {"softplus", Activation::kSoftplus, exact_softplus, -750, 40, 2},
      {"elu", Activation::kElu, exact_elu, -40, 2, 2},
      {"selu", Activation::kSelu, exact_selu, -40, 2, 2},
      {"silu", Activation::kSilu, exact_silu, -760, 40, 3},
      {"gelu", Activation::kGelu, exact_gelu, -40, 10, 4},
      {"gelu_tanh", Activation::kGeluTanh, exact_gelu_tanh, -25, 10, 3},
  };
  return all;
}

template <class T>
double ulps(T value, long double exact) {
  const T nearest = static_cast<T>(exact);
  if (value == nearest || (std::isnan(value) && std::isnan(exact))) return 0;
  if (!std::isfinite(value) || !std::isfinite(nearest)) return std::numeric_limits<double>::infinity();
  const T magnitude = std::abs(nearest);
  const T spacing = std::nextafter(magnitude, std::numeric_limits<T>::infinity()) - magnitude;
  return static_cast<double>(std::abs(static_cast<long double>(value) - exact) / static_cast<long double>(spacing));
}
template double ulps(float, long double);
template double ulps(double, long double);

template <class T>
bool right_with_flushing(T value, long double exact, double bound) {
  const long double smallest = std::numeric_limits<T>::min();
  if (value != 0 && std::abs(static_cast<long double>(value)) < smallest) return false;
  if (std::abs(exact) < 2 * smallest) return std::abs(static_cast<long double>(value) - exact) <= smallest;
  return ulps(value, exact) <= bound;
}
template bool right_with_flushing(float, long double, double);
template bool right_with_flushing(double, long double, double);

}  // namespace laminar::test
