// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "laminar/dtype.hpp"
#include "laminar/shape.hpp"

namespace laminar {

/// A matrix of compressed sparse rows (CSR) that somebody else owns, read only: row i has data[k] in column indices[k]
/// for indptr[i] <= k < indptr[i + 1], in any order, and zeros elsewhere. What one row has for one column adds up.
struct SparseView {
  const void* data = nullptr;
  const void* indices = nullptr;
  const void* indptr = nullptr;
  DType dtype = DType::kFloat32;      ///< of data
  DType index_dtype = DType::kInt32;  ///< of indices and indptr: kInt32 or kInt64
  std::int64_t stored = 0;            ///< the length of data and indices
  std::int64_t indptr_length = 0;     ///< rows + 1
  Shape shape;

  SparseView() = default;
  template <Element T, Element Index>
  requires(std::is_same_v<Index, std::int32_t> || std::is_same_v<Index, std::int64_t>)
      SparseView(const std::vector<T>& data, const std::vector<Index>& indices, const std::vector<Index>& indptr,
                 const Shape& shape)
      : data(data.data()),
        indices(indices.data()),
        indptr(indptr.data()),
        dtype(dtype_of<T>),
        index_dtype(dtype_of<Index>),
        stored(static_cast<std::int64_t>(std::min(data.size(), indices.size()))),
        indptr_length(static_cast<std::int64_t>(indptr.size())),
        shape(shape) {}
};

/// An array that somebody else owns, read only: pointer, element type, shape and strides (in bytes;
/// they may be negative). Rows are examples: axis 0 is the batch.
struct View {
  const void* data = nullptr;
  DType dtype = DType::kFloat32;
  Shape shape;
  std::array<std::int64_t, Shape::kMaxRank> strides_bytes{};
  const SparseView* sparse = nullptr;  ///< the rows are those of this matrix, and `data` is null

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
  /// Inputs may be sparse: batches of their rows are made dense, never all of them. The view points to `matrix`.
  explicit View(const SparseView& matrix) : dtype(matrix.dtype), shape(matrix.shape), sparse(&matrix) {}

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
