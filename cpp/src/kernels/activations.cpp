// SPDX-License-Identifier: BSD-3-Clause
//
// a[n] = act(z[n]);  dz[n] (+)= da[n] * act'(z[n])
#include "entries.hpp"
#include "simd/loops.hpp"
#include "simd/math.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

constexpr double kSeluScale = 1.0507009873554804934193349852946;
constexpr double kSeluScaleAlpha = 1.7580993408473768599402175208123;
constexpr double kInverseSqrtTwoPi = 0.39894228040143267793994605993438;
constexpr double kTwoSqrtTwoOverPi = 1.5957691216057307117597842397375;
constexpr double kGeluCubic = 0.044715;
// Below it z Phi(z) and z sigmoid(z) are 0, which -infinity times 0 is not.
constexpr double kGateLowest = -1000.0;

template <class T>
inline Vec<T> expm1_below_zero(Vec<T> z) {
  return expm1_of_negative(min(broadcast(T(0)), z));
}

template <class T>
inline Vec<T> bounded_below(Vec<T> z) {
  return max(broadcast(T(kGateLowest)), z);
}

/// 2 sqrt(2 / pi) (z + 0.044715 z^3), the sigmoid of which approximates Phi(z)
template <class T>
inline Vec<T> rough_gelu_tanh_argument(Vec<T> z) {
  return broadcast(T(kTwoSqrtTwoOverPi)) * z * fma(broadcast(T(kGeluCubic)) * z, z, broadcast(T(1)));
}

/// s (1 - s), without the rounding of s where it is nearly 1
template <class T>
inline Vec<T> sigmoid_derivative(Vec<T> e) {
  const Vec<T> one_plus = broadcast(T(1)) + e;
  return e / (one_plus * one_plus);
}

template <class T>
inline Vec<T> gelu_derivative(Vec<T> z) {
  const Normal<T> phi = normal(z);
  const T limit = MathConstants<T>::kNormalLimit;
  const Vec<T> bounded = min(broadcast(limit), max(broadcast(-limit), z));
  return fma(bounded * broadcast(T(kInverseSqrtTwoPi)), phi.bell, phi.distribution);
}

template <class T>
inline Vec<T> gelu_tanh_derivative(Vec<T> z) {
  const Vec<T> bounded = min(broadcast(T(-kGateLowest)), bounded_below(z));
  const Vec<T> u = rough_gelu_tanh_argument(bounded), e = exp_of_minus_abs(u);
  const Vec<T> slope =
      broadcast(T(kTwoSqrtTwoOverPi)) * fma(broadcast(T(3 * kGeluCubic)) * bounded, bounded, broadcast(T(1)));
  return fma(bounded * slope, sigmoid_derivative(e), sigmoid_from(u, e));
}

template <class T>
inline Vec<T> silu_derivative(Vec<T> z) {
  const Vec<T> bounded = min(broadcast(T(-kGateLowest)), bounded_below(z)), e = exp_of_minus_abs(bounded);
  return fma(bounded, sigmoid_derivative(e), sigmoid_from(bounded, e));
}

/// Calls apply with the function of one vector, so that each activation has a loop of its own. The slope is no vector:
/// a function that is handed one returns with the upper halves of registers in use, which makes what follows slow.
template <class T, class Apply>
inline void with_value(Activation activation, T number, Apply apply) {
  using V = Vec<T>;
  const V slope = broadcast(number);
  const V zero = broadcast(T(0));
  const V scale = broadcast(T(kSeluScale)), scale_alpha = broadcast(T(kSeluScaleAlpha));
  switch (activation) {
    case Activation::kSigmoid:
      return apply([](V z) { return sigmoid(z); });
    case Activation::kTanh:
      return apply([](V z) { return tanh(z); });
    case Activation::kRelu:
      return apply([](V z) { return max(broadcast(T(0)), z); });
    case Activation::kLeakyRelu:
      return apply([=](V z) { return select(less(broadcast(T(0)), z), z, slope * z); });
    case Activation::kElu:
      return apply([=](V z) { return select(less(z, zero), expm1_below_zero(z), z); });
    case Activation::kSelu:
      return apply([=](V z) { return select(less(z, zero), scale_alpha * expm1_below_zero(z), scale * z); });
    case Activation::kGelu:
      return apply([](V z) { return gelu(z); });
    case Activation::kGeluTanh:
      return apply([](V z) { return gelu_tanh(z); });
    case Activation::kSilu:
      return apply([](V z) { return silu(z); });
    case Activation::kSoftplus:
      return apply([](V z) { return softplus_from(z, exp_of_minus_abs(z)); });
    case Activation::kExponential:
      return apply([](V z) { return exp(z); });
    case Activation::kLinear:
    case Activation::kSoftmax:
      return apply([](V z) { return z; });
  }
}

