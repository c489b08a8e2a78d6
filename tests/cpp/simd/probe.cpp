// SPDX-License-Identifier: BSD-3-Clause
//
// Compiled once an instruction set, as kernels are: the functions of simd/math.hpp that no kernel shows alone.
#if defined(LAMINAR_ISA)

#include "simd/loops.hpp"
#include "simd/math.hpp"

namespace laminar::test::LAMINAR_ISA {

namespace {
template <class T>
void log_array(int64_t n, const T* x, T* y) {
  using namespace kernels::LAMINAR_ISA;
  for_each_vector<T>(n, [=](int64_t i, auto lanes) { store(y + i, log(load(x + i, lanes)), lanes); });
}
}  // namespace

void vector_log(int64_t n, const float* x, float* y) { log_array(n, x, y); }
void vector_log(int64_t n, const double* x, double* y) { log_array(n, x, y); }

}  // namespace laminar::test::LAMINAR_ISA

#endif
