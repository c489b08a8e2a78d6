// SPDX-License-Identifier: BSD-3-Clause
//
// Loops over arrays in whole vectors with one masked rest, so that no kernel needs scalar code.
#pragma once

#include LAMINAR_ISA_HEADER

namespace laminar::kernels::LAMINAR_ISA {
namespace {

/// All lanes of a vector, or only the first `count`
struct Whole {};
struct Part {
  int count;
};
template <class Lanes>
constexpr bool kIsWhole = false;
template <>
constexpr bool kIsWhole<Whole> = true;

template <class T>
inline Vec<T> load(const T* p, Whole) {
  return load(p);
}
template <class T>
inline Vec<T> load(const T* p, Part part) {
  return load_first(p, part.count);
}
template <class T>
inline void store(T* p, Vec<T> x, Whole) {
  store(p, x);
}
template <class T>
inline void store(T* p, Vec<T> x, Part part) {
  store_first(p, x, part.count);
}
/// x, with `other` in the lanes that are not there
template <class T>
inline Vec<T> fill_absent(Vec<T> x, T, Whole) {
  return x;
}
template <class T>
inline Vec<T> fill_absent(Vec<T> x, T other, Part part) {
  return select(first_lanes(x, part.count), x, broadcast(other));
}

/// body(i, lanes) for i = 0, kLanes, 2 kLanes ... below n
template <class T, class Body>
[[gnu::always_inline]] inline void for_each_vector(int64_t n, Body body) {
  constexpr int kLanes = Vec<T>::kLanes;
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) body(i, Whole{});
  if (i < n) body(i, Part{static_cast<int>(n - i)});
}

}  // namespace
}  // namespace laminar::kernels::LAMINAR_ISA
