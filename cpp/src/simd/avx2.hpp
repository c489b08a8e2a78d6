// SPDX-License-Identifier: BSD-3-Clause
//
// The vocabulary of the kernels on AVX2 and FMA. avx512.hpp has the same names.
// Where an operand is NaN, min, max and the comparisons act as stated beside them.
#pragma once

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

namespace laminar::kernels::avx2 {
namespace {

constexpr const char* kIsaName = "avx2";
constexpr int kRegisters = 16;

template <class T>
struct Vec;
template <>
struct Vec<float> {
  static constexpr int kLanes = 8;
  __m256 v;
};
template <>
struct Vec<double> {
  static constexpr int kLanes = 4;
  __m256d v;
};

/// All bits of a lane are set, or none.
template <class T>
struct Mask;
template <>
struct Mask<float> {
  __m256 m;
};
template <>
struct Mask<double> {
  __m256d m;
};

using F32 = Vec<float>;
using F64 = Vec<double>;
using M32 = Mask<float>;
using M64 = Mask<double>;

// Loads and stores need no alignment. The `first` forms touch `count` lanes only and load 0 in the others.
inline F32 load(const float* p) { return {_mm256_loadu_ps(p)}; }
inline F64 load(const double* p) { return {_mm256_loadu_pd(p)}; }
inline void store(float* p, F32 x) { _mm256_storeu_ps(p, x.v); }
inline void store(double* p, F64 x) { _mm256_storeu_pd(p, x.v); }
inline __m256i first_words(int count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0));
}
inline __m256i first_double_words(int count) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), _mm256_set_epi64x(3, 2, 1, 0));
}
inline M32 first_lanes(F32, int count) { return {_mm256_castsi256_ps(first_words(count))}; }
inline M64 first_lanes(F64, int count) { return {_mm256_castsi256_pd(first_double_words(count))}; }
inline F32 load_first(const float* p, int count) { return {_mm256_maskload_ps(p, first_words(count))}; }
inline F64 load_first(const double* p, int count) { return {_mm256_maskload_pd(p, first_double_words(count))}; }
inline void store_first(float* p, F32 x, int count) { _mm256_maskstore_ps(p, first_words(count), x.v); }
inline void store_first(double* p, F64 x, int count) { _mm256_maskstore_pd(p, first_double_words(count), x.v); }
inline F32 broadcast(float x) { return {_mm256_set1_ps(x)}; }
inline F64 broadcast(double x) { return {_mm256_set1_pd(x)}; }

inline F32 operator+(F32 x, F32 y) { return {_mm256_add_ps(x.v, y.v)}; }
inline F64 operator+(F64 x, F64 y) { return {_mm256_add_pd(x.v, y.v)}; }
inline F32 operator-(F32 x, F32 y) { return {_mm256_sub_ps(x.v, y.v)}; }
inline F64 operator-(F64 x, F64 y) { return {_mm256_sub_pd(x.v, y.v)}; }
inline F32 operator*(F32 x, F32 y) { return {_mm256_mul_ps(x.v, y.v)}; }
inline F64 operator*(F64 x, F64 y) { return {_mm256_mul_pd(x.v, y.v)}; }
inline F32 operator/(F32 x, F32 y) { return {_mm256_div_ps(x.v, y.v)}; }
inline F64 operator/(F64 x, F64 y) { return {_mm256_div_pd(x.v, y.v)}; }
/// x y + z, x y - z and z - x y with one rounding
inline F32 fma(F32 x, F32 y, F32 z) { return {_mm256_fmadd_ps(x.v, y.v, z.v)}; }
inline F64 fma(F64 x, F64 y, F64 z) { return {_mm256_fmadd_pd(x.v, y.v, z.v)}; }
inline F32 fmsub(F32 x, F32 y, F32 z) { return {_mm256_fmsub_ps(x.v, y.v, z.v)}; }
inline F64 fmsub(F64 x, F64 y, F64 z) { return {_mm256_fmsub_pd(x.v, y.v, z.v)}; }
inline F32 fnmadd(F32 x, F32 y, F32 z) { return {_mm256_fnmadd_ps(x.v, y.v, z.v)}; }
inline F64 fnmadd(F64 x, F64 y, F64 z) { return {_mm256_fnmadd_pd(x.v, y.v, z.v)}; }

