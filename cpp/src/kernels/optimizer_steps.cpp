// SPDX-License-Identifier: BSD-3-Clause
//
// One step w[n] -= rate * direction(g[n]) of each optimizer in one pass; the formulas stand in table.hpp
#include "entries.hpp"
#include "simd/loops.hpp"
#include "simd/math.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

// All loops work on a copy of their arguments: a store may change whatever has an address, and those behind a reference
// would be read again for every vector.

template <class T, bool kDecays>
void sgd_plain(SgdArgs<T> args) {
  const Vec<T> rate = broadcast(args.rate), decay = broadcast(args.weight_decay);
  for_each_vector<T>(args.n, [=](int64_t i, auto lanes) {
    const Vec<T> w = load<T>(args.w + i, lanes);
    Vec<T> g = load(args.g + i, lanes);
    if constexpr (kDecays) g = fma(decay, w, g);
    store(args.w + i, fnmadd(rate, g, w), lanes);
  });
}

template <class T>
void sgd_with_momentum(SgdArgs<T> args) {
  const Vec<T> rate = broadcast(args.rate), decay = broadcast(args.weight_decay);
  const Vec<T> momentum = broadcast(args.momentum), fresh = broadcast(1 - args.dampening);
  const bool nesterov = args.nesterov;
  for_each_vector<T>(args.n, [=](int64_t i, auto lanes) {
    const Vec<T> w = load<T>(args.w + i, lanes), g = fma(decay, w, load(args.g + i, lanes));
    const Vec<T> v = fma(momentum, load<T>(args.v + i, lanes), fresh * g);
    store(args.v + i, v, lanes);
    store(args.w + i, fnmadd(rate, nesterov ? fma(momentum, v, g) : v, w), lanes);
  });
}

template <class T>
void sgd(const SgdArgs<T>& args) {
  if (args.v) return sgd_with_momentum(args);
  return args.weight_decay != 0 ? sgd_plain<T, true>(args) : sgd_plain<T, false>(args);
}

/// What stands under the step: sqrt(h) + epsilon, or sqrt(h + epsilon)
template <class T>
inline Vec<T> root(Vec<T> h, Vec<T> epsilon, bool epsilon_inside) {
  return epsilon_inside ? sqrt(h + epsilon) : sqrt(h) + epsilon;
}

/// (1 - fresh) m + fresh g with one product less
template <class T>
inline Vec<T> average(Vec<T> m, Vec<T> fresh, Vec<T> g) {
  return fma(fresh, g - m, m);
}

/// beta s + fresh g^2, which an s that has become infinite stays
template <class T>
inline Vec<T> average_square(Vec<T> s, Vec<T> beta, Vec<T> fresh, Vec<T> g) {
  return fma(beta, s, fresh * g * g);
}

/// w -= rate m^ / (sqrt(s^) + epsilon), with the corrections multiplied into three numbers:
/// sqrt(s^) + epsilon = (sqrt(s) + epsilon sqrt(correction_2)) / sqrt(correction_2), and likewise inside the root.
template <class T, bool kDecays, bool kEpsilonInside>
void adam_loop(AdamArgs<T> args) {
  const Vec<T> fresh_1 = broadcast(1 - args.beta_1);
  const Vec<T> beta_2 = broadcast(args.beta_2), fresh_2 = broadcast(1 - args.beta_2);
  const T root_2 = first_lane(sqrt(broadcast(args.correction_2)));
  const Vec<T> rate = broadcast(args.rate / args.correction_1 * root_2);
  // Not so small that flushing makes it 0, which would divide 0 by 0
  const Vec<T> epsilon = max(broadcast(args.epsilon * (kEpsilonInside ? args.correction_2 : root_2)),
                             broadcast(MathConstants<T>::kSmallestNormal));
  const Vec<T> decay = broadcast(args.rate * args.weight_decay);
  for_each_vector<T>(args.n, [=](int64_t i, auto lanes) {
    const Vec<T> g = load(args.g + i, lanes);
    const Vec<T> m = average(load<T>(args.m + i, lanes), fresh_1, g);
    const Vec<T> s = average_square(load<T>(args.s + i, lanes), beta_2, fresh_2, g);
    store(args.m + i, m, lanes);
    store(args.s + i, s, lanes);
    Vec<T> w = load<T>(args.w + i, lanes);
    if constexpr (kDecays) w = fnmadd(decay, w, w);
    store(args.w + i, fnmadd(rate, quotient(m, root(s, epsilon, kEpsilonInside)), w), lanes);
  });
}

template <class T>
void adam(const AdamArgs<T>& args) {
  const bool decays = args.weight_decay != 0;
  if (args.epsilon_inside) return decays ? adam_loop<T, true, true>(args) : adam_loop<T, false, true>(args);
  return decays ? adam_loop<T, true, false>(args) : adam_loop<T, false, false>(args);
}

template <class T, bool kCentered, bool kMomentum>
void rmsprop_loop(RmspropArgs<T> args) {
  const Vec<T> rate = broadcast(args.rate), rho = broadcast(args.rho), fresh = broadcast(1 - args.rho);
  const Vec<T> epsilon = broadcast(args.epsilon), momentum = broadcast(args.momentum);
  const bool epsilon_inside = args.epsilon_inside;
  for_each_vector<T>(args.n, [=](int64_t i, auto lanes) {
    const Vec<T> g = load(args.g + i, lanes);
    Vec<T> h = average_square(load<T>(args.s + i, lanes), rho, fresh, g);
    store(args.s + i, h, lanes);
    if constexpr (kCentered) {
      const Vec<T> a = average(load<T>(args.a + i, lanes), fresh, g);
      store(args.a + i, a, lanes);
      h = max(broadcast(T(0)), fnmadd(a, a, h));  // rounding may take it below 0; NaN passes
    }
    Vec<T> direction = quotient(g, root(h, epsilon, epsilon_inside));
    if constexpr (kMomentum) {
      direction = fma(momentum, load<T>(args.v + i, lanes), direction);
      store(args.v + i, direction, lanes);
    }
    store(args.w + i, fnmadd(rate, direction, load<T>(args.w + i, lanes)), lanes);
  });
}

template <class T>
void rmsprop(const RmspropArgs<T>& args) {
  if (args.a) return args.v ? rmsprop_loop<T, true, true>(args) : rmsprop_loop<T, true, false>(args);
  return args.v ? rmsprop_loop<T, false, true>(args) : rmsprop_loop<T, false, false>(args);
}

template <class T>
void adagrad_loop(AdagradArgs<T> args) {
  const Vec<T> rate = broadcast(args.rate), epsilon = broadcast(args.epsilon);
  for_each_vector<T>(args.n, [=](int64_t i, auto lanes) {
    const Vec<T> g = load(args.g + i, lanes), s = fma(g, g, load<T>(args.s + i, lanes));
    store(args.s + i, s, lanes);
    store(args.w + i, fnmadd(rate, quotient(g, sqrt(s) + epsilon), load<T>(args.w + i, lanes)), lanes);
  });
}

template <class T>
void adagrad(const AdagradArgs<T>& args) {
  adagrad_loop(args);
}

template <class T>
void enter(Kernels<T>& kernels) {
  kernels.sgd = sgd<T>;
  kernels.adam = adam<T>;
  kernels.rmsprop = rmsprop<T>;
  kernels.adagrad = adagrad<T>;
}

}  // namespace

void fill_optimizer_steps(KernelTable& table) {
  enter(table.f32);
  enter(table.f64);
}

}  // namespace laminar::kernels::LAMINAR_ISA
