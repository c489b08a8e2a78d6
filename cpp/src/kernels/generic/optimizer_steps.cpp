// SPDX-License-Identifier: BSD-3-Clause
//
// One step w[n] -= rate * direction(g[n]) of each optimizer; the formulas stand in table.hpp
#include <cmath>

#include "entries.hpp"
#include "maps.hpp"

namespace laminar::kernels::generic {
namespace {

template <class T>
void sgd(const SgdArgs<T>& args) {
  auto w = vector(args.w, args.n);
  const auto g = vector(args.g, args.n) + args.weight_decay * w;
  if (!args.v) {
    w -= args.rate * g;
    return;
  }
  auto v = vector(args.v, args.n);
  v = args.momentum * v + (1 - args.dampening) * g;
  if (args.nesterov) {
    w -= args.rate * (g + args.momentum * v);
  } else {
    w -= args.rate * v;
  }
}

template <class T>
void adam(const AdamArgs<T>& args) {
  auto w = vector(args.w, args.n), m = vector(args.m, args.n), s = vector(args.s, args.n);
  const auto g = vector(args.g, args.n);
  m = args.beta_1 * m + (1 - args.beta_1) * g;
  s = args.beta_2 * s + (1 - args.beta_2) * g.square();
  w -= args.rate * args.weight_decay * w;
  const auto corrected_m = m / args.correction_1;
  const auto corrected_s = s / args.correction_2;
  if (args.epsilon_inside) {
    w -= args.rate * corrected_m / (corrected_s + args.epsilon).sqrt();
  } else {
    w -= args.rate * corrected_m / (corrected_s.sqrt() + args.epsilon);
  }
}

template <class T>
void rmsprop(const RmspropArgs<T>& args) {
  for (int64_t i = 0; i < args.n; ++i) {
    const T g = args.g[i];
    T h = args.s[i] = args.rho * args.s[i] + (1 - args.rho) * g * g;
    if (args.a) {
      args.a[i] = args.rho * args.a[i] + (1 - args.rho) * g;
      h -= args.a[i] * args.a[i];
      if (h < 0) h = 0;  // by rounding
    }
    T direction = g / (args.epsilon_inside ? std::sqrt(h + args.epsilon) : std::sqrt(h) + args.epsilon);
    if (args.v) direction = args.v[i] = args.momentum * args.v[i] + direction;
    args.w[i] -= args.rate * direction;
  }
}

template <class T>
void adagrad(const AdagradArgs<T>& args) {
  auto w = vector(args.w, args.n), s = vector(args.s, args.n);
  const auto g = vector(args.g, args.n);
  s += g.square();
  w -= args.rate * g / (s.sqrt() + args.epsilon);
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

}  // namespace laminar::kernels::generic