/// y where either is NaN: min(constant, x) passes the NaN of x on.
inline F32 min(F32 x, F32 y) { return {_mm256_min_ps(x.v, y.v)}; }
inline F64 min(F64 x, F64 y) { return {_mm256_min_pd(x.v, y.v)}; }
inline F32 max(F32 x, F32 y) { return {_mm256_max_ps(x.v, y.v)}; }
inline F64 max(F64 x, F64 y) { return {_mm256_max_pd(x.v, y.v)}; }
/// x / y for finite x and positive normal y. AVX-512 has a faster way; here division is the fastest.
inline F32 quotient(F32 x, F32 y) { return x / y; }
inline F64 quotient(F64 x, F64 y) { return x / y; }
inline F32 sqrt(F32 x) { return {_mm256_sqrt_ps(x.v)}; }
inline F64 sqrt(F64 x) { return {_mm256_sqrt_pd(x.v)}; }
inline F32 bit_and(F32 x, F32 y) { return {_mm256_and_ps(x.v, y.v)}; }
inline F64 bit_and(F64 x, F64 y) { return {_mm256_and_pd(x.v, y.v)}; }
inline F32 bit_or(F32 x, F32 y) { return {_mm256_or_ps(x.v, y.v)}; }
inline F64 bit_or(F64 x, F64 y) { return {_mm256_or_pd(x.v, y.v)}; }
inline F32 abs(F32 x) { return {_mm256_andnot_ps(_mm256_set1_ps(-0.0f), x.v)}; }
inline F64 abs(F64 x) { return {_mm256_andnot_pd(_mm256_set1_pd(-0.0), x.v)}; }
inline F32 minus_abs(F32 x) { return {_mm256_or_ps(x.v, _mm256_set1_ps(-0.0f))}; }
inline F64 minus_abs(F64 x) { return {_mm256_or_pd(x.v, _mm256_set1_pd(-0.0))}; }

// Comparisons are false where an operand is NaN.
inline M32 less(F32 x, F32 y) { return {_mm256_cmp_ps(x.v, y.v, _CMP_LT_OQ)}; }
inline M64 less(F64 x, F64 y) { return {_mm256_cmp_pd(x.v, y.v, _CMP_LT_OQ)}; }
inline M32 less_equal(F32 x, F32 y) { return {_mm256_cmp_ps(x.v, y.v, _CMP_LE_OQ)}; }
inline M64 less_equal(F64 x, F64 y) { return {_mm256_cmp_pd(x.v, y.v, _CMP_LE_OQ)}; }
inline M32 equal(F32 x, F32 y) { return {_mm256_cmp_ps(x.v, y.v, _CMP_EQ_OQ)}; }
inline M64 equal(F64 x, F64 y) { return {_mm256_cmp_pd(x.v, y.v, _CMP_EQ_OQ)}; }
inline F32 select(M32 m, F32 yes, F32 no) { return {_mm256_blendv_ps(no.v, yes.v, m.m)}; }
inline F64 select(M64 m, F64 yes, F64 no) { return {_mm256_blendv_pd(no.v, yes.v, m.m)}; }
inline bool all(M32 m) { return _mm256_movemask_ps(m.m) == 0xFF; }
inline bool all(M64 m) { return _mm256_movemask_pd(m.m) == 0xF; }

