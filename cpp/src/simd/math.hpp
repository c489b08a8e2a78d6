// SPDX-License-Identifier: BSD-3-Clause
//
// Elementary functions on the vocabulary, once for float and double. An ulp is the distance of
// neighbouring numbers at the exact result. NaN gives NaN everywhere. The polynomials are
// Chebyshev fits; their error is well under half an ulp.
#pragma once

#include LAMINAR_ISA_HEADER

namespace laminar::kernels::LAMINAR_ISA {
namespace {

template <class T>
struct MathConstants;

template <>
struct MathConstants<float> {
  // exp(x) is 0 below the first and infinite above the second; exp(x) - 1 is -1 below the third.
  static constexpr float kExpLowest = -104.0f, kExpHighest = 89.0f, kExpm1Lowest = -20.0f;
  static constexpr float kInverseLn2 = 1.44269504f;
  // ln 2 in two parts, the first so short that its product with any exponent is exact
  static constexpr float kLn2High = 0.693145751953125f, kLn2Low = 1.42860682031e-6f;
  static constexpr float kInfinity = __builtin_inff();
  // (exp(r) - 1 - r) / r^2 on |r| <= ln 2 / 2
  static constexpr float kExp[] = {0.5f, 0.16666576266288757f, 0.04166646674275398f, 0.008363181725144386f,
                                   0.0013933652080595493f};
  // (2 artanh(s) / s - 2) / z with z = s^2 on |s| <= 0.2
  static constexpr float kLog[] = {0.6666666865348816f, 0.4000031352043152f, 0.2853263318538666f, 0.2374921441078186f};
  // (1 + x) exp(x^2 / 2) erfc(x / sqrt(2)) / 2 in t = (x - centre) / (x + centre) on 0 <= x <= limit
  static constexpr float kNormalCentre = 4.0f, kNormalLimit = 15.0f;
  static constexpr float kNormal[] = {0.472053200006485f,      -0.09670346975326538f,   0.01399961393326521f,
                                      0.02859998494386673f,    -0.032197531312704086f,  0.01793997921049595f,
                                      -0.005003214348107576f,  -0.0003021742159035057f, 0.0006915921694599092f,
                                      -6.352730997605249e-05f, -7.287426706170663e-05f};
};

template <>
struct MathConstants<double> {
  static constexpr double kExpLowest = -746.0, kExpHighest = 710.0, kExpm1Lowest = -50.0;
  static constexpr double kInverseLn2 = 1.4426950408889634;
  static constexpr double kLn2High = 0.6931471803691238, kLn2Low = 1.9082149292705877e-10;
  static constexpr double kInfinity = __builtin_inf();
  static constexpr double kExp[] = {0.5000000000000001,     0.1666666666666667,    0.04166666666662412,
                                    0.008333333333326134,   0.0013888888917215586, 0.00019841269874822307,
                                    2.4801521293463862e-05, 2.755725539833871e-06, 2.762008948195459e-07,
                                    2.5105217695684516e-08};
  static constexpr double kLog[] = {0.6666666666666666,  0.4000000000000786, 0.285714285673143,   0.22222223041587427,
                                    0.18181738181422874, 0.153888448174958,  0.13210173994232632, 0.1360536288065066};
  static constexpr double kNormalCentre = 5.0, kNormalLimit = 40.0;
  static constexpr double kNormal[] = {
      0.46151582985003775,    -0.09155228183400882,   0.031030368425963684,    0.01000235238520558,
      -0.026401042966318875,  0.02453696324443864,    -0.015170415401999345,   0.006522000656673604,
      -0.0016760723538660875, 7.79168643368466e-06,   0.00018233423201798504,  -5.360800694240303e-05,
      -9.896573026182561e-06, 9.061080719270593e-06,  -6.87368429087346e-08,   -1.3096990549360204e-06,
      1.2445692036248242e-07, 1.9849995611216477e-07, -2.1841073552141385e-08, -3.1705416731467834e-08,
      3.9955406010925207e-10, 3.905204292129803e-09,  7.218413813794487e-10};
};

/// c[0] + c[1] x + c[2] x^2 ...
template <class T, int kTerms>
inline Vec<T> polynomial(const T (&c)[kTerms], Vec<T> x) {
  Vec<T> sum = broadcast(c[kTerms - 1]);
#pragma GCC unroll 32
  for (int i = kTerms - 2; i >= 0; --i) sum = fma(sum, x, broadcast(c[i]));
  return sum;
}

/// exp(x) = 2^n (1 + p)
template <class T>
struct ReducedExp {
  Vec<T> n, p;
};

template <class T>
inline ReducedExp<T> reduce_exp(Vec<T> x) {
  using C = MathConstants<T>;
  const Vec<T> n = round(x * broadcast(C::kInverseLn2));
  const Vec<T> r = fnmadd(n, broadcast(C::kLn2Low), fnmadd(n, broadcast(C::kLn2High), x));
  return {n, fma(r * r, polynomial(C::kExp, r), r)};
}

/// exp(x), at most 1.5 ulp off: 0 at -infinity, infinity at infinity and above, denormal results rounded once
template <class T>
inline Vec<T> exp(Vec<T> x) {
  using C = MathConstants<T>;
  const ReducedExp<T> e = reduce_exp(min(broadcast(C::kExpHighest), max(broadcast(C::kExpLowest), x)));
  return scale(broadcast(T(1)) + e.p, e.n);
}

/// exp(x) - 1 for x <= 0, at most 2 ulp off
template <class T>
inline Vec<T> expm1_of_negative(Vec<T> x) {
  const ReducedExp<T> e = reduce_exp(max(broadcast(MathConstants<T>::kExpm1Lowest), x));
  const Vec<T> power = scale(broadcast(T(1)), e.n);
  return fma(power, e.p, power - broadcast(T(1)));
}

/// k ln 2 + log(1 + f) for -0.25 <= f <= 0.5
template <class T>
inline Vec<T> scaled_log1p(Vec<T> k, Vec<T> f) {
  using C = MathConstants<T>;
  // log(1 + f) = 2 artanh(s) = f - s (f - z P(z)), where half f^2 keeps the rounding of s f out of the leading term.
  const Vec<T> s = f / (broadcast(T(2)) + f), z = s * s;
  const Vec<T> half_square = broadcast(T(0.5)) * f * f;
  const Vec<T> rest = fma(s, fma(z, polynomial(C::kLog, z), half_square), k * broadcast(C::kLn2Low));
  return fma(k, broadcast(C::kLn2High), f - (half_square - rest));
}

/// log(x) for normal x > 0 and infinity, at most 2 ulp off
template <class T>
inline Vec<T> log(Vec<T> x) {
  const Split<T> parts = split(x);
  const Vec<T> y = scaled_log1p(parts.exponent, parts.mantissa - broadcast(T(1)));
  return select(less(x, broadcast(MathConstants<T>::kInfinity)), y, x);
}

/// log(1 + x) for 0 <= x <= 1, at most 2 ulp off
template <class T>
inline Vec<T> log1p_of_fraction(Vec<T> x) {
  const Vec<T> one = broadcast(T(1)), zero = broadcast(T(0)), half = broadcast(T(0.5));
  const Mask<T> upper = less(half, x);
  return scaled_log1p(select(upper, one, zero), select(upper, half * (x - one), x));
}

/// tanh(x), at most 3 ulp off
template <class T>
inline Vec<T> tanh(Vec<T> x) {
  // With t = exp(-2|x|) - 1 nothing cancels near 0.
  const Vec<T> t = expm1_of_negative(broadcast(T(-2)) * abs(x));
  const Vec<T> magnitude = abs(t) / (broadcast(T(2)) + t);
  return bit_or(magnitude, bit_and(x, broadcast(T(-0.0))));
}

/// exp(-|x|)
template <class T>
inline Vec<T> exp_of_minus_abs(Vec<T> x) {
  return exp(broadcast(T(0)) - abs(x));
}

/// 1 / (1 + exp(-x)) from e = exp(-|x|)
template <class T>
inline Vec<T> sigmoid_from(Vec<T> x, Vec<T> e) {
  const Vec<T> one = broadcast(T(1));
  return select(less(x, broadcast(T(0))), e, one) / (one + e);
}

/// 1 / (1 + exp(-x)), at most 3 ulp off
template <class T>
inline Vec<T> sigmoid(Vec<T> x) {
  return sigmoid_from(x, exp_of_minus_abs(x));
}

/// max(x, 0) + log(1 + e) with e = exp(-|x|), so log(1 + exp(x)), at most 3 ulp off
template <class T>
inline Vec<T> softplus_from(Vec<T> x, Vec<T> e) {
  return max(broadcast(T(0)), x) + log1p_of_fraction(e);
}

/// Phi(x) = erfc(-x / sqrt(2)) / 2 and exp(-x^2 / 2)
template <class T>
struct Normal {
  Vec<T> distribution, bell;
};

/// The normal distribution, also in the lower tail; x Phi(x) is at most 5 ulp off where it is a normal number.
template <class T>
inline Normal<T> normal(Vec<T> x) {
  using C = MathConstants<T>;
  const Vec<T> one = broadcast(T(1)), half = broadcast(T(0.5));
  const Vec<T> y = min(broadcast(C::kNormalLimit), abs(x));
  // exp(-y^2 / 2) needs y^2 to twice the precision, since its error is absolute in the exponent.
  const Vec<T> square = y * y, error = fma(y, y, broadcast(T(0)) - square);
  const Vec<T> rough = exp(broadcast(T(-0.5)) * square);
  const Vec<T> bell = fnmadd(rough * half, error, rough);
  const Vec<T> centre = broadcast(C::kNormalCentre);
  const Vec<T> t = (y - centre) / (y + centre);
  const Vec<T> tail = bell * (polynomial(C::kNormal, t) / (one + y));
  return {select(less(broadcast(T(0)), x), one - tail, tail), bell};
}

}  // namespace
}  // namespace laminar::kernels::LAMINAR_ISA
