// SPDX-License-Identifier: BSD-3-Clause
//
// One step w[n] -= rate * direction(g[n]) of each optimizer in one pass; the formulas stand in table.hpp
#include "entries.hpp"
#include "simd/loops.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

template <class T>
void sgd_plain(const SgdArgs<T>& args) {
  const Vec<T> rate = broadcast(args.rate), decay = broadcast(args.weight_decay);
  for_each_vector<T>(args.n, [&](int64_t i, auto lanes) {
    const Vec<T> w = load<T>(args.w + i, lanes), g = fma(decay, w, load(args.g + i, lanes));
    store(args.w + i, fnmadd(rate, g, w), lanes);
  });
}

template <class T>
void sgd(const SgdArgs<T>& args) {
  if (!args.v) return sgd_plain(args);
  const Vec<T> rate = broadcast(args.rate), decay = broadcast(args.weight_decay);
  const Vec<T> momentum = broadcast(args.momentum), fresh = broadcast(1 - args.dampening);
  const bool nesterov = args.nesterov;
  for_each_vector<T>(args.n, [&](int64_t i, auto lanes) {
    const Vec<T> w = load<T>(args.w + i, lanes), g = fma(decay, w, load(args.g + i, lanes));
    const Vec<T> v = fma(momentum, load<T>(args.v + i, lanes), fresh * g);
    store(args.v + i, v, lanes);
    store(args.w + i, fnmadd(rate, nesterov ? fma(momentum, v, g) : v, w), lanes);
  });
}

/// What stands under the step: sqrt(h) + epsilon, or sqrt(h + epsilon)
template <class T>
inline Vec<T> root(Vec<T> h, Vec<T> epsilon, bool epsilon_inside) {
  return epsilon_inside ? sqrt(h + epsilon) : sqrt(h) + epsilon;
}

template <class T>
void adam(const AdamArgs<T>& args) {
  const Vec<T> beta_1 = broadcast(args.beta_1), fresh_1 = broadcast(1 - args.beta_1);
  const Vec<T> beta_2 = broadcast(args.beta_2), fresh_2 = broadcast(1 - args.beta_2);
  const Vec<T> rate = broadcast(args.rate / args.correction_1), inverse_2 = broadcast(1 / args.correction_2);
  const Vec<T> epsilon = broadcast(args.epsilon), decay = broadcast(args.rate * args.weight_decay);
  const bool epsilon_inside = args.epsilon_inside;
  for_each_vector<T>(args.n, [&](int64_t i, auto lanes) {
    const Vec<T> g = load(args.g + i, lanes);
    const Vec<T> m = fma(beta_1, load<T>(args.m + i, lanes), fresh_1 * g);
    const Vec<T> s = fma(beta_2, load<T>(args.s + i, lanes), fresh_2 * g * g);
    store(args.m + i, m, lanes);
    store(args.s + i, s, lanes);
    Vec<T> w = load<T>(args.w + i, lanes);
    w = fnmadd(decay, w, w);
    store(args.w + i, w - rate * m / root(s * inverse_2, epsilon, epsilon_inside), lanes);
  });
}

template <class T>
void rmsprop(const RmspropArgs<T>& args) {
  const Vec<T> rate = broadcast(args.rate), rho = broadcast(args.rho), fresh = broadcast(1 - args.rho);
  const Vec<T> epsilon = broadcast(args.epsilon), momentum = broadcast(args.momentum);
  for_each_vector<T>(args.n, [&](int64_t i, auto lanes) {
    const Vec<T> g = load(args.g + i, lanes);
    Vec<T> h = fma(rho, load<T>(args.s + i, lanes), fresh * g * g);
    store(args.s + i, h, lanes);
    if (args.a) {
      const Vec<T> a = fma(rho, load<T>(args.a + i, lanes), fresh * g);
      store(args.a + i, a, lanes);
      h = max(broadcast(T(0)), h - a * a);  // rounding may take it below 0; NaN passes
    }
    Vec<T> direction = g / root(h, epsilon, args.epsilon_inside);
    if (args.v) {
      direction = fma(momentum, load<T>(args.v + i, lanes), direction);
      store(args.v + i, direction, lanes);
    }
    store(args.w + i, fnmadd(rate, direction, load<T>(args.w + i, lanes)), lanes);
  });
}

template <class T>
void adagrad(const AdagradArgs<T>& args) {
  const Vec<T> rate = broadcast(args.rate), epsilon = broadcast(args.epsilon);
  for_each_vector<T>(args.n, [&](int64_t i, auto lanes) {
    const Vec<T> g = load(args.g + i, lanes), s = fma(g, g, load<T>(args.s + i, lanes));
    store(args.s + i, s, lanes);
    store(args.w + i, load<T>(args.w + i, lanes) - rate * g / (sqrt(s) + epsilon), lanes);
  });
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
