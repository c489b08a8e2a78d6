// SPDX-License-Identifier: BSD-3-Clause
//
// Those activations for which Eigen has vector code of its own. Its float32 logistic() is off by thousands of units in
// the last place below -8, and 1 + erf() loses all of them in the lower tail, so there are two ways to put it.
#include <unsupported/Eigen/SpecialFunctions>

#include "eigen_best.hpp"
#include "maps.hpp"

namespace laminar::bench::eigen_best {
namespace {

template <class T>
void (*generic_backward)(const kernels::ActivationBackwardArgs<T>&) = nullptr;

constexpr double kSeluAlpha = 1.6732632423543772848, kSeluScale = 1.0507009873554804934;
constexpr double kSqrtHalf = 0.70710678118654752440, kInverseSqrtTwoPi = 0.39894228040143267794;
constexpr double kTwoSqrtTwoOverPi = 1.59576912160573071176, kGeluCubic = 0.044715;

template <class Expression>
auto sigmoid(const Expression& z) {
  return (1 + (-z).exp()).inverse();
}

/// Within 5 units in the last place of the true value
template <class T>
void activate(const kernels::ActivationArgs<T>& args) {
  const auto z = vector(args.z, args.n);
  auto a = vector(args.a, args.n);
  const T zero = 0, one = 1, half = T(0.5);
  switch (args.activation) {
    case Activation::kSigmoid:
      a = sigmoid(z);
      return;
    case Activation::kTanh:
      a = z.tanh();
      return;
    case Activation::kRelu:
      a = z.max(zero);
      return;
    case Activation::kLeakyRelu:
      a = z.max(args.slope * z);
      return;
    case Activation::kElu:
      a = z.max(zero) + z.min(zero).expm1();
      return;
    case Activation::kSelu:
      a = T(kSeluScale) * (z.max(zero) + T(kSeluAlpha) * z.min(zero).expm1());
      return;
    case Activation::kGelu:
      a = half * z * (T(-kSqrtHalf) * z).erfc();
      return;
    case Activation::kGeluTanh:
      a = z * sigmoid(T(kTwoSqrtTwoOverPi) * z * (one + T(kGeluCubic) * z * z));
      return;
    case Activation::kSilu:
      a = z * sigmoid(z);
      return;
    case Activation::kSoftplus:
      a = z.max(zero) + (-z.abs()).exp().log1p();
      return;
    case Activation::kExponential:
      a = z.exp();
      return;
    case Activation::kLinear:
    case Activation::kSoftmax:
      a = z;
  }
}

/// Right to 5 digits or so of the largest value
template <class T>
void activate_roughly(const kernels::ActivationArgs<T>& args) {
  const auto z = vector(args.z, args.n);
  auto a = vector(args.a, args.n);
  switch (args.activation) {
    case Activation::kSigmoid:
      a = z.logistic();
      return;
    case Activation::kGelu:
      a = T(0.5) * z * (T(1) + (T(kSqrtHalf) * z).erf());
      return;
    case Activation::kGeluTanh:
      a = z * (T(kTwoSqrtTwoOverPi) * z * (T(1) + T(kGeluCubic) * z * z)).logistic();
      return;
    case Activation::kSilu:
      a = z * z.logistic();
      return;
    default:
      activate(args);
  }
}

// A vector of this length stands in for a temporary of the whole array: it stays in the level 1 cache.
constexpr std::int64_t kBlock = 256;

template <class T>
using Block = Eigen::Array<T, Eigen::Dynamic, 1, 0, kBlock, 1>;

template <class T, bool kRoughly>
void activate_backward(const kernels::ActivationBackwardArgs<T>& args) {
  const T one = 1;
  if (args.accumulate) return generic_backward<T>(args);
  for (std::int64_t first = 0; first < args.n; first += kBlock) {
    const std::int64_t n = args.n - first < kBlock ? args.n - first : kBlock;
    const auto z = vector(args.z + first, n), a = vector(args.a + first, n), da = vector(args.da + first, n);
    auto dz = vector(args.dz + first, n);
    switch (args.activation) {
      case Activation::kSigmoid:
        dz = da * a * (one - a);
        break;
      case Activation::kTanh:
        dz = da * (one - a * a);
        break;
      case Activation::kGelu:
        if (!kRoughly) {
          dz = da * (T(0.5) * (T(-kSqrtHalf) * z).erfc() + z * T(kInverseSqrtTwoPi) * (T(-0.5) * z * z).exp());
          break;
        }
        dz = da * (T(0.5) * (one + (T(kSqrtHalf) * z).erf()) + z * T(kInverseSqrtTwoPi) * (T(-0.5) * z * z).exp());
        break;
      case Activation::kGeluTanh: {
        Block<T> cdf = T(kTwoSqrtTwoOverPi) * z * (one + T(kGeluCubic) * z * z);
        if (kRoughly) {
          cdf = cdf.logistic();
        } else {
          cdf = sigmoid(cdf);
        }
        dz = da * cdf * (one + z * T(kTwoSqrtTwoOverPi) * (one + T(3 * kGeluCubic) * z * z) * (one - cdf));
        break;
      }
      case Activation::kSilu: {
        Block<T> share;
        if (kRoughly) {
          share = z.logistic();
        } else {
          share = sigmoid(z);
        }
        dz = da * share * (one + z * (one - share));
        break;
      }
      case Activation::kSoftplus:
        dz = da * (one - (-a).exp());
        break;
      case Activation::kExponential:
        dz = da * a;
        break;
      default:
        return generic_backward<T>(args);
    }
  }
}

}  // namespace

void fill_activations(kernels::KernelTable& table) {
  generic_backward<float> = table.f32.activate_backward;
  generic_backward<double> = table.f64.activate_backward;
  table.f32.activate = activate<float>;
  table.f64.activate = activate<double>;
  table.f32.activate_backward = activate_backward<float, false>;
  table.f64.activate_backward = activate_backward<double, false>;
}

void fill_rough_activations(kernels::KernelTable& table) {
  table.f32.activate = activate_roughly<float>;
  table.f64.activate = activate_roughly<double>;
  table.f32.activate_backward = activate_backward<float, true>;
  table.f64.activate_backward = activate_backward<double, true>;
}

}  // namespace laminar::bench::eigen_best
