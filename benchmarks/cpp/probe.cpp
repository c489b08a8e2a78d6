// SPDX-License-Identifier: BSD-3-Clause
//
// Compiled once for each instruction set
#include "probe.hpp"

#include LAMINAR_ISA_HEADER

namespace laminar::kernels::LAMINAR_ISA {
namespace {

// 2 units with a latency of 4 cycles keep 8 chains busy, and some processors need 10.
constexpr int kChains = 12;
constexpr int kUnroll = 4;

template <class T>
void multiply_add(int64_t rounds, T* result) {
  const Vec<T> factor = broadcast(T(0.999)), summand = broadcast(T(1e-4));
  Vec<T> chains[kChains];
  for (int i = 0; i < kChains; ++i) chains[i] = broadcast(T(i));
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
    for (int i = 0; i < kChains; ++i) chains[i] = fma(chains[i], factor, summand);
  }
  for (int i = 1; i < kChains; ++i) chains[0] = fma(chains[i], factor, chains[0]);
  T lanes[Vec<T>::kLanes];
  store(lanes, chains[0]);
  *result = 0;
  for (int i = 0; i < Vec<T>::kLanes; ++i) *result += lanes[i];
}

template <class T>
void copy(int64_t n, const T* x, T* y) {
  constexpr int kLanes = Vec<T>::kLanes;
  for (int64_t i = 0; i < n; i += kUnroll * kLanes) {
#pragma GCC unroll 4
    for (int j = 0; j < kUnroll; ++j) store(y + i + j * kLanes, load(x + i + j * kLanes));
  }
}

template <class T>
void triad(int64_t n, const T* x, const T* y, T* out) {
  constexpr int kLanes = Vec<T>::kLanes;
  const Vec<T> factor = broadcast(T(0.5));
  for (int64_t i = 0; i < n; i += kUnroll * kLanes) {
#pragma GCC unroll 4
    for (int j = 0; j < kUnroll; ++j) {
      store(out + i + j * kLanes, fma(load(y + i + j * kLanes), factor, load(x + i + j * kLanes)));
    }
  }
}

template <class T>
void update(int64_t n, const T* x, T* y) {
  triad(n, x, y, y);
}

template <class T>
bench::ProbeLoops<T> loops() {
  return {multiply_add<T>, 2.0 * kChains * Vec<T>::kLanes, copy<T>, triad<T>, update<T>};
}

}  // namespace

bench::Probes probes() { return {kIsaName, loops<float>(), loops<double>()}; }

}  // namespace laminar::kernels::LAMINAR_ISA
