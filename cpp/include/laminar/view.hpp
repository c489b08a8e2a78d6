// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <span>
#include <vector>

#include "laminar/dtype.hpp"
#include "laminar/shape.hpp"

namespace laminar {

/// An array that somebody else owns, read only: pointer, element type, shape and strides (in bytes;
/// they may be negative). Rows are examples: axis 0 is the batch.
struct View {
  const void* data = nullptr;
  DType dtype = DType::kFloat32;
  Shape shape;
  std::array<std::int64_t, Shape::kMaxRank> strides_bytes{};

  View() = default;
  /// A C-contiguous array.
  View(const void* data, DType dtype, const Shape& shape);
  template <Element T>
  View(const T* data, const Shape& shape) : View(data, dtype_of<T>, shape) {}
  /// A vector or span is one column of examples: shape (n,).
  template <Element T>
  View(std::span<const T> values)  // NOLINT(google-explicit-constructor)
      : View(values.data(), dtype_of<T>, Shape{static_cast<std::int64_t>(values.size())}) {}
  template <Element T>
  View(const std::vector<T>& values)  // NOLINT(google-explicit-constructor)
      : View(std::span<const T>(values)) {}

  std::int64_t rows() const { return shape.rank() == 0 ? 0 : shape[0]; }
  bool is_contiguous() const;
};

/// An array that somebody else owns, to be written: C-contiguous, of the model's dtype.
struct MutableView {
  void* data = nullptr;
  DType dtype = DType::kFloat32;
  Shape shape;

  MutableView() = default;
  MutableView(void* data, DType dtype, const Shape& shape) : data(data), dtype(dtype), shape(shape) {}
  template <Element T>
  MutableView(T* data, const Shape& shape) : MutableView(data, dtype_of<T>, shape) {}
};

}  // namespace laminar
