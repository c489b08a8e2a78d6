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
/// x y + z, x y - z and z - x y with one rounding
inline F32 fma(F32 x, F32 y, F32 z) { return {_mm512_fmadd_ps(x.v, y.v, z.v)}; }
inline F64 fma(F64 x, F64 y, F64 z) { return {_mm512_fmadd_pd(x.v, y.v, z.v)}; }
inline F32 fmsub(F32 x, F32 y, F32 z) { return {_mm512_fmsub_ps(x.v, y.v, z.v)}; }
inline F64 fmsub(F64 x, F64 y, F64 z) { return {_mm512_fmsub_pd(x.v, y.v, z.v)}; }
inline F32 fnmadd(F32 x, F32 y, F32 z) { return {_mm512_fnmadd_ps(x.v, y.v, z.v)}; }
inline F64 fnmadd(F64 x, F64 y, F64 z) { return {_mm512_fnmadd_pd(x.v, y.v, z.v)}; }

/// y where either is NaN: min(constant, x) passes the NaN of x on.
inline F32 min(F32 x, F32 y) { return {_mm512_min_ps(x.v, y.v)}; }
inline F64 min(F64 x, F64 y) { return {_mm512_min_pd(x.v, y.v)}; }
inline F32 max(F32 x, F32 y) { return {_mm512_max_ps(x.v, y.v)}; }
inline F64 max(F64 x, F64 y) { return {_mm512_max_pd(x.v, y.v)}; }
/// x / y for finite x and positive normal y, at most 1 ulp off unless the result is within 2^24 of being denormal; less
/// than any normal number where y is infinite. An estimate good to 14 bits and a Newton step take half the time of a
/// division; the estimate, and so the last bit, is the maker's of the processor to choose.
inline F32 quotient(F32 x, F32 y) {
  const F32 bounded = min(broadcast(__FLT_MAX__), y), inverse = {_mm512_rcp14_ps(bounded.v)}, rough = x * inverse;
  return fma(fnmadd(rough, bounded, x), inverse, rough);
}
inline F64 quotient(F64 x, F64 y) { return x / y; }
inline F32 sqrt(F32 x) { return {_mm512_sqrt_ps(x.v)}; }
inline F64 sqrt(F64 x) { return {_mm512_sqrt_pd(x.v)}; }
inline F32 bit_and(F32 x, F32 y) { return {_mm512_and_ps(x.v, y.v)}; }
inline F64 bit_and(F64 x, F64 y) { return {_mm512_and_pd(x.v, y.v)}; }
inline F32 bit_or(F32 x, F32 y) { return {_mm512_or_ps(x.v, y.v)}; }
inline F64 bit_or(F64 x, F64 y) { return {_mm512_or_pd(x.v, y.v)}; }
inline F32 abs(F32 x) { return {_mm512_abs_ps(x.v)}; }
inline F64 abs(F64 x) { return {_mm512_abs_pd(x.v)}; }
inline F32 minus_abs(F32 x) { return {_mm512_or_ps(x.v, _mm512_set1_ps(-0.0f))}; }
inline F64 minus_abs(F64 x) { return {_mm512_or_pd(x.v, _mm512_set1_pd(-0.0))}; }

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

/// The same for n <= 0, moderate x and results that are 0 or not far below the smallest denormal number
inline F32 scale_down(F32 x, F32 n) { return scale(x, n); }
inline F64 scale_down(F64 x, F64 n) { return scale(x, n); }
/// 2^n for whole n where that is a normal number
inline F32 power_of_two(F32 n) { return {_mm512_scalef_ps(_mm512_set1_ps(1.0f), n.v)}; }
inline F64 power_of_two(F64 n) { return {_mm512_scalef_pd(_mm512_set1_pd(1.0), n.v)}; }

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
/// The same of four at a time, at a third of the price; in another order, that of a place in all four
inline void reduce_add(const F32 (&x)[4], float* sums) {
  const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(x[0].v, x[1].v), _mm512_unpackhi_ps(x[0].v, x[1].v));
  const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(x[2].v, x[3].v), _mm512_unpackhi_ps(x[2].v, x[3].v));
  const __m512d ab2 = _mm512_castps_pd(ab), cd2 = _mm512_castps_pd(cd);
  const __m512 abcd =
      _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(ab2, cd2)), _mm512_castpd_ps(_mm512_unpackhi_pd(ab2, cd2)));
  const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(abcd), _mm512_extractf32x8_ps(abcd, 1));
  _mm_storeu_ps(sums, _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1)));
}
inline void reduce_add(const F64 (&x)[4], double* sums) {
  const __m512d ab = _mm512_add_pd(_mm512_unpacklo_pd(x[0].v, x[1].v), _mm512_unpackhi_pd(x[0].v, x[1].v));
  const __m512d cd = _mm512_add_pd(_mm512_unpacklo_pd(x[2].v, x[3].v), _mm512_unpackhi_pd(x[2].v, x[3].v));
  const __m256d ab2 = _mm256_add_pd(_mm512_castpd512_pd256(ab), _mm512_extractf64x4_pd(ab, 1));
  const __m256d cd2 = _mm256_add_pd(_mm512_castpd512_pd256(cd), _mm512_extractf64x4_pd(cd, 1));
  _mm256_storeu_pd(sums, _mm256_add_pd(_mm256_permute2f128_pd(ab2, cd2, 0x20), _mm256_permute2f128_pd(ab2, cd2, 0x31)));
}
inline float reduce_max(F32 x) { return _mm512_reduce_max_ps(x.v); }
inline double reduce_max(F64 x) { return _mm512_reduce_max_pd(x.v); }

