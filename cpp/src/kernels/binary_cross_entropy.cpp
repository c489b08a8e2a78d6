// SPDX-License-Identifier: BSD-3-Clause
//
// losses[rows] = reduction * sum_c (max(z, 0) - z y + log(1 + exp(-|z|))), then z = sigmoid(z)
#include "entries.hpp"
#include "simd/loops.hpp"
#include "simd/math.hpp"
#include "simd/rows.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

/// Turns logits into probabilities and gives their losses.
template <class T>
inline Vec<T> loss_of_vector(Vec<T>& z_to_p, Vec<T> y) {
  const Vec<T> z = z_to_p, e = exp_of_minus_abs(z);
  z_to_p = sigmoid_from(z, e);
  // max(z, 0) - z y is taken first: it is exact for the targets 0 and 1.
  return fnmadd(z, y, max(broadcast(T(0)), z)) + log1p_of_fraction(e);
}

/// The losses of which targets are added up: all, or those of targets that are no NaN.
struct Every {
  template <class T>
  static Vec<T> pick(Vec<T> loss, Vec<T>) {
    return loss;
  }
};
struct Labelled {
  template <class T>
  static Vec<T> pick(Vec<T> loss, Vec<T> y) {
    return select(equal(y, y), loss, broadcast(T(0)));
  }
};

template <class T, class Targets, class Lanes>
inline Vec<T> loss_in_place(T* z_to_p, const T* targets, Lanes lanes) {
  Vec<T> z = load<T>(z_to_p, lanes);
  const Vec<T> y = load(targets, lanes);
  const Vec<T> loss = Targets::template pick<T>(loss_of_vector(z, y), y);
  store(z_to_p, z, lanes);
  return loss;
}

template <class T, class Targets>
void one_column(const BinaryCrossEntropyArgs<T>& args) {
  const Vec<T> reduction = broadcast(args.reduction);
  for_each_vector<T>(args.rows, [&](int64_t i, auto lanes) {
    store(args.losses + i, reduction * loss_in_place<T, Targets>(args.z_to_p + i, args.targets + i, lanes), lanes);
  });
}

/// One row a lane
template <class T, class Targets>
void few_columns(const BinaryCrossEntropyArgs<T>& args) {
  const int columns = static_cast<int>(args.columns);
  for_each_row_block<T>(args.rows, [&](int64_t first, int count) {
    RowBlock<T> z(columns, count), y(columns, count);
    z.load_from(args.z_to_p + first * columns);
    y.load_from(args.targets + first * columns);
    Vec<T> total = broadcast(T(0));
    for (int c = 0; c < columns; ++c) {
      total = total + Targets::template pick<T>(loss_of_vector(z.column[c], y.column[c]), y.column[c]);
    }
    z.store_to(args.z_to_p + first * columns);
    store_first(args.losses + first, broadcast(args.reduction) * total, count);
  });
}

template <class T, class Targets>
void many_columns(const BinaryCrossEntropyArgs<T>& args) {
  for (int64_t r = 0; r < args.rows; ++r) {
    T* z_to_p = args.z_to_p + r * args.columns;
    const T* y = args.targets + r * args.columns;
    Vec<T> total = broadcast(T(0));
    for_each_vector<T>(args.columns, [&](int64_t i, auto lanes) {
      total = total + fill_absent(loss_in_place<T, Targets>(z_to_p + i, y + i, lanes), T(0), lanes);
    });
    args.losses[r] = args.reduction * reduce_add(total);
  }
}

template <class T, class Targets>
void losses_of(const BinaryCrossEntropyArgs<T>& args) {
  if (args.columns == 1) return one_column<T, Targets>(args);
  if (args.columns > 0 && args.columns <= kNarrow) return few_columns<T, Targets>(args);
  many_columns<T, Targets>(args);
}

template <class T>
void binary_cross_entropy(const BinaryCrossEntropyArgs<T>& args) {
  if (args.skip_missing) return losses_of<T, Labelled>(args);
  losses_of<T, Every>(args);
}

}  // namespace

void fill_binary_cross_entropy(KernelTable& table) {
  table.f32.binary_cross_entropy = binary_cross_entropy<float>;
  table.f64.binary_cross_entropy = binary_cross_entropy<double>;
}

}  // namespace laminar::kernels::LAMINAR_ISA
