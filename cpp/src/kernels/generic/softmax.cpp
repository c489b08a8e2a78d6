// SPDX-License-Identifier: BSD-3-Clause
//
// p[rows, columns] = exp(z - max z) / sum exp(z - max z) by rows, its gradient, and cross-entropy
#include <cmath>

#include "entries.hpp"
#include "maps.hpp"

namespace laminar::kernels::generic {
namespace {

template <class T>
T largest(const T* z, int64_t n) {
  return vector(z, n).template maxCoeff<Eigen::PropagateNaN>();
}

/// p = softmax(z) of one row; gives log sum_j exp(z_j - max z).
template <class T>
T softmax_row(int64_t n, T maximum, const T* z, T* p) {
  auto out = vector(p, n);
  out = vector(z, n).unaryExpr([maximum](T x) { return std::exp(x - maximum); });
  const T sum = ordered_sum(out);
  out /= sum;
  return std::log(sum);
}

template <class T>
void softmax(int64_t rows, int64_t columns, const T* z, T* p) {
  if (columns == 0) return;
  for (int64_t r = 0; r < rows; ++r, z += columns, p += columns) softmax_row(columns, largest(z, columns), z, p);
}

template <class T>
void softmax_backward(int64_t rows, int64_t columns, const T* p, const T* dp, T* dz, bool accumulate) {
  for (int64_t r = 0; r < rows; ++r, p += columns, dp += columns, dz += columns) {
    const auto row = vector(p, columns), d_row = vector(dp, columns);
    const T mean = ordered_sum(d_row * row);
    auto out = vector(dz, columns);
    if (accumulate) {
      out += row * (d_row - mean);
    } else {
      out = row * (d_row - mean);
    }
  }
}

template <class T>
void cross_entropy(const CrossEntropyArgs<T>& args) {
  const int64_t columns = args.columns;
  for (int64_t r = 0; r < args.rows; ++r) {
    if (columns == 0) {
      args.losses[r] = 0;
      continue;
    }
    T* z = args.z_to_p + r * columns;
    const T maximum = largest(z, columns);
    T mass = 1, distance = 0;  // sum_j y_j and sum_j y_j (max z - z_j)
    if (args.labels) {
      distance = maximum - z[args.labels[r]];
    } else {
      const auto y = vector(args.targets + r * columns, columns);
      mass = ordered_sum(y);
      // A target of 0 adds nothing, also where its logit is -infinity.
      for (int64_t j = 0; j < columns; ++j) distance += y[j] == 0 ? T(0) : y[j] * (maximum - z[j]);
    }
    args.losses[r] = distance + mass * softmax_row<T>(columns, maximum, z, z);
  }
}

template <class T>
void cross_entropy_backward(const CrossEntropyBackwardArgs<T>& args) {
  const int64_t columns = args.columns;
  if (columns == 0) return;
  for (int64_t r = 0; r < args.rows; ++r) {
    const auto p = vector(args.p + r * columns, columns);
    auto dz = vector(args.dz + r * columns, columns);
    const T scale = args.scales[r];
    if (!args.accumulate) dz.setZero();
    if (args.labels) {
      dz += scale * p;
      dz(args.labels[r]) -= scale;
    } else {
      const auto y = vector(args.targets + r * columns, columns);
      dz += scale * (p * ordered_sum(y) - y);
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

}  // namespace laminar::kernels::generic
