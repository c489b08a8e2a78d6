// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "laminar/dtype.hpp"
#include "laminar/shape.hpp"

namespace laminar {

/// What is known of a tensor before it has memory: a shape, whose axes may be free, and a dtype.
struct TensorSpec {
  Shape shape;
  DType dtype = DType::kFloat32;

  bool operator==(const TensorSpec&) const = default;
};

/// A C-contiguous tensor in memory that somebody else owns.
struct Tensor {
  void* data = nullptr;
  TensorSpec spec;

  const Shape& shape() const { return spec.shape; }
  DType dtype() const { return spec.dtype; }
  bool empty() const { return data == nullptr; }

  /// The elements; the caller knows the dtype.
  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
};

/// Where a gradient goes. Backward must honour `want` for each.
struct Gradient {
  enum class Want { kNot, kWrite, kAdd };
  Want want = Want::kNot;
  Tensor tensor;

  bool wanted() const { return want != Want::kNot; }
  bool adds() const { return want == Want::kAdd; }
};

/// Rows and columns of a tensor that is read as a matrix: the last axis against all before it.
struct MatrixShape {
  std::int64_t rows;
  std::int64_t columns;
};
MatrixShape as_matrix(const Shape& shape);

/// Bytes of a tensor of known shape; ShapeError when the product overflows.
std::size_t size_bytes(const TensorSpec& spec);

/// Calls `body.template operator()<T>()` with the model's floating type.
template <class Body>
decltype(auto) dispatch_float(DType dtype, Body&& body) {
  return dtype == DType::kFloat64 ? body.template operator()<double>() : body.template operator()<float>();
}

}  // namespace laminar
