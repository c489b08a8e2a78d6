// SPDX-License-Identifier: BSD-3-Clause
//
// Optimizer steps in blocks that stay in the level 1 cache from one expression to the next: one pass over memory
#include "eigen_best.hpp"
#include "maps.hpp"

namespace laminar::bench::eigen_best {
namespace {

constexpr std::int64_t kBlock = 512;

/// body(first, n) for blocks that cover [0, total)
template <class Body>
void for_each_block(std::int64_t total, Body body) {
  for (std::int64_t first = 0; first < total; first += kBlock) {
    body(first, total - first < kBlock ? total - first : kBlock);
  }
}

template <class T>
void sgd(const kernels::SgdArgs<T>& args) {
  if (args.v == nullptr && args.weight_decay == 0) {
    vector(args.w, args.n) -= args.rate * vector(args.g, args.n);
    return;
  }
  for_each_block(args.n, [&](std::int64_t first, std::int64_t n) {
    auto w = vector(args.w + first, n), v = vector(args.v + first, n);
    const auto g = vector(args.g + first, n);
    v = args.momentum * v + (1 - args.dampening) * (g + args.weight_decay * w);
    if (args.nesterov) {
      w -= args.rate * (g + args.weight_decay * w + args.momentum * v);
    } else {
      w -= args.rate * v;
    }
  });
}

template <class T>
void adam(const kernels::AdamArgs<T>& args) {
  // The corrections are folded into the rate and epsilon, which saves two divisions; epsilon_inside is no case here.
  const T root = Eigen::numext::sqrt(args.correction_2);
  const T rate = args.rate * root / args.correction_1, epsilon = args.epsilon * root;
  const T kept = 1 - args.rate * args.weight_decay;
  for_each_block(args.n, [&](std::int64_t first, std::int64_t n) {
    auto w = vector(args.w + first, n), m = vector(args.m + first, n), s = vector(args.s + first, n);
    const auto g = vector(args.g + first, n);
    m = args.beta_1 * m + (1 - args.beta_1) * g;
    s = args.beta_2 * s + (1 - args.beta_2) * g.square();
    w = kept * w - rate * m / (s.sqrt() + epsilon);
  });
}

template <class T>
void rmsprop(const kernels::RmspropArgs<T>& args) {
  for_each_block(args.n, [&](std::int64_t first, std::int64_t n) {
    auto w = vector(args.w + first, n), s = vector(args.s + first, n);
    const auto g = vector(args.g + first, n);
    s = args.rho * s + (1 - args.rho) * g.square();
    Eigen::Array<T, Eigen::Dynamic, 1, 0, kBlock, 1> direction;
    if (args.a != nullptr) {
      auto a = vector(args.a + first, n);
      a = args.rho * a + (1 - args.rho) * g;
      direction = g / ((s - a.square()).max(T(0)).sqrt() + args.epsilon);
    } else {
      direction = g / (s.sqrt() + args.epsilon);
    }
    if (args.v != nullptr) {
      auto v = vector(args.v + first, n);
      v = args.momentum * v + direction;
      w -= args.rate * v;
    } else {
      w -= args.rate * direction;
    }
  });
}

template <class T>
void adagrad(const kernels::AdagradArgs<T>& args) {
  for_each_block(args.n, [&](std::int64_t first, std::int64_t n) {
    auto w = vector(args.w + first, n), s = vector(args.s + first, n);
    const auto g = vector(args.g + first, n);
    s += g.square();
    w -= args.rate * g / (s.sqrt() + args.epsilon);
  });
}

template <class T>
void enter(kernels::Kernels<T>& table) {
  table.sgd = sgd<T>;
  table.adam = adam<T>;
  table.rmsprop = rmsprop<T>;
  table.adagrad = adagrad<T>;
}

}  // namespace

void fill_optimizer_steps(kernels::KernelTable& table) {
  enter(table.f32);
  enter(table.f64);
}

}  // namespace laminar::bench::eigen_best