/// The same for derivatives: of a, or of z where reads_input(activation).
template <class T, class Apply>
inline void with_derivative(Activation activation, T number, Apply apply) {
  using V = Vec<T>;
  const V slope = broadcast(number);
  const V one = broadcast(T(1)), zero = broadcast(T(0));
  const V scale = broadcast(T(kSeluScale)), scale_alpha = broadcast(T(kSeluScaleAlpha));
  switch (activation) {
    case Activation::kSigmoid:
      return apply([=](V a) { return a * (one - a); });
    case Activation::kTanh:
      return apply([=](V a) { return fnmadd(a, a, one); });
    case Activation::kRelu:
      return apply([=](V a) { return by_sign(a, one, zero); });
    case Activation::kLeakyRelu:
      return apply([=](V a) { return by_sign(a, one, slope); });
    case Activation::kElu:
      return apply([=](V a) { return by_sign(a, one, a + one); });
    case Activation::kSelu:
      return apply([=](V a) { return by_sign(a, scale, a + scale_alpha); });
    case Activation::kGelu:
      return apply([](V z) { return gelu_derivative(z); });
    case Activation::kGeluTanh:
      return apply([](V z) { return gelu_tanh_derivative(z); });
    case Activation::kSilu:
      return apply([](V z) { return silu_derivative(z); });
    case Activation::kSoftplus:
      return apply([=](V a) { return zero - expm1_of_negative(zero - a); });
    case Activation::kExponential:
      return apply([](V a) { return a; });
    case Activation::kLinear:
    case Activation::kSoftmax:
      return apply([=](V) { return one; });
  }
}

bool reads_input(Activation activation) {
  return activation == Activation::kGelu || activation == Activation::kGeluTanh || activation == Activation::kSilu;
}

template <class T>
void activate_array(const ActivationArgs<T>& args) {
  if (args.activation == Activation::kLinear && args.z == args.a) return;
  with_value(args.activation, args.slope, [&](auto value) {
    const T* z = args.z;
    T* a = args.a;
    for_each_vector<T>(args.n, [=](int64_t i, auto lanes) { store(a + i, value(load(z + i, lanes)), lanes); });
  });
}

template <class T>
void differentiate_array(const ActivationBackwardArgs<T>& args) {
  // A linear activation reads neither, and both may be null.
  const T* input = args.activation == Activation::kLinear ? args.da : reads_input(args.activation) ? args.z : args.a;
  with_derivative(args.activation, args.slope, [&](auto derivative) {
    const T* da = args.da;
    T* dz = args.dz;
    const bool accumulate = args.accumulate;
    for_each_vector<T>(args.n, [=](int64_t i, auto lanes) {
      const Vec<T> gradient = load(da + i, lanes) * derivative(load(input + i, lanes));
      store(dz + i, accumulate ? load(dz + i, lanes) + gradient : gradient, lanes);
    });
  });
}

}  // namespace

void activate(const ActivationArgs<float>& args) { activate_array(args); }
void activate(const ActivationArgs<double>& args) { activate_array(args); }
void activate_backward(const ActivationBackwardArgs<float>& args) { differentiate_array(args); }
void activate_backward(const ActivationBackwardArgs<double>& args) { differentiate_array(args); }

void fill_activations(KernelTable& table) {
  table.f32.activate = activate;
  table.f64.activate = activate;
  table.f32.activate_backward = activate_backward;
  table.f64.activate_backward = activate_backward;
}

}  // namespace laminar::kernels::LAMINAR_ISA