/// To the nearest whole number, ties to even
inline F32 round(F32 x) { return {_mm256_round_ps(x.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
inline F64 round(F64 x) { return {_mm256_round_pd(x.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
/// x 2^n for whole n, rounded once where the result is denormal: in two steps, as 2^n itself may not be normal
inline F32 scale(F32 x, F32 n) {
  const __m256i whole = _mm256_cvtps_epi32(n.v), half = _mm256_srai_epi32(whole, 1), bias = _mm256_set1_epi32(127);
  const __m256i p0 = _mm256_slli_epi32(_mm256_add_epi32(half, bias), 23);
  const __m256i p1 = _mm256_slli_epi32(_mm256_add_epi32(_mm256_sub_epi32(whole, half), bias), 23);
  return {_mm256_mul_ps(_mm256_mul_ps(x.v, _mm256_castsi256_ps(p0)), _mm256_castsi256_ps(p1))};
}
inline F64 scale(F64 x, F64 n) {
  const __m128i whole = _mm256_cvtpd_epi32(n.v), half = _mm_srai_epi32(whole, 1), bias = _mm_set1_epi32(1023);
  const __m256i p0 = _mm256_slli_epi64(_mm256_cvtepi32_epi64(_mm_add_epi32(half, bias)), 52);
  const __m256i p1 = _mm256_slli_epi64(_mm256_cvtepi32_epi64(_mm_add_epi32(_mm_sub_epi32(whole, half), bias)), 52);
  return {_mm256_mul_pd(_mm256_mul_pd(x.v, _mm256_castsi256_pd(p0)), _mm256_castsi256_pd(p1))};
}

/// 2^n for whole n where that is a normal number
inline F32 power_of_two(F32 n) {
  const __m256i biased = _mm256_add_epi32(_mm256_cvtps_epi32(n.v), _mm256_set1_epi32(127));
  return {_mm256_castsi256_ps(_mm256_slli_epi32(biased, 23))};
}
inline F64 power_of_two(F64 n) {
  const __m128i biased = _mm_add_epi32(_mm256_cvtpd_epi32(n.v), _mm_set1_epi32(1023));
  return {_mm256_castsi256_pd(_mm256_slli_epi64(_mm256_cvtepi32_epi64(biased), 52))};
}
/// x 2^n as `scale` gives it, for n <= 0, moderate x and results that are 0 or not far below the smallest denormal
/// number: 2^(n + lift) is normal, and the second product rounds
inline F32 scale_down(F32 x, F32 n) {
  const F32 lifted = power_of_two(n + broadcast(64.0f));
  return x * lifted * broadcast(0x1p-64f);
}
inline F64 scale_down(F64 x, F64 n) {
  const F64 lifted = power_of_two(n + broadcast(256.0));
  return x * lifted * broadcast(0x1p-256);
}

/// x = m 2^n with m in [0.75, 1.5), for normal positive x
template <class T>
struct Split {
  Vec<T> mantissa, exponent;
};
inline Split<float> split(F32 x) {
  const __m256i bits = _mm256_castps_si256(x.v), bits_of_075 = _mm256_set1_epi32(0x3F400000);
  const __m256i n = _mm256_srai_epi32(_mm256_sub_epi32(bits, bits_of_075), 23);
  return {{_mm256_castsi256_ps(_mm256_sub_epi32(bits, _mm256_slli_epi32(n, 23)))}, {_mm256_cvtepi32_ps(n)}};
}
inline Split<double> split(F64 x) {
  const __m256i bits = _mm256_castpd_si256(x.v), bits_of_075 = _mm256_set1_epi64x(0x3FE8000000000000);
  const __m256i difference = _mm256_sub_epi64(bits, bits_of_075);
  const __m256i upper_words = _mm256_permutevar8x32_epi32(difference, _mm256_set_epi32(7, 5, 3, 1, 7, 5, 3, 1));
  const __m128i n = _mm_srai_epi32(_mm256_castsi256_si128(upper_words), 20);
  const __m256i m = _mm256_sub_epi64(bits, _mm256_slli_epi64(_mm256_cvtepi32_epi64(n), 52));
  return {{_mm256_castsi256_pd(m)}, {_mm256_cvtepi32_pd(n)}};
}

inline float first_lane(F32 x) { return _mm256_cvtss_f32(x.v); }
inline double first_lane(F64 x) { return _mm256_cvtsd_f64(x.v); }
// Half to half, quarter to quarter and so on: always the same order.
inline float reduce_add(F32 x) {
  const __m128 q = _mm_add_ps(_mm256_castps256_ps128(x.v), _mm256_extractf128_ps(x.v, 1));
  const __m128 p = _mm_add_ps(q, _mm_movehl_ps(q, q));
  return _mm_cvtss_f32(_mm_add_ss(p, _mm_movehdup_ps(p)));
}
inline double reduce_add(F64 x) {
  const __m128d p = _mm_add_pd(_mm256_castpd256_pd128(x.v), _mm256_extractf128_pd(x.v, 1));
  return _mm_cvtsd_f64(_mm_add_sd(p, _mm_unpackhi_pd(p, p)));
}
/// The same of four at a time, at a third of the price; in another order, that of a place in all four
inline void reduce_add(const F32 (&x)[4], float* sums) {
  const __m256 ab = _mm256_add_ps(_mm256_unpacklo_ps(x[0].v, x[1].v), _mm256_unpackhi_ps(x[0].v, x[1].v));
  const __m256 cd = _mm256_add_ps(_mm256_unpacklo_ps(x[2].v, x[3].v), _mm256_unpackhi_ps(x[2].v, x[3].v));
  const __m256d ab2 = _mm256_castps_pd(ab), cd2 = _mm256_castps_pd(cd);
  const __m256 abcd =
      _mm256_add_ps(_mm256_castpd_ps(_mm256_unpacklo_pd(ab2, cd2)), _mm256_castpd_ps(_mm256_unpackhi_pd(ab2, cd2)));
  _mm_storeu_ps(sums, _mm_add_ps(_mm256_castps256_ps128(abcd), _mm256_extractf128_ps(abcd, 1)));
}
inline void reduce_add(const F64 (&x)[4], double* sums) {
  const __m256d ab = _mm256_add_pd(_mm256_unpacklo_pd(x[0].v, x[1].v), _mm256_unpackhi_pd(x[0].v, x[1].v));
  const __m256d cd = _mm256_add_pd(_mm256_unpacklo_pd(x[2].v, x[3].v), _mm256_unpackhi_pd(x[2].v, x[3].v));
  _mm256_storeu_pd(sums, _mm256_add_pd(_mm256_permute2f128_pd(ab, cd, 0x20), _mm256_permute2f128_pd(ab, cd, 0x31)));
}
inline float reduce_max(F32 x) {
  const __m128 q = _mm_max_ps(_mm256_castps256_ps128(x.v), _mm256_extractf128_ps(x.v, 1));
  const __m128 p = _mm_max_ps(q, _mm_movehl_ps(q, q));
  return _mm_cvtss_f32(_mm_max_ss(p, _mm_movehdup_ps(p)));
}
inline double reduce_max(F64 x) {
  const __m128d p = _mm_max_pd(_mm256_castpd256_pd128(x.v), _mm256_extractf128_pd(x.v, 1));
  return _mm_cvtsd_f64(_mm_max_sd(p, _mm_unpackhi_pd(p, p)));
}

/// Whole numbers as lanes; exact up to 2^24
inline F32 load_integers(F32, const int32_t* p) {
  return {_mm256_cvtepi32_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
}
inline F64 load_integers(F64, const int32_t* p) {
  return {_mm256_cvtepi32_pd(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
}

/// 4 x 4 numbers turned over in each half
inline void transpose_pieces(__m256 (&r)[4]) {
  const __m256d a = _mm256_castps_pd(_mm256_unpacklo_ps(r[0], r[1])),
                b = _mm256_castps_pd(_mm256_unpackhi_ps(r[0], r[1]));
  const __m256d c = _mm256_castps_pd(_mm256_unpacklo_ps(r[2], r[3])),
                d = _mm256_castps_pd(_mm256_unpackhi_ps(r[2], r[3]));
  r[0] = _mm256_castpd_ps(_mm256_unpacklo_pd(a, c));
  r[1] = _mm256_castpd_ps(_mm256_unpackhi_pd(a, c));
  r[2] = _mm256_castpd_ps(_mm256_unpacklo_pd(b, d));
  r[3] = _mm256_castpd_ps(_mm256_unpackhi_pd(b, d));
}

// 128 bits of each of kLanes rows become whole columns, one row a lane, and columns such pieces of rows.
inline void load_columns(F32* x, const float* p, int64_t row_stride) {
  const auto rows = [=](int first) {
    const float* q = p + first * row_stride;
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(q)), _mm_loadu_ps(q + 4 * row_stride), 1);
  };
  __m256 r[4] = {rows(0), rows(1), rows(2), rows(3)};
  transpose_pieces(r);
  for (int i = 0; i < 4; ++i) x[i].v = r[i];
}
inline void load_columns(F64* x, const double* p, int64_t row_stride) {
  const auto rows = [=](int first) {
    const double* q = p + first * row_stride;
    return _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(q)), _mm_loadu_pd(q + 2 * row_stride), 1);
  };
  const __m256d even = rows(0), odd = rows(1);
  x[0].v = _mm256_unpacklo_pd(even, odd);
  x[1].v = _mm256_unpackhi_pd(even, odd);
}
inline void store_columns(float* p, int64_t row_stride, const F32* x) {
  __m256 r[4] = {x[0].v, x[1].v, x[2].v, x[3].v};
  transpose_pieces(r);
  for (int i = 0; i < 4; ++i) {
    _mm_storeu_ps(p + i * row_stride, _mm256_castps256_ps128(r[i]));
    _mm_storeu_ps(p + (i + 4) * row_stride, _mm256_extractf128_ps(r[i], 1));
  }
}
inline void store_columns(double* p, int64_t row_stride, const F64* x) {
  const __m256d r[2] = {_mm256_unpacklo_pd(x[0].v, x[1].v), _mm256_unpackhi_pd(x[0].v, x[1].v)};
  for (int i = 0; i < 2; ++i) {
    _mm_storeu_pd(p + i * row_stride, _mm256_castpd256_pd128(r[i]));
    _mm_storeu_pd(p + (i + 2) * row_stride, _mm256_extractf128_pd(r[i], 1));
  }
}

/// The lower and the upper half of the lanes in double
inline F64 lower_double(F32 x) { return {_mm256_cvtps_pd(_mm256_castps256_ps128(x.v))}; }
inline F64 upper_double(F32 x) { return {_mm256_cvtps_pd(_mm256_extractf128_ps(x.v, 1))}; }

/// One random word of each of kBlocks Philox blocks, in 64-bit lanes, the product of which keeps all bits.
/// Operations other than the product may leave anything in the upper halves.
struct Words {
  static constexpr int kBlocks = 4;
  __m256i v;
};
inline Words broadcast_word(uint32_t x) { return {_mm256_set1_epi64x(x)}; }
inline Words block_indices(uint64_t first) {
  return {_mm256_add_epi64(_mm256_set1_epi64x(static_cast<int64_t>(first)), _mm256_set_epi64x(3, 2, 1, 0))};
}
inline Words multiply(Words x, Words y) { return {_mm256_mul_epu32(x.v, y.v)}; }
inline Words upper_word(Words x) { return {_mm256_srli_epi64(x.v, 32)}; }
inline Words operator^(Words x, Words y) { return {_mm256_xor_si256(x.v, y.v)}; }
inline Words exclusive_or(Words x, Words y, Words z) { return x ^ y ^ z; }
/// out[4 block + w] = word w of the block
inline void store_words(uint32_t* out, Words w0, Words w1, Words w2, Words w3) {
  const __m256i w01 = _mm256_blend_epi32(w0.v, _mm256_slli_epi64(w1.v, 32), 0xAA);
  const __m256i w23 = _mm256_blend_epi32(w2.v, _mm256_slli_epi64(w3.v, 32), 0xAA);
  const __m256i even = _mm256_unpacklo_epi64(w01, w23), odd = _mm256_unpackhi_epi64(w01, w23);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_permute2x128_si256(even, odd, 0x20));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 8), _mm256_permute2x128_si256(even, odd, 0x31));
}
/// Which of kLanes random words are at most `limit`
inline M32 at_most(F32, const uint32_t* random, uint32_t limit) {
  const __m256i words = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(random));
  const __m256i limits = _mm256_set1_epi32(static_cast<int>(limit));
  return {_mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_max_epu32(words, limits), limits))};
}
inline M64 at_most(F64, const uint32_t* random, uint32_t limit) {
  const __m128i words = _mm_loadu_si128(reinterpret_cast<const __m128i*>(random));
  const __m128i limits = _mm_set1_epi32(static_cast<int>(limit));
  return {_mm256_castsi256_pd(_mm256_cvtepi32_epi64(_mm_cmpeq_epi32(_mm_max_epu32(words, limits), limits)))};
}

}  // namespace
}  // namespace laminar::kernels::avx2

#include "avx2_transpose.hpp"
