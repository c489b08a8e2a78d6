// SPDX-License-Identifier: BSD-3-Clause
//
// What is measured: every kernel on the shapes that networks ask for. The benchmark program and the comparison
// with Eigen run the same cases.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/context.hpp"
#include "ops/gemm.hpp"

namespace laminar::bench {

/// What stands around a product in the step of a dense layer; null where it is not wanted
template <class T>
struct Extras {
  const T* bias = nullptr;      ///< [n]: C = relu(A B + bias)
  T* b_sums = nullptr;          ///< [n]: the sums over the rows of B, which is the gradient of a bias where B is dY
  const T* relu_out = nullptr;  ///< [m, n]: C = A B * relu'
};

/// C[m, n] = A[m, k] B[k, n]; C is row-major without gaps.
template <class T>
using Product = void (*)(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView<T> a, MatrixView<T> b, T* c,
                         const Extras<T>& extras);

/// Whole products that do not go through ops/gemm
struct Products {
  Product<float> f32;
  Product<double> f64;

  template <class T>
  Product<T> of() const {
    if constexpr (sizeof(T) == sizeof(float)) {
      return f32;
    } else {
      return f64;
    }
  }
};

/// Who computes
struct Target {
  Context context;
  const Products* products = nullptr;  ///< instead of ops/gemm
};

/// The data of a case, and the call that works on it
struct Problem {
  std::function<void(const Target&)> run;
  std::function<std::vector<double>()> outputs;  ///< after one run all targets must agree on them
};

struct Case {
  std::string kernel;
  std::string shape;
  std::string dtype;
  double flops;            ///< of products; 0 where memory is what bounds a kernel
  double traffic_bytes;    ///< each operand once, twice where it is read and written
  double footprint_bytes;  ///< of all operands
  std::function<Problem()> make;
};

template <class T>
constexpr const char* kDtype = sizeof(T) == sizeof(float) ? "f32" : "f64";

std::vector<Case> gemm_cases();
std::vector<Case> elementwise_cases();  ///< activations, sums of arrays, dropout, penalties
std::vector<Case> row_cases();          ///< softmax, cross-entropies, column sums
std::vector<Case> norm_cases();         ///< statistics of columns and rows, what is made of them, noise
std::vector<Case> reduction_cases();
std::vector<Case> optimizer_cases();

/// All of the above
std::vector<Case> all_cases();

}  // namespace laminar::bench