/// Whole numbers as lanes; exact up to 2^24
inline F32 load_integers(F32, const int32_t* p) { return {_mm512_cvtepi32_ps(_mm512_loadu_si512(p))}; }
inline F64 load_integers(F64, const int32_t* p) {
  return {_mm512_cvtepi32_pd(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))};
}

/// 4 x 4 numbers turned over in each quarter
inline void transpose_pieces(__m512 (&r)[4]) {
  const __m512d a = _mm512_castps_pd(_mm512_unpacklo_ps(r[0], r[1])),
                b = _mm512_castps_pd(_mm512_unpackhi_ps(r[0], r[1]));
  const __m512d c = _mm512_castps_pd(_mm512_unpacklo_ps(r[2], r[3])),
                d = _mm512_castps_pd(_mm512_unpackhi_ps(r[2], r[3]));
  r[0] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
  r[1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
  r[2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
  r[3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
}

// 128 bits of each of kLanes rows become whole columns, one row a lane, and columns such pieces of rows.
inline void load_columns(F32* x, const float* p, int64_t row_stride) {
  const auto rows = [=](int first) {
    const float* q = p + first * row_stride;
    const __m512 r = _mm512_castps128_ps512(_mm_loadu_ps(q));
    const __m512 s = _mm512_insertf32x4(r, _mm_loadu_ps(q + 4 * row_stride), 1);
    const __m512 t = _mm512_insertf32x4(s, _mm_loadu_ps(q + 8 * row_stride), 2);
    return _mm512_insertf32x4(t, _mm_loadu_ps(q + 12 * row_stride), 3);
  };
  __m512 r[4] = {rows(0), rows(1), rows(2), rows(3)};
  transpose_pieces(r);
  for (int i = 0; i < 4; ++i) x[i].v = r[i];
}
inline void load_columns(F64* x, const double* p, int64_t row_stride) {
  const auto rows = [=](int first) {
    const double* q = p + first * row_stride;
    const __m512d r = _mm512_castpd128_pd512(_mm_loadu_pd(q));
    const __m512d s = _mm512_insertf64x2(r, _mm_loadu_pd(q + 2 * row_stride), 1);
    const __m512d t = _mm512_insertf64x2(s, _mm_loadu_pd(q + 4 * row_stride), 2);
    return _mm512_insertf64x2(t, _mm_loadu_pd(q + 6 * row_stride), 3);
  };
  const __m512d even = rows(0), odd = rows(1);
  x[0].v = _mm512_unpacklo_pd(even, odd);
  x[1].v = _mm512_unpackhi_pd(even, odd);
}
inline void store_columns(float* p, int64_t row_stride, const F32* x) {
  __m512 r[4] = {x[0].v, x[1].v, x[2].v, x[3].v};
  transpose_pieces(r);
  for (int i = 0; i < 4; ++i) {
    float* q = p + i * row_stride;
    _mm_storeu_ps(q, _mm512_castps512_ps128(r[i]));
    _mm_storeu_ps(q + 4 * row_stride, _mm512_extractf32x4_ps(r[i], 1));
    _mm_storeu_ps(q + 8 * row_stride, _mm512_extractf32x4_ps(r[i], 2));
    _mm_storeu_ps(q + 12 * row_stride, _mm512_extractf32x4_ps(r[i], 3));
  }
}
inline void store_columns(double* p, int64_t row_stride, const F64* x) {
  const __m512d r[2] = {_mm512_unpacklo_pd(x[0].v, x[1].v), _mm512_unpackhi_pd(x[0].v, x[1].v)};
  for (int i = 0; i < 2; ++i) {
    double* q = p + i * row_stride;
    _mm_storeu_pd(q, _mm512_castpd512_pd128(r[i]));
    _mm_storeu_pd(q + 2 * row_stride, _mm512_extractf64x2_pd(r[i], 1));
    _mm_storeu_pd(q + 4 * row_stride, _mm512_extractf64x2_pd(r[i], 2));
    _mm_storeu_pd(q + 6 * row_stride, _mm512_extractf64x2_pd(r[i], 3));
  }
}

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
inline Words exclusive_or(Words x, Words y, Words z) { return {_mm512_ternarylogic_epi64(x.v, y.v, z.v, 0x96)}; }
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
