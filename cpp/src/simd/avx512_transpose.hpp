// SPDX-License-Identifier: BSD-3-Clause
//
// Square blocks of numbers turned over in registers: row i becomes column i.
#pragma once

#include "avx512.hpp"

namespace laminar::kernels::avx512 {
namespace {

/// 16 x 16: pairs of rows are interleaved, then pairs of pairs, then quarters of registers change places.
inline void transpose(F32 (&rows)[16]) {
  __m512 t[16];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(rows[i].v, rows[i + 1].v);
    t[i + 1] = _mm512_unpackhi_ps(rows[i].v, rows[i + 1].v);
  }
  __m512d q[16];
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    for (int j = 0; j < 2; ++j) {
      const __m512d upper = _mm512_castps_pd(t[i + j]), lower = _mm512_castps_pd(t[i + j + 2]);
      q[i + 2 * j] = _mm512_unpacklo_pd(upper, lower);
      q[i + 2 * j + 1] = _mm512_unpackhi_pd(upper, lower);
    }
  }
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    const __m512d even_1 = _mm512_shuffle_f64x2(q[c], q[c + 4], 0x88);
    const __m512d even_2 = _mm512_shuffle_f64x2(q[c + 8], q[c + 12], 0x88);
    const __m512d odd_1 = _mm512_shuffle_f64x2(q[c], q[c + 4], 0xDD);
    const __m512d odd_2 = _mm512_shuffle_f64x2(q[c + 8], q[c + 12], 0xDD);
    rows[c].v = _mm512_castpd_ps(_mm512_shuffle_f64x2(even_1, even_2, 0x88));
    rows[c + 4].v = _mm512_castpd_ps(_mm512_shuffle_f64x2(odd_1, odd_2, 0x88));
    rows[c + 8].v = _mm512_castpd_ps(_mm512_shuffle_f64x2(even_1, even_2, 0xDD));
    rows[c + 12].v = _mm512_castpd_ps(_mm512_shuffle_f64x2(odd_1, odd_2, 0xDD));
  }
}

/// 8 x 8
inline void transpose(F64 (&rows)[8]) {
  __m512d t[8];
#pragma GCC unroll 4
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm512_unpacklo_pd(rows[i].v, rows[i + 1].v);
    t[i + 1] = _mm512_unpackhi_pd(rows[i].v, rows[i + 1].v);
  }
#pragma GCC unroll 2
  for (int c = 0; c < 2; ++c) {
    const __m512d even_1 = _mm512_shuffle_f64x2(t[c], t[c + 2], 0x88);
    const __m512d even_2 = _mm512_shuffle_f64x2(t[c + 4], t[c + 6], 0x88);
    const __m512d odd_1 = _mm512_shuffle_f64x2(t[c], t[c + 2], 0xDD);
    const __m512d odd_2 = _mm512_shuffle_f64x2(t[c + 4], t[c + 6], 0xDD);
    rows[c].v = _mm512_shuffle_f64x2(even_1, even_2, 0x88);
    rows[c + 2].v = _mm512_shuffle_f64x2(odd_1, odd_2, 0x88);
    rows[c + 4].v = _mm512_shuffle_f64x2(even_1, even_2, 0xDD);
    rows[c + 6].v = _mm512_shuffle_f64x2(odd_1, odd_2, 0xDD);
  }
}

}  // namespace
}  // namespace laminar::kernels::avx512
