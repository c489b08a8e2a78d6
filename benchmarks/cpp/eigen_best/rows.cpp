// SPDX-License-Identifier: BSD-3-Clause
//
// Softmax, cross-entropies and column sums with Eigen's vector exp, log1p and sums
#include <cmath>

#include "eigen_best.hpp"
#include "maps.hpp"

namespace laminar::bench::eigen_best {
namespace {

/// p = softmax(z) of one row; gives log sum_j exp(z_j - max z).
template <class T>
T softmax_row(std::int64_t n, T maximum, const T* z, T* p) {
  auto out = vector(p, n);
  out = (vector(z, n) - maximum).exp();
  const T sum = out.sum();
  out *= 1 / sum;
  return std::log(sum);
}

template <class T>
void softmax(std::int64_t rows, std::int64_t columns, const T* z, T* p) {
  for (std::int64_t r = 0; r < rows; ++r, z += columns, p += columns) {
    softmax_row(columns, vector(z, columns).maxCoeff(), z, p);
  }
}

template <class T>
void softmax_backward(std::int64_t rows, std::int64_t columns, const T* p, const T* dp, T* dz, bool accumulate) {
  for (std::int64_t r = 0; r < rows; ++r, p += columns, dp += columns, dz += columns) {
    const auto row = vector(p, columns), d_row = vector(dp, columns);
    const T mean = (d_row * row).sum();
    auto out = vector(dz, columns);
    if (accumulate) {
      out += row * (d_row - mean);
    } else {
      out = row * (d_row - mean);
    }
  }
}

template <class T>
void cross_entropy(const kernels::CrossEntropyArgs<T>& args) {
  const std::int64_t columns = args.columns;
  for (std::int64_t r = 0; r < args.rows; ++r) {
    T* z = args.z_to_p + r * columns;
    const T maximum = vector(z, columns).maxCoeff();
    T mass = 1, distance = 0;
    if (args.labels != nullptr) {
      distance = maximum - z[args.labels[r]];
    } else {
      const auto y = vector(args.targets + r * columns, columns);
      mass = y.sum();
      distance = (y * (maximum - vector(z, columns))).sum();
    }
    args.losses[r] = distance + mass * softmax_row<T>(columns, maximum, z, z);
  }
}

template <class T>
void cross_entropy_backward(const kernels::CrossEntropyBackwardArgs<T>& args) {
  const std::int64_t columns = args.columns;
  for (std::int64_t r = 0; r < args.rows; ++r) {
    const auto p = vector(args.p + r * columns, columns);
    auto dz = vector(args.dz + r * columns, columns);
    const T scale = args.scales[r];
    if (args.labels != nullptr) {
      if (args.accumulate) {
        dz += scale * p;
      } else {
        dz = scale * p;
      }
      dz(args.labels[r]) -= scale;
    } else {
      const auto y = vector(args.targets + r * columns, columns);
      const T mass = y.sum();
      if (args.accumulate) {
        dz += scale * (p * mass - y);
      } else {
        dz = scale * (p * mass - y);
      }
    }
  }
}

/// z[n] becomes sigmoid(z); losses[n] = log(1 + exp(z)) - z y; e[n] is scratch
template <class T, class Scratch>
void sigmoid_and_losses(std::int64_t n, T* z_to_p, const T* targets, Scratch& e, Scratch& losses) {
  auto z = vector(z_to_p, n);
  e = (-z.abs()).exp();
  losses = z.max(T(0)) - z * vector(targets, n) + e.log1p();
  z = z.logistic();
}

template <class T>
void binary_cross_entropy(const kernels::BinaryCrossEntropyArgs<T>& args) {
  constexpr std::int64_t kBlock = 1024;
  using Scratch = Eigen::Array<T, Eigen::Dynamic, 1, 0, kBlock, 1>;
  Scratch e, losses;
  const std::int64_t columns = args.columns;
  if (columns > kBlock) return;  // no case asks for it
  // Whole rows, as many as fit into the scratch memory
  const std::int64_t rows_at_once = kBlock / columns;
  for (std::int64_t first = 0; first < args.rows; first += rows_at_once) {
    const std::int64_t rows = args.rows - first < rows_at_once ? args.rows - first : rows_at_once;
    T* z = args.z_to_p + first * columns;
    sigmoid_and_losses(rows * columns, z, args.targets + first * columns, e, losses);
    if (columns == 1) {
      vector(args.losses + first, rows) = args.reduction * losses;
    } else {
      for (std::int64_t r = 0; r < rows; ++r) {
        args.losses[first + r] = args.reduction * losses.segment(r * columns, columns).sum();
      }
    }
  }
}

template <class T>
void column_sums(std::int64_t rows, std::int64_t columns, const T* x, std::int64_t row_stride, T* out,
                 bool accumulate) {
  using RowMajor = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Map<const RowMajor, 0, Eigen::OuterStride<>> matrix(x, rows, columns, Eigen::OuterStride<>(row_stride));
  Eigen::Map<Eigen::Array<T, 1, Eigen::Dynamic>> sums(out, columns);
  if (accumulate) {
    sums += matrix.colwise().sum();
  } else {
    sums = matrix.colwise().sum();
  }
}

template <class T>
void enter(kernels::Kernels<T>& table) {
  table.softmax = softmax<T>;
  table.softmax_backward = softmax_backward<T>;
  table.cross_entropy = cross_entropy<T>;
  table.cross_entropy_backward = cross_entropy_backward<T>;
  table.binary_cross_entropy = binary_cross_entropy<T>;
  table.column_sums = column_sums<T>;
}

}  // namespace

void fill_rows(kernels::KernelTable& table) {
  enter(table.f32);
  enter(table.f64);
}

}  // namespace laminar::bench::eigen_best
