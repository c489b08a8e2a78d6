// SPDX-License-Identifier: BSD-3-Clause
//
// y[rows, columns] = (x - mean) s gamma + beta, each row with a mean and an s = 1 / sqrt(variance + epsilon) of its own
#include "entries.hpp"
#include "simd/loops.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

/// Sums of a row that hide each other's latency
constexpr int kChains = 4;

/// body(chain, i, lanes) for all vectors below n
template <class T, class Body>
[[gnu::always_inline]] inline void for_each_in_chains(int64_t n, Body body) {
  constexpr int kLanes = Vec<T>::kLanes;
  int64_t i = 0;
  for (; i + kChains * kLanes <= n; i += kChains * kLanes) {
#pragma GCC unroll 4
    for (int j = 0; j < kChains; ++j) body(j, i + j * kLanes, Whole{});
  }
  for_each_vector<T>(n - i, [&](int64_t k, auto lanes) { body(0, i + k, lanes); });
}

/// Of what body(i, lanes) gives, absent lanes 0
template <class T>
struct ChainedSum {
  Vec<T> chain[kChains] = {broadcast(T(0)), broadcast(T(0)), broadcast(T(0)), broadcast(T(0))};
  T total() const { return reduce_add((chain[0] + chain[1]) + (chain[2] + chain[3])); }
};

template <class T>
struct Moments {
  T mean, variance;
};

/// In two passes about the first element, as column_moments does
template <class T>
inline Moments<T> moments_of_row(int64_t n, const T* x) {
  const T share = T(1) / static_cast<T>(n);
  const Vec<T> first = broadcast(x[0]);
  ChainedSum<T> rough;
  for_each_in_chains<T>(n, [&](int j, int64_t i, auto lanes) {
    rough.chain[j] = rough.chain[j] + fill_absent(load(x + i, lanes) - first, T(0), lanes);
  });
  const T center = x[0] + rough.total() * share;
  const Vec<T> about = broadcast(center);
  ChainedSum<T> sum, square;
  for_each_in_chains<T>(n, [&](int j, int64_t i, auto lanes) {
    const Vec<T> deviation = fill_absent(load(x + i, lanes) - about, T(0), lanes);
    sum.chain[j] = sum.chain[j] + deviation;
    square.chain[j] = fma(deviation, deviation, square.chain[j]);
  });
  const T rest = sum.total() * share, variance = (square.total() - rest * sum.total()) * share;
  return {center + rest, variance < T(0) ? T(0) : variance};
}

template <class T>
inline T inverse_root(T x) {
  return first_lane(broadcast(T(1)) / sqrt(broadcast(x)));
}

template <class T, class Lanes>
inline Vec<T> load_or(T other, const T* p, int64_t i, Lanes lanes) {
  return p == nullptr ? broadcast(other) : load(p + i, lanes);
}

template <class T>
void layer_norm(const LayerNormArgs<T>& args) {
  for (int64_t r = 0; r < args.rows; ++r) {
    const T* x = args.x + r * args.columns;
    T* y = args.y + r * args.columns;
    const Moments<T> moments = moments_of_row(args.columns, x);
    const T scale = inverse_root(moments.variance + args.epsilon);
    if (args.means != nullptr) args.means[r] = moments.mean;
    if (args.scales != nullptr) args.scales[r] = scale;
    const Vec<T> mean = broadcast(moments.mean), factor = broadcast(scale);
    for_each_vector<T>(args.columns, [&](int64_t i, auto lanes) {
      const Vec<T> u = (load(x + i, lanes) - mean) * factor;
      store(y + i, fma(u, load_or(T(1), args.gamma, i, lanes), load_or(T(0), args.beta, i, lanes)), lanes);
    });
  }
}

template <class T>
inline void add_to_parameters(const LayerNormBackwardArgs<T>& args, const T* x, const T* dy, T mean, T scale,
                              bool first) {
  const Vec<T> about = broadcast(mean), factor = broadcast(scale), zero = broadcast(T(0));
  for_each_vector<T>(args.columns, [&](int64_t i, auto lanes) {
    const Vec<T> d = load(dy + i, lanes);
    if (args.d_gamma != nullptr) {
      const Vec<T> before = first ? zero : load<T>(args.d_gamma + i, lanes);
      store(args.d_gamma + i, fma(d, (load(x + i, lanes) - about) * factor, before), lanes);
    }
    if (args.d_beta != nullptr) {
      store(args.d_beta + i, first ? d : load<T>(args.d_beta + i, lanes) + d, lanes);
    }
  });
}

template <class T>
inline void row_backward(const LayerNormBackwardArgs<T>& args, const T* x, const T* dy, T mean, T scale, T* dx) {
  const Vec<T> about = broadcast(mean);
  ChainedSum<T> sum, product;
  for_each_in_chains<T>(args.columns, [&](int j, int64_t i, auto lanes) {
    const Vec<T> g = load(dy + i, lanes) * load_or(T(1), args.gamma, i, lanes);
    sum.chain[j] = sum.chain[j] + g;
    product.chain[j] = fma(g, load(x + i, lanes) - about, product.chain[j]);
  });
  const T share = T(1) / static_cast<T>(args.columns);
  const Vec<T> a = broadcast(scale), b = broadcast(-scale * scale * scale * share * product.total());
  const Vec<T> shift = broadcast(-scale * share * sum.total());
  for_each_vector<T>(args.columns, [&](int64_t i, auto lanes) {
    const Vec<T> g = load(dy + i, lanes) * load_or(T(1), args.gamma, i, lanes);
    const Vec<T> value = fma(a, g, fma(b, load(x + i, lanes) - about, shift));
    store(dx + i, args.accumulate ? load<T>(dx + i, lanes) + value : value, lanes);
  });
}

template <class T>
void layer_norm_backward(const LayerNormBackwardArgs<T>& args) {
  for (int64_t r = 0; r < args.rows; ++r) {
    const T* x = args.x + r * args.columns;
    const T* dy = args.dy + r * args.columns;
    const T mean = args.means[r], scale = args.scales[r];
    // First, since dx may take the place of dy.
    if (args.d_gamma != nullptr || args.d_beta != nullptr) add_to_parameters(args, x, dy, mean, scale, r == 0);
    if (args.dx != nullptr) row_backward(args, x, dy, mean, scale, args.dx + r * args.columns);
  }
}

template <class T>
void enter(Kernels<T>& kernels) {
  kernels.layer_norm = layer_norm<T>;
  kernels.layer_norm_backward = layer_norm_backward<T>;
}

}  // namespace

void fill_layer_norm(KernelTable& table) {
  enter(table.f32);
  enter(table.f64);
}

}  // namespace laminar::kernels::LAMINAR_ISA
