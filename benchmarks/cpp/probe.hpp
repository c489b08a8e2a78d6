// SPDX-License-Identifier: BSD-3-Clause
//
// Loops that do nothing but reach a limit of the machine with the vectors of one instruction set
#pragma once

#include <stdint.h>

namespace laminar::bench {

template <class T>
struct ProbeLoops {
  /// Independent chains of fused multiply-adds in registers; `result` takes their sum.
  void (*multiply_add)(int64_t rounds, T* result);
  double flops_per_round;
  /// y[n] = x[n];  n is a multiple of 64 in all loops over memory
  void (*copy)(int64_t n, const T* x, T* y);
  /// out[n] = x[n] + s y[n]
  void (*triad)(int64_t n, const T* x, const T* y, T* out);
  /// y[n] = x[n] + s y[n], as optimizers do: what is written was read, so no line is fetched only to be overwritten
  void (*update)(int64_t n, const T* x, T* y);
};

struct Probes {
  const char* isa;
  ProbeLoops<float> f32;
  ProbeLoops<double> f64;

  template <class T>
  const ProbeLoops<T>& of() const {
    if constexpr (sizeof(T) == sizeof(float)) {
      return f32;
    } else {
      return f64;
    }
  }
};

}  // namespace laminar::bench

namespace laminar::kernels {
namespace generic {
bench::Probes probes();
}
namespace avx2 {
bench::Probes probes();
}
namespace avx512 {
bench::Probes probes();
}
}  // namespace laminar::kernels
