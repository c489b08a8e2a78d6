// SPDX-License-Identifier: BSD-3-Clause
//
// What the probes need of a vocabulary (cpp/src/simd), on 16-byte vectors that every compiler knows. There is no fused
// multiply-add on the x86-64 baseline: the peak is that of a multiplication and an addition.
#pragma once

#include <stdint.h>
#include <string.h>

namespace laminar::kernels::generic {
namespace {

constexpr const char* kIsaName = "generic";

template <class T>
struct Vec {
  static constexpr int kLanes = 16 / sizeof(T);
  typedef T Lanes __attribute__((vector_size(16)));
  Lanes v;
};

template <class T>
inline Vec<T> load(const T* p) {
  Vec<T> x;
  memcpy(&x, p, sizeof x);
  return x;
}
template <class T>
inline void store(T* p, Vec<T> x) {
  memcpy(p, &x, sizeof x);
}
template <class T>
inline Vec<T> broadcast(T x) {
  return {x - typename Vec<T>::Lanes{}};
}
template <class T>
inline Vec<T> fma(Vec<T> x, Vec<T> y, Vec<T> z) {
  return {x.v * y.v + z.v};
}

}  // namespace
}  // namespace laminar::kernels::generic
