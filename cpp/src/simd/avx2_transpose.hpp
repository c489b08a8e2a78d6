// SPDX-License-Identifier: BSD-3-Clause
//
// Square blocks of numbers turned over in registers: row i becomes column i.
#pragma once

#include "avx2.hpp"

namespace laminar::kernels::avx2 {
namespace {

/// 8 x 8: pairs of rows are interleaved, then pairs of pairs, then halves of registers change places.
inline void transpose(F32 (&rows)[8]) {
  __m256 t[8];
#pragma GCC unroll 4
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm256_unpacklo_ps(rows[i].v, rows[i + 1].v);
    t[i + 1] = _mm256_unpackhi_ps(rows[i].v, rows[i + 1].v);
  }
  __m256d q[8];
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) {
    for (int j = 0; j < 2; ++j) {
      const __m256d upper = _mm256_castps_pd(t[i + j]), lower = _mm256_castps_pd(t[i + j + 2]);
      q[i + 2 * j] = _mm256_unpacklo_pd(upper, lower);
      q[i + 2 * j + 1] = _mm256_unpackhi_pd(upper, lower);
    }
  }
#pragma GCC unroll 4
  for (int c = 0; c < 4; ++c) {
    rows[c].v = _mm256_castpd_ps(_mm256_permute2f128_pd(q[c], q[c + 4], 0x20));
    rows[c + 4].v = _mm256_castpd_ps(_mm256_permute2f128_pd(q[c], q[c + 4], 0x31));
  }
}

/// 4 x 4
inline void transpose(F64 (&rows)[4]) {
  const __m256d even_1 = _mm256_unpacklo_pd(rows[0].v, rows[1].v), odd_1 = _mm256_unpackhi_pd(rows[0].v, rows[1].v);
  const __m256d even_2 = _mm256_unpacklo_pd(rows[2].v, rows[3].v), odd_2 = _mm256_unpackhi_pd(rows[2].v, rows[3].v);
  rows[0].v = _mm256_permute2f128_pd(even_1, even_2, 0x20);
  rows[1].v = _mm256_permute2f128_pd(odd_1, odd_2, 0x20);
  rows[2].v = _mm256_permute2f128_pd(even_1, even_2, 0x31);
  rows[3].v = _mm256_permute2f128_pd(odd_1, odd_2, 0x31);
}

}  // namespace
}  // namespace laminar::kernels::avx2
