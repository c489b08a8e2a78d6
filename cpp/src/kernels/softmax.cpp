// SPDX-License-Identifier: BSD-3-Clause
//
// p[rows, columns] = exp(z - max z) / sum exp(z - max z) by rows, its gradient, and cross-entropy.
//
// A row of few columns is a lane; wider rows are worked on one by one. Which of the two depends on the columns alone,
// so a row's bits don't depend on the rows beside it.
#include "entries.hpp"
#include "simd/loops.hpp"
#include "simd/math.hpp"
#include "simd/rows.hpp"

namespace laminar::kernels::LAMINAR_ISA {
namespace {

/// Whether turning rows into lanes is worth it where there is no exp to save: where it saves most of a vector, or
/// AVX2's masked stores, which are slow on AMD.
template <class T>
inline bool is_narrow_backward(int64_t columns) {
  constexpr int kLanes = Vec<T>::kLanes;
  if (columns <= kLanes / 2) return true;
  return kRegisters == 16 && kLanes == 8 && columns <= 16 && columns % kLanes != 0;
}

/// Labels of up to kLanes rows as lanes
template <class T>
inline Vec<T> load_labels(const int32_t* labels, int rows) {
  constexpr int kRows = Vec<T>::kLanes;
  if (rows == kRows) return load_integers(Vec<T>{}, labels);
  int32_t padded[kRows] = {};
  for (int r = 0; r < rows; ++r) padded[r] = labels[r];
  return load_integers(Vec<T>{}, padded);
}

// --- narrow: one row a lane

template <class T>
inline Vec<T> sum_of_columns(int columns, const Vec<T>* x) {
  Vec<T> total = x[0];
  for (int c = 1; c < columns; ++c) total = total + x[c];
  return total;
}

/// A NaN may be missed here; it comes back through exp and the sum.
template <class T>
inline Vec<T> largest_column(int columns, const Vec<T>* z) {
  Vec<T> maximum = z[0];
  for (int c = 1; c < columns; ++c) maximum = max(maximum, z[c]);
  return maximum;
}

/// z becomes softmax(z); gives sum_j exp(z_j - max z).
template <class T>
inline Vec<T> softmax_columns(int columns, Vec<T> maximum, Vec<T>* z) {
  Vec<T> mass = broadcast(T(0));
  for (int c = 0; c < columns; ++c) {
    z[c] = exp_of_negative(z[c] - maximum);
    mass = mass + z[c];
  }
  const Vec<T> inverse = broadcast(T(1)) / mass;
  for (int c = 0; c < columns; ++c) z[c] = z[c] * inverse;
  return mass;
}

template <class T>
void softmax_narrow(int64_t rows, int columns, const T* z, T* p) {
  for_each_row_block<T>(rows, [=](int64_t first, int count) {
    RowBlock<T> block(columns, count);
    block.load_from(z + first * columns);
    softmax_columns(columns, largest_column(columns, block.column), block.column);
    block.store_to(p + first * columns);
  });
}

template <class T>
void softmax_backward_narrow(int64_t rows, int columns, const T* p, const T* dp, T* dz, bool accumulate) {
  for_each_row_block<T>(rows, [=](int64_t first, int count) {
    RowBlock<T> probability(columns, count), gradient(columns, count), out(columns, count);
    probability.load_from(p + first * columns);
    gradient.load_from(dp + first * columns);
    if (accumulate) out.load_from(dz + first * columns);
    Vec<T> mean = broadcast(T(0));
    for (int c = 0; c < columns; ++c) mean = fma(probability.column[c], gradient.column[c], mean);
    for (int c = 0; c < columns; ++c) {
      const Vec<T> slope = probability.column[c] * (gradient.column[c] - mean);
      out.column[c] = accumulate ? out.column[c] + slope : slope;
    }
    out.store_to(dz + first * columns);
  });
}

/// sum_j y_j (max z - z_j), where a target of 0 adds nothing even if its logit is -infinity
template <class T>
inline Vec<T> distance_of_columns(int columns, Vec<T> maximum, const Vec<T>* z, const Vec<T>* y) {
  const Vec<T> zero = broadcast(T(0));
  Vec<T> total = zero;
  for (int c = 0; c < columns; ++c) total = total + select(equal(y[c], zero), zero, y[c] * (maximum - z[c]));
  return total;
}

template <class T>
inline Vec<T> labelled_column(int columns, Vec<T> labels, const Vec<T>* z) {
  Vec<T> picked = z[0];
  for (int c = 1; c < columns; ++c) picked = select(equal(labels, broadcast(T(c))), z[c], picked);
  return picked;
}

template <class T>
void cross_entropy_narrow(const CrossEntropyArgs<T>& args) {
  const int columns = static_cast<int>(args.columns);
  for_each_row_block<T>(args.rows, [&](int64_t first, int count) {
    RowBlock<T> z(columns, count);
    z.load_from(args.z_to_p + first * columns);
    const Vec<T> maximum = largest_column(columns, z.column);
    Vec<T> distance, mass = broadcast(T(1));
    if (args.labels) {
      distance = maximum - labelled_column(columns, load_labels<T>(args.labels + first, count), z.column);
    } else {
      RowBlock<T> y(columns, count);
      y.load_from(args.targets + first * columns);
      distance = distance_of_columns(columns, maximum, z.column, y.column);
      mass = sum_of_columns(columns, y.column);
    }
    const Vec<T> log_sum = log(softmax_columns(columns, maximum, z.column));
    z.store_to(args.z_to_p + first * columns);
    store_first(args.losses + first, fma(mass, log_sum, distance), count);
  });
}

template <class T>
void cross_entropy_backward_narrow(const CrossEntropyBackwardArgs<T>& args) {
  const int columns = static_cast<int>(args.columns);
  for_each_row_block<T>(args.rows, [&](int64_t first, int count) {
    const int64_t start = first * columns;
    const Vec<T> scale = load_first(args.scales + first, count), zero = broadcast(T(0)), one = broadcast(T(1));
    RowBlock<T> p(columns, count), y(columns, count);
    p.load_from(args.p + start);
    Vec<T> mass = one;
    if (args.labels) {
      const Vec<T> labels = load_labels<T>(args.labels + first, count);
      for (int c = 0; c < columns; ++c) y.column[c] = select(equal(labels, broadcast(T(c))), one, zero);
    } else {
      y.load_from(args.targets + start);
      mass = sum_of_columns(columns, y.column);
    }
    for (int c = 0; c < columns; ++c) p.column[c] = scale * fmsub(p.column[c], mass, y.column[c]);
    if (args.accumulate) {
      y.load_from(args.dz + start);
      for (int c = 0; c < columns; ++c) p.column[c] = y.column[c] + p.column[c];
    }
    p.store_to(args.dz + start);
  });
}

// --- wide: one row after the other

template <class T>
T largest(int64_t n, const T* z) {
  constexpr int kChains = 4, kLanes = Vec<T>::kLanes;
  const T lowest = -MathConstants<T>::kInfinity;
  Vec<T> maxima[kChains];
  for (Vec<T>& chain : maxima) chain = broadcast(lowest);
  int64_t i = 0;
  for (; i + kChains * kLanes <= n; i += kChains * kLanes) {
    for (int j = 0; j < kChains; ++j) maxima[j] = max(maxima[j], load(z + i + j * kLanes));
  }
  for_each_vector<T>(n - i, [&](int64_t k, auto lanes) {
    maxima[0] = max(maxima[0], fill_absent(load(z + i + k, lanes), lowest, lanes));
  });
  return reduce_max(max(max(maxima[0], maxima[1]), max(maxima[2], maxima[3])));
}

template <class T>
constexpr int64_t kSumBlock = 64 * Vec<T>::kLanes;

template <class T, class Add>
[[gnu::noinline]] T long_sum(int64_t n, Add add) {
  Vec<T> total = broadcast(T(0));
  for (int64_t start = 0; start < n; start += kSumBlock<T>) {
    Vec<T> sum = broadcast(T(0));
    for_each_vector<T>(n - start < kSumBlock<T> ? n - start : kSumBlock<T>,
                       [&](int64_t i, auto lanes) { sum = add(start + i, lanes, sum); });
    total = total + sum;
  }
  return reduce_add(total);
}

/// Sums what add(i, lanes, sum) adds to `sum`; long sums in blocks, so that their rounding stays small.
template <class T, class Add>
[[gnu::always_inline]] inline T blocked_sum(int64_t n, Add add) {
  if (n > kSumBlock<T>) return long_sum<T>(n, add);
  Vec<T> total = broadcast(T(0));
  for_each_vector<T>(n, [&](int64_t i, auto lanes) { total = add(i, lanes, total); });
  return reduce_add(total);
}

template <class T>
[[gnu::always_inline]] inline T sum(int64_t n, const T* x) {
  return blocked_sum<T>(n, [=](int64_t i, auto lanes, Vec<T> total) { return total + load(x + i, lanes); });
}

/// p = softmax(z) of one row; gives sum_j exp(z_j - max z).
template <class T>
[[gnu::always_inline]] inline T softmax_row(int64_t n, T maximum, const T* z, T* p) {
  const Vec<T> shift = broadcast(maximum);
  const T mass = blocked_sum<T>(n, [=](int64_t i, auto lanes, Vec<T> total) {
    const Vec<T> e = exp_of_negative(load(z + i, lanes) - shift);
    store(p + i, e, lanes);
    return total + fill_absent(e, T(0), lanes);
  });
  const Vec<T> inverse = broadcast(T(1) / mass);
  for_each_vector<T>(n, [=](int64_t i, auto lanes) { store(p + i, load(p + i, lanes) * inverse, lanes); });
  return mass;
}

template <class T>
[[gnu::always_inline]] inline void softmax_backward_row(int64_t n, const T* p, const T* dp, T* dz, bool accumulate) {
  const T products = blocked_sum<T>(
      n, [=](int64_t i, auto lanes, Vec<T> total) { return fma(load(p + i, lanes), load(dp + i, lanes), total); });
  const Vec<T> mean = broadcast(products);
  for_each_vector<T>(n, [&](int64_t i, auto lanes) {
    const Vec<T> gradient = load(p + i, lanes) * (load(dp + i, lanes) - mean);
    store(dz + i, accumulate ? load(dz + i, lanes) + gradient : gradient, lanes);
  });
}

/// As distance_of_columns
template <class T>
T weighted_distance(int64_t n, T maximum, const T* z, const T* y) {
  const Vec<T> top = broadcast(maximum), zero = broadcast(T(0));
  return blocked_sum<T>(n, [=](int64_t i, auto lanes, Vec<T> total) {
    const Vec<T> target = load(y + i, lanes);
    return total + select(equal(target, zero), zero, target * (top - load(z + i, lanes)));
  });
}

/// Takes the logarithms of kLanes rows at once.
template <class T>
void cross_entropy_wide(const CrossEntropyArgs<T>& args) {
  const int64_t n = args.columns;
  for_each_row_block<T>(args.rows, [&](int64_t first, int count) {
    T distances[Vec<T>::kLanes], weights[Vec<T>::kLanes], masses[Vec<T>::kLanes];
    for (int r = 0; r < count; ++r) {
      T* z = args.z_to_p + (first + r) * n;
      const T* y = args.targets ? args.targets + (first + r) * n : nullptr;
      const T maximum = largest<T>(n, z);
      distances[r] = y ? weighted_distance(n, maximum, z, y) : maximum - z[args.labels[first + r]];
      weights[r] = y ? sum(n, y) : T(1);
      masses[r] = softmax_row<T>(n, maximum, z, z);
    }
    const Vec<T> log_sums = log(load_first(masses, count));
    store_first(args.losses + first, fma(load_first(weights, count), log_sums, load_first(distances, count)), count);
  });
}

template <class T>
[[gnu::always_inline]] inline void cross_entropy_backward_row(int64_t n, const T* p, const T* y, T row_scale, T* dz,
                                                              bool accumulate) {
  const Vec<T> scale = broadcast(row_scale), mass = broadcast(sum(n, y));
  for_each_vector<T>(n, [&](int64_t i, auto lanes) {
    const Vec<T> gradient = scale * fmsub(load(p + i, lanes), mass, load(y + i, lanes));
    store(dz + i, accumulate ? load(dz + i, lanes) + gradient : gradient, lanes);
  });
}

/// The label's number is only stored after its vector: to load it then would mean to wait for the vector.
template <class T>
[[gnu::always_inline]] inline void cross_entropy_backward_row(int64_t n, const T* p, int32_t label, T row_scale, T* dz,
                                                              bool accumulate) {
  const T at_label = row_scale * (p[label] - 1), sum_at_label = accumulate ? dz[label] + at_label : at_label;
  const Vec<T> scale = broadcast(row_scale);
  for_each_vector<T>(n, [=](int64_t i, auto lanes) {
    const Vec<T> gradient = scale * load(p + i, lanes);
    store(dz + i, accumulate ? load(dz + i, lanes) + gradient : gradient, lanes);
  });
  dz[label] = sum_at_label;
}

// --- the entries

template <class T>
void softmax(int64_t rows, int64_t columns, const T* z, T* p) {
  if (columns == 0) return;
  if (columns <= kNarrow) return softmax_narrow(rows, static_cast<int>(columns), z, p);
  for (int64_t r = 0; r < rows; ++r, z += columns, p += columns) softmax_row(columns, largest(columns, z), z, p);
}

template <class T>
void softmax_backward(int64_t rows, int64_t columns, const T* p, const T* dp, T* dz, bool accumulate) {
  if (columns == 0) return;
  if (is_narrow_backward<T>(columns))
    return softmax_backward_narrow(rows, static_cast<int>(columns), p, dp, dz, accumulate);
  for (int64_t r = 0; r < rows; ++r, p += columns, dp += columns, dz += columns) {
    softmax_backward_row(columns, p, dp, dz, accumulate);
  }
}

template <class T>
void cross_entropy(const CrossEntropyArgs<T>& args) {
  const int64_t columns = args.columns;
  if (columns > kNarrow) return cross_entropy_wide(args);
  if (columns > 0) return cross_entropy_narrow(args);
  for (int64_t r = 0; r < args.rows; ++r) args.losses[r] = T(0);
}

template <class T>
void cross_entropy_backward(const CrossEntropyBackwardArgs<T>& args) {
  const int64_t n = args.columns;
  if (n == 0) return;
  if (is_narrow_backward<T>(n)) return cross_entropy_backward_narrow(args);
  for (int64_t r = 0; r < args.rows; ++r) {
    const T* p = args.p + r * n;
    T* dz = args.dz + r * n;
    if (args.labels) {
      cross_entropy_backward_row<T>(n, p, args.labels[r], args.scales[r], dz, args.accumulate);
    } else {
      cross_entropy_backward_row<T>(n, p, args.targets + r * n, args.scales[r], dz, args.accumulate);
    }
  }
}

template <class T>
void enter(Kernels<T>& kernels) {
  kernels.softmax = softmax<T>;
  kernels.softmax_backward = softmax_backward<T>;
  kernels.cross_entropy = cross_entropy<T>;
  kernels.cross_entropy_backward = cross_entropy_backward<T>;
}

}  // namespace

void fill_softmax(KernelTable& table) {
  enter(table.f32);
  enter(table.f64);
}

}  // namespace laminar::kernels::LAMINAR_ISA
