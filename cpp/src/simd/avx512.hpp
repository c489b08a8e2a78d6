// SPDX-License-Identifier: BSD-3-Clause
//
// The vocabulary of the kernels on AVX-512 (F, DQ, BW, VL). avx2.hpp has the same names.
// Where an operand is NaN, min, max and the comparisons act as stated beside them.
#pragma once

// GCC 12 takes the deliberately undefined operands in its own header for mistakes.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#include <stddef.h>
#include <stdint.h>

namespace laminar::kernels::avx512 {
namespace {

constexpr const char* kIsaName = "avx512";
constexpr int kRegisters = 32;

template <class T>
struct Vec;
template <>
struct Vec<float> {
  static constexpr int kLanes = 16;
  __m512 v;
};
template <>
struct Vec<double> {
  static constexpr int kLanes = 8;
  __m512d v;
};

template <class T>
struct Mask;
template <>
struct Mask<float> {
  __mmask16 m;
};
template <>
struct Mask<double> {
  __mmask8 m;
};

using F32 = Vec<float>;
using F64 = Vec<double>;
using M32 = Mask<float>;
using M64 = Mask<double>;

// Loads and stores need no alignment. The `first` forms touch `count` lanes only and load 0 in the others.
inline F32 load(const float* p) { return {_mm512_loadu_ps(p)}; }
inline F64 load(const double* p) { return {_mm512_loadu_pd(p)}; }
inline void store(float* p, F32 x) { _mm512_storeu_ps(p, x.v); }
inline void store(double* p, F64 x) { _mm512_storeu_pd(p, x.v); }
inline M32 first_lanes(F32, int count) { return {static_cast<__mmask16>((1u << count) - 1u)}; }
inline M64 first_lanes(F64, int count) { return {static_cast<__mmask8>((1u << count) - 1u)}; }
inline F32 load_first(const float* p, int count) { return {_mm512_maskz_loadu_ps(first_lanes(F32{}, count).m, p)}; }
inline F64 load_first(const double* p, int count) { return {_mm512_maskz_loadu_pd(first_lanes(F64{}, count).m, p)}; }
inline void store_first(float* p, F32 x, int count) { _mm512_mask_storeu_ps(p, first_lanes(x, count).m, x.v); }
inline void store_first(double* p, F64 x, int count) { _mm512_mask_storeu_pd(p, first_lanes(x, count).m, x.v); }
inline F32 broadcast(float x) { return {_mm512_set1_ps(x)}; }
inline F64 broadcast(double x) { return {_mm512_set1_pd(x)}; }

inline F32 operator+(F32 x, F32 y) { return {_mm512_add_ps(x.v, y.v)}; }
inline F64 operator+(F64 x, F64 y) { return {_mm512_add_pd(x.v, y.v)}; }
inline F32 operator-(F32 x, F32 y) { return {_mm512_sub_ps(x.v, y.v)}; }
inline F64 operator-(F64 x, F64 y) { return {_mm512_sub_pd(x.v, y.v)}; }
inline F32 operator*(F32 x, F32 y) { return {_mm512_mul_ps(x.v, y.v)}; }
inline F64 operator*(F64 x, F64 y) { return {_mm512_mul_pd(x.v, y.v)}; }
inline F32 operator/(F32 x, F32 y) { return {_mm512_div_ps(x.v, y.v)}; }
inline F64 operator/(F64 x, F64 y) { return {_mm512_div_pd(x.v, y.v)}; }
/// x y + z and z - x y with one rounding
inline F32 fma(F32 x, F32 y, F32 z) { return {_mm512_fmadd_ps(x.v, y.v, z.v)}; }
inline F64 fma(F64 x, F64 y, F64 z) { return {_mm512_fmadd_pd(x.v, y.v, z.v)}; }
inline F32 fnmadd(F32 x, F32 y, F32 z) { return {_mm512_fnmadd_ps(x.v, y.v, z.v)}; }
inline F64 fnmadd(F64 x, F64 y, F64 z) { return {_mm512_fnmadd_pd(x.v, y.v, z.v)}; }

/// y where either is NaN: min(constant, x) passes the NaN of x on.
inline F32 min(F32 x, F32 y) { return {_mm512_min_ps(x.v, y.v)}; }
inline F64 min(F64 x, F64 y) { return {_mm512_min_pd(x.v, y.v)}; }
inline F32 max(F32 x, F32 y) { return {_mm512_max_ps(x.v, y.v)}; }
inline F64 max(F64 x, F64 y) { return {_mm512_max_pd(x.v, y.v)}; }
inline F32 sqrt(F32 x) { return {_mm512_sqrt_ps(x.v)}; }
inline F64 sqrt(F64 x) { return {_mm512_sqrt_pd(x.v)}; }
inline F32 bit_and(F32 x, F32 y) { return {_mm512_and_ps(x.v, y.v)}; }
inline F64 bit_and(F64 x, F64 y) { return {_mm512_and_pd(x.v, y.v)}; }
inline F32 bit_or(F32 x, F32 y) { return {_mm512_or_ps(x.v, y.v)}; }
inline F64 bit_or(F64 x, F64 y) { return {_mm512_or_pd(x.v, y.v)}; }
inline F32 abs(F32 x) { return {_mm512_abs_ps(x.v)}; }
inline F64 abs(F64 x) { return {_mm512_abs_pd(x.v)}; }

// Comparisons are false where an operand is NaN.
inline M32 less(F32 x, F32 y) { return {_mm512_cmp_ps_mask(x.v, y.v, _CMP_LT_OQ)}; }
inline M64 less(F64 x, F64 y) { return {_mm512_cmp_pd_mask(x.v, y.v, _CMP_LT_OQ)}; }
inline M32 less_equal(F32 x, F32 y) { return {_mm512_cmp_ps_mask(x.v, y.v, _CMP_LE_OQ)}; }
inline M64 less_equal(F64 x, F64 y) { return {_mm512_cmp_pd_mask(x.v, y.v, _CMP_LE_OQ)}; }
inline M32 equal(F32 x, F32 y) { return {_mm512_cmp_ps_mask(x.v, y.v, _CMP_EQ_OQ)}; }
inline M64 equal(F64 x, F64 y) { return {_mm512_cmp_pd_mask(x.v, y.v, _CMP_EQ_OQ)}; }
inline F32 select(M32 m, F32 yes, F32 no) { return {_mm512_mask_blend_ps(m.m, no.v, yes.v)}; }
inline F64 select(M64 m, F64 yes, F64 no) { return {_mm512_mask_blend_pd(m.m, no.v, yes.v)}; }
inline bool all(M32 m) { return m.m == 0xFFFF; }
inline bool all(M64 m) { return m.m == 0xFF; }

/// To the nearest whole number, ties to even
inline F32 round(F32 x) { return {_mm512_roundscale_ps(x.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
inline F64 round(F64 x) { return {_mm512_roundscale_pd(x.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
/// x 2^n for whole n, rounded once where the result is denormal
inline F32 scale(F32 x, F32 n) { return {_mm512_scalef_ps(x.v, n.v)}; }
inline F64 scale(F64 x, F64 n) { return {_mm512_scalef_pd(x.v, n.v)}; }

/// x = m 2^n with m in [0.75, 1.5), for normal positive x
template <class T>
struct Split {
  Vec<T> mantissa, exponent;
};
inline Split<float> split(F32 x) {
  const __m512 m = _mm512_getmant_ps(x.v, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_src);
  const __mmask16 halved = _mm512_cmp_ps_mask(m, _mm512_set1_ps(1.0f), _CMP_LT_OQ);
  const __m512 n = _mm512_getexp_ps(x.v);
  return {{m}, {_mm512_mask_add_ps(n, halved, n, _mm512_set1_ps(1.0f))}};
}
inline Split<double> split(F64 x) {
  const __m512d m = _mm512_getmant_pd(x.v, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_src);
  const __mmask8 halved = _mm512_cmp_pd_mask(m, _mm512_set1_pd(1.0), _CMP_LT_OQ);
  const __m512d n = _mm512_getexp_pd(x.v);
  return {{m}, {_mm512_mask_add_pd(n, halved, n, _mm512_set1_pd(1.0))}};
}

inline float first_lane(F32 x) { return _mm512_cvtss_f32(x.v); }
inline double first_lane(F64 x) { return _mm512_cvtsd_f64(x.v); }
// Half to half, quarter to quarter and so on: always the same order.
inline float reduce_add(F32 x) { return _mm512_reduce_add_ps(x.v); }
inline double reduce_add(F64 x) { return _mm512_reduce_add_pd(x.v); }
inline float reduce_max(F32 x) { return _mm512_reduce_max_ps(x.v); }
inline double reduce_max(F64 x) { return _mm512_reduce_max_pd(x.v); }

/// The lower and the upper half of the lanes in double
inline F64 lower_double(F32 x) { return {_mm512_cvtps_pd(_mm512_castps512_ps256(x.v))}; }
inline F64 upper_double(F32 x) { return {_mm512_cvtps_pd(_mm512_extractf32x8_ps(x.v, 1))}; }

/// One random word of each of kBlocks Philox blocks, in 64-bit lanes, the product of which keeps all bits.
/// Operations other than the product may leave anything in the upper halves.
struct Words {
  static constexpr int kBlocks = 8;
  __m512i v;
};
inline Words broadcast_word(uint32_t x) { return {_mm512_set1_epi64(x)}; }
inline Words block_indices(uint64_t first) {
  return {_mm512_add_epi64(_mm512_set1_epi64(static_cast<int64_t>(first)), _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0))};
}
inline Words multiply(Words x, Words y) { return {_mm512_mul_epu32(x.v, y.v)}; }
inline Words upper_word(Words x) { return {_mm512_srli_epi64(x.v, 32)}; }
inline Words operator^(Words x, Words y) { return {_mm512_xor_si512(x.v, y.v)}; }
/// out[4 block + w] = word w of the block
inline void store_words(uint32_t* out, Words w0, Words w1, Words w2, Words w3) {
  const __m512i w01 = _mm512_mask_blend_epi32(0xAAAA, w0.v, _mm512_slli_epi64(w1.v, 32));
  const __m512i w23 = _mm512_mask_blend_epi32(0xAAAA, w2.v, _mm512_slli_epi64(w3.v, 32));
  const __m512i low = _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0), high = _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4);
  _mm512_storeu_si512(out, _mm512_permutex2var_epi64(w01, low, w23));
  _mm512_storeu_si512(out + 16, _mm512_permutex2var_epi64(w01, high, w23));
}
/// Which of kLanes random words are at most `limit`
inline M32 at_most(F32, const uint32_t* random, uint32_t limit) {
  return {_mm512_cmple_epu32_mask(_mm512_loadu_si512(random), _mm512_set1_epi32(static_cast<int>(limit)))};
}
inline M64 at_most(F64, const uint32_t* random, uint32_t limit) {
  const __m256i words = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(random));
  return {_mm256_cmple_epu32_mask(words, _mm256_set1_epi32(static_cast<int>(limit)))};
}

}  // namespace
}  // namespace laminar::kernels::avx512

#include "avx512_transpose.hpp"
