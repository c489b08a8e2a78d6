// SPDX-License-Identifier: BSD-3-Clause
//
// Elementary functions on the vocabulary, once for float and double. An ulp is the distance of
// neighbouring numbers at the exact result, also where that is denormal; docs/vector_math.md says how the bounds
// were found. NaN gives NaN everywhere. Where denormal numbers are flushed, results are off by the smallest normal
// number at most where they would be denormal. The polynomials are minimax fits; their error is under half an ulp.
#pragma once

#include LAMINAR_ISA_HEADER

namespace laminar::kernels::LAMINAR_ISA {
namespace {

/// positive where x > 0, otherwise where x <= 0, NaN where x is NaN
template <class T>
inline Vec<T> by_sign(Vec<T> x, Vec<T> positive, Vec<T> otherwise) {
  const Vec<T> zero = broadcast(T(0));
  return select(less_equal(x, zero), otherwise, select(less(zero, x), positive, x));
}

template <class T>
struct MathConstants;

template <>
struct MathConstants<float> {
  // exp(x) is 0 below the first and infinite above the second; exp(x) - 1 is -1 below the third;
  // x exp(x) is 0 below the last.
  static constexpr float kExpLowest = -104.0f, kExpHighest = 89.0f, kExpm1Lowest = -20.0f, kGateLowest = -110.0f;
  static constexpr float kInverseLn2 = 1.44269504f;
  // ln 2 in two parts, the first so short that its product with any exponent is exact
  static constexpr float kLn2High = 0.693145751953125f, kLn2Low = 1.42860682031e-6f;
  static constexpr float kInfinity = __builtin_inff(), kNan = __builtin_nanf("");
  static constexpr float kSmallestNormal = 0x1p-126f;
  static constexpr float kLift = 24.0f, kLiftFactor = 0x1p24f;  // makes denormal numbers normal
  // (exp(r) - 1 - r) / r^2 on |r| <= ln 2 / 2
  static constexpr float kExp[] = {0.5f, 0.16666576266288757f, 0.04166646674275398f, 0.008363181725144386f,
                                   0.0013933652080595493f};
  // (2 artanh(s) / s - 2) / z with z = s^2 on |s| <= 0.2
  static constexpr float kLog[] = {0.6666666865348816f, 0.4000031352043152f, 0.2853263318538666f, 0.2374921441078186f};
  // (log(1 + x) - x) / x^2 on 0 <= x <= 1
  static constexpr float kLog1p[] = {-0.4999993f, 0.3333047f,    -0.24958156f, 0.19693196f,  -0.1534912f,
                                     0.10670079f, -0.057562508f, 0.020151038f, -0.003306738f};
  // (x + centre) / 2 exp(x^2 / 2) erfc(x / sqrt(2)) / 2 in t = 2 x / (x + centre) - 1 on 0 <= x <= limit
  static constexpr float kNormalCentre = 3.5f, kNormalLimit = 14.5f;
  static constexpr float kNormal[] = {0.37220803f,  -0.2827809f,    0.15771285f,     -0.058026414f,  0.008700542f,
                                      0.003245747f, -0.0015798053f, -0.00024367875f, 0.00020299002f, 4.9824837e-05f};
};

template <>
struct MathConstants<double> {
  static constexpr double kExpLowest = -746.0, kExpHighest = 710.0, kExpm1Lowest = -50.0, kGateLowest = -760.0;
  static constexpr double kInverseLn2 = 1.4426950408889634;
  static constexpr double kLn2High = 0.6931471803691238, kLn2Low = 1.9082149292705877e-10;
  static constexpr double kInfinity = __builtin_inf(), kNan = __builtin_nan("");
  static constexpr double kSmallestNormal = 0x1p-1022;
  static constexpr double kLift = 54.0, kLiftFactor = 0x1p54;
  static constexpr double kExp[] = {0.5000000000000001,     0.1666666666666667,    0.04166666666662412,
                                    0.008333333333326134,   0.0013888888917215586, 0.00019841269874822307,
                                    2.4801521293463862e-05, 2.755725539833871e-06, 2.762008948195459e-07,
                                    2.5105217695684516e-08};
  static constexpr double kLog[] = {0.6666666666666666,  0.4000000000000786, 0.285714285673143,   0.22222223041587427,
                                    0.18181738181422874, 0.153888448174958,  0.13210173994232632, 0.1360536288065066};
  static constexpr double kLog1p[] = {
      -0.49999999999999983,    0.3333333333332964,    -0.24999999999712672,  0.19999999988560418,
      -0.16666666390958543,    0.14285709857994316,   -0.12499949593545699,  0.11110686495691449,
      -0.09997269506691368,    0.09077187839101963,   -0.08278465071668017,  0.07515173257245024,
      -0.06675566371732844,    0.05648287200505247,   -0.043961347608449323, 0.030266341967334232,
      -0.017693800355990857,   0.008408375637470532,  -0.003084993731603692, 0.0008136335540649895,
      -0.00013655343969263024, 1.0914155622741377e-05};
  static constexpr double kNormalCentre = 3.0, kNormalLimit = 39.0;
  static constexpr double kNormal[] = {
      0.3645418450666865,      -0.2546659909587447,     0.11500885998729685,     -0.02363151257148802,
      -0.005231433511454205,   0.0034863106202947807,   0.0005137961261543785,   -0.0005229143121461754,
      -0.00012828764256889999, 7.719723621683793e-05,   3.940617365024691e-05,   -6.623010912093302e-06,
      -1.0344046776656832e-05, -1.75900507792963e-06,   1.8190501489018028e-06,  1.128908416609521e-06,
      4.784734816822501e-09,   -2.9799328806019323e-07, -1.3620067586245477e-07, 2.317425352415219e-08,
      4.613657184063602e-08,   1.1033281246419502e-08,  -5.516003689178271e-09,  -3.021914812262305e-09,
      -3.0887302007095654e-10};
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
inline ReducedExp<T> reduced_at(Vec<T> n, Vec<T> r) {
  return {n, fma(r * r, polynomial(MathConstants<T>::kExp, r), r)};
}

/// x - n ln 2 with the whole n that makes it smallest
template <class T>
inline Vec<T> remainder(Vec<T> x, Vec<T> n) {
  using C = MathConstants<T>;
  return fnmadd(n, broadcast(C::kLn2Low), fnmadd(n, broadcast(C::kLn2High), x));
}

template <class T>
inline ReducedExp<T> reduce_exp(Vec<T> x) {
  const Vec<T> n = round(x * broadcast(MathConstants<T>::kInverseLn2));
  return reduced_at(n, remainder(x, n));
}

/// Of exp(x + low), where low is less than an ulp or so of x: the error of a rounded x is absolute in the exponent.
template <class T>
inline ReducedExp<T> reduce_exp(Vec<T> x, Vec<T> low) {
  const Vec<T> n = round(x * broadcast(MathConstants<T>::kInverseLn2));
  return reduced_at(n, remainder(x, n) + low);
}

/// exp(x), at most 1.5 ulp off: 0 at -infinity, infinity at infinity and above, denormal results rounded once
template <class T>
inline Vec<T> exp(Vec<T> x) {
  using C = MathConstants<T>;
  const ReducedExp<T> e = reduce_exp(min(broadcast(C::kExpHighest), max(broadcast(C::kExpLowest), x)));
  return scale(broadcast(T(1)) + e.p, e.n);
}

/// exp(x) for x <= 0, at most 1.5 ulp off
template <class T>
inline Vec<T> exp_of_negative(Vec<T> x) {
  const ReducedExp<T> e = reduce_exp(max(broadcast(MathConstants<T>::kExpLowest), x));
  return scale_down(broadcast(T(1)) + e.p, e.n);
}

/// exp(x) - 1 for x <= 0, at most 2 ulp off
template <class T>
inline Vec<T> expm1_of_negative(Vec<T> x) {
  const ReducedExp<T> e = reduce_exp(max(broadcast(MathConstants<T>::kExpm1Lowest), x));
  const Vec<T> power = power_of_two(e.n);
  return fma(power, e.p, power - broadcast(T(1)));
}

/// log(x), at most 1.5 ulp off: -infinity at 0, NaN below, also for denormal x (-infinity where they are flushed)
template <class T>
inline Vec<T> log(Vec<T> x) {
  using C = MathConstants<T>;
  const Vec<T> zero = broadcast(T(0)), one = broadcast(T(1));
  const Mask<T> denormal = less(x, broadcast(C::kSmallestNormal));
  const Split<T> parts = split(select(denormal, x * broadcast(C::kLiftFactor), x));
  const Vec<T> k = parts.exponent - select(denormal, broadcast(C::kLift), zero), f = parts.mantissa - one;
  // log(1 + f) = 2 artanh(s) = f - s (f - z P(z)), where half f^2 keeps the rounding of s f out of the leading term.
  const Vec<T> s = f / (broadcast(T(2)) + f), z = s * s;
  const Vec<T> half_square = broadcast(T(0.5)) * f * f;
  const Vec<T> rest = fma(s, fma(z, polynomial(C::kLog, z), half_square), k * broadcast(C::kLn2Low));
  const Vec<T> y = fma(k, broadcast(C::kLn2High), f - (half_square - rest));
  const Vec<T> not_positive = select(equal(x, zero), broadcast(-C::kInfinity), broadcast(C::kNan));
  return select(less(zero, x), select(less(x, broadcast(C::kInfinity)), y, x), not_positive);
}

/// log(1 + x) for 0 <= x <= 1; softplus, made of it and exp, is at most 2 ulp off
template <class T>
inline Vec<T> log1p_of_fraction(Vec<T> x) {
  return fma(x, x * polynomial(MathConstants<T>::kLog1p, x), x);
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
  return exp_of_negative(minus_abs(x));
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

/// max(x, 0) + log(1 + e) with e = exp(-|x|), so log(1 + exp(x)), at most 2 ulp off
template <class T>
inline Vec<T> softplus_from(Vec<T> x, Vec<T> e) {
  return max(broadcast(T(0)), x) + log1p_of_fraction(e);
}

/// x sigmoid(u) with the sign of x on u from e = exp(-|u|) and lowest = max(-|x|, kGateLowest)
template <class T>
inline Vec<T> times_sigmoid(Vec<T> x, Vec<T> lowest, const ReducedExp<T>& e) {
  const Vec<T> one = broadcast(T(1)), zero = broadcast(T(0));
  // What x < 0 gets is scaled last: exp(-|u|) may be denormal where x exp(-|u|) is not.
  const Vec<T> below = scale_down(fma(lowest, e.p, lowest), e.n);
  return select(less(x, zero), below, x) / (one + scale_down(one + e.p, e.n));
}

/// x / (1 + exp(-x)), at most 3 ulp off
template <class T>
inline Vec<T> silu(Vec<T> x) {
  const Vec<T> lowest = max(broadcast(MathConstants<T>::kGateLowest), minus_abs(x));
  return times_sigmoid(x, lowest, reduce_exp(lowest));
}

/// A number as the unevaluated sum of two
template <class T>
struct Pair {
  Vec<T> high, low;
};

/// 2 sqrt(2 / pi) (x + 0.044715 x^3) of x >= 0, to nearly twice the precision
template <class T>
inline Pair<T> gelu_tanh_argument(Vec<T> x) {
  constexpr long double kLinear = 1.5957691216057307117597842397375L, kCubic = kLinear * 0.044715L;
  // So short that `sum - linear` is exact wherever the result is not 1 or 0
  constexpr T kLinearHigh = static_cast<T>(sizeof(T) == 4 ? 0x1.9885p0L : 0x1.9884533d4364p0L);
  constexpr T kLinearLow = static_cast<T>(kLinear - static_cast<long double>(kLinearHigh));
  constexpr T kCubicHigh = static_cast<T>(kCubic);
  constexpr T kCubicLow = static_cast<T>(kCubic - static_cast<long double>(kCubicHigh));
  const Vec<T> linear = broadcast(kLinearHigh), cubic = broadcast(kCubicHigh);
  const Vec<T> square = x * x, square_low = fmsub(x, x, square);
  const Vec<T> sum = fma(cubic, square, linear), lost = fmsub(cubic, square, sum - linear) + broadcast(kLinearLow);
  const Vec<T> sum_low = fma(cubic, square_low, fma(broadcast(kCubicLow), square, lost));
  const Vec<T> product = x * sum;
  return {product, fma(x, sum_low, fmsub(x, sum, product))};
}

/// x sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)), at most 3 ulp off
template <class T>
inline Vec<T> gelu_tanh(Vec<T> x) {
  const T lowest = MathConstants<T>::kGateLowest;
  const Vec<T> magnitude = min(broadcast(-lowest), abs(x)), zero = broadcast(T(0));
  const Pair<T> u = gelu_tanh_argument(magnitude);
  return times_sigmoid(x, zero - magnitude, reduce_exp(max(broadcast(lowest), zero - u.high), zero - u.low));
}

/// exp(-y^2 / 2)
template <class T>
inline ReducedExp<T> reduced_bell(Vec<T> y) {
  const Vec<T> square = y * y, square_low = fmsub(y, y, square);
  return reduce_exp(broadcast(T(-0.5)) * square, broadcast(T(-0.5)) * square_low);
}

/// x Phi(x) with Phi(x) = erfc(-x / sqrt(2)) / 2, at most 4 ulp off
template <class T>
inline Vec<T> gelu(Vec<T> x) {
  using C = MathConstants<T>;
  const Vec<T> y = min(broadcast(C::kNormalLimit), abs(x));
  const ReducedExp<T> bell = reduced_bell(y);
  // What rounding does to the quotient nearly cancels in the product with the polynomial.
  const Vec<T> quotient = (y + y) / (y + broadcast(C::kNormalCentre));
  const Vec<T> share = quotient * polynomial(C::kNormal, quotient - broadcast(T(1)));
  // y Phi(-y), scaled last, as Phi(-y) may be denormal where this is not
  const Vec<T> lost = scale_down(fma(share, bell.p, share), bell.n);
  return max(broadcast(T(0)), x) - lost;
}

/// Phi(x) and exp(-x^2 / 2), where both are normal numbers or their absolute error is of no account
template <class T>
struct Normal {
  Vec<T> distribution, bell;
};

template <class T>
inline Normal<T> normal(Vec<T> x) {
  using C = MathConstants<T>;
  const Vec<T> one = broadcast(T(1));
  const Vec<T> y = min(broadcast(C::kNormalLimit), abs(x));
  const ReducedExp<T> reduced = reduced_bell(y);
  const Vec<T> bell = scale_down(one + reduced.p, reduced.n),
               factor = broadcast(T(2)) / (y + broadcast(C::kNormalCentre));
  const Vec<T> tail = bell * (factor * polynomial(C::kNormal, fma(y, factor, broadcast(T(-1)))));
  return {select(less(broadcast(T(0)), x), one - tail, tail), bell};
}

}  // namespace
}  // namespace laminar::kernels::LAMINAR_ISA
