// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// Arrays that somebody else owns.
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

/// A matrix of compressed sparse rows (CSR) that somebody else owns, read only.
///
/// Row i has data[k] in column indices[k] for indptr[i] <= k < indptr[i + 1], in any order, and zeros elsewhere. What
/// one row has for one column adds up. The numbers are checked when a model is given them.
///
/// \code{.cpp}
/// const std::vector<float> data{5, 7};  // the matrix [[0, 5, 0], [7, 0, 0]]
/// const std::vector<std::int32_t> columns{1, 0};
/// const std::vector<std::int32_t> row_starts{0, 1, 2};
/// const SparseView matrix(data, columns, row_starts, {2, 3});
/// const Model<float> model(Sequential{Input({.shape = {3}}), ActivationLayer({.activation = Activation::kLinear})});
/// assert(model.predict(View(matrix)) == std::vector<float>({0, 5, 0, 7, 0, 0}));
/// \endcode
struct SparseView {
  const void* data = nullptr;         ///< the numbers, row by row
  const void* indices = nullptr;      ///< the column of each number, from 0
  const void* indptr = nullptr;       ///< where each row begins in data and, last, the end
  DType dtype = DType::kFloat32;      ///< of data
  DType index_dtype = DType::kInt32;  ///< of indices and indptr: kInt32 or kInt64
  std::int64_t stored = 0;            ///< the length of data and indices
  std::int64_t indptr_length = 0;     ///< rows + 1
  Shape shape;                        ///< (rows, columns)

  /// No matrix.
  SparseView() = default;
  /// The arrays of a matrix, which must outlive the view.
  /// \param data    the numbers, row by row
  /// \param indices the column of each number, from 0
  /// \param indptr  where each row begins in data and, last, the end: one number more than there are rows
  /// \param shape   (rows, columns)
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
///
/// \code{.cpp}
/// const std::vector<float> numbers{1, 2, 3, 4, 5, 6};
/// const View x(numbers.data(), {2, 3});  // two examples of three features
/// const View y(numbers);                 // six examples of one number, shape (6,)
/// assert(x.rows() == 2 && y.shape == Shape{6});
/// \endcode
struct View {
  const void* data = nullptr;     ///< the first element; null only where there are no elements, or with `sparse`
  DType dtype = DType::kFloat32;  ///< of the elements
  Shape shape;                    ///< no axis is free
  std::array<std::int64_t, Shape::kMaxRank> strides_bytes{};  ///< from one element to the next along each axis
  const SparseView* sparse = nullptr;                         ///< the rows are those of this matrix; `data` is null

  /// No array: an optional argument that is not given.
  View() = default;
  /// A C-contiguous array, which must outlive the view.
  /// \param data  the first element
  /// \param dtype of the elements
  /// \param shape no axis is free
  View(const void* data, DType dtype, const Shape& shape);
  /// A C-contiguous array, which must outlive the view.
  /// \param data  the first element; its type is the dtype
  /// \param shape no axis is free
  template <Element T>
  View(const T* data, const Shape& shape) : View(data, dtype_of<T>, shape) {}
  /// One number an example: shape (n,).
  /// \param values n numbers, which must outlive the view
  template <Element T>
  View(std::span<const T> values)  // NOLINT(google-explicit-constructor)
      : View(values.data(), dtype_of<T>, Shape{static_cast<std::int64_t>(values.size())}) {}
  /// One number an example: shape (n,).
  /// \param values n numbers, which must outlive the view
  template <Element T>
  View(const std::vector<T>& values)  // NOLINT(google-explicit-constructor)
      : View(std::span<const T>(values)) {}
  /// Inputs may be sparse: batches of their rows are made dense, never all of them.
  /// \param matrix must outlive the view, which points to it
  explicit View(const SparseView& matrix) : dtype(matrix.dtype), shape(matrix.shape), sparse(&matrix) {}

  /// The number of examples.
  /// \return the length of axis 0, or 0 where there is no axis
  std::int64_t rows() const { return shape.rank() == 0 ? 0 : shape[0]; }
  /// Whether the elements lie one after another in C order.
  /// \return true also for an array without elements
  bool is_contiguous() const;
};

/// An array that somebody else owns, to be written: C-contiguous, of the model's dtype.
///
/// \code{.cpp}
/// const Model<float> model(Sequential{Input({.shape = {3}}), Dense({.units = 2})});
/// const std::vector<float> x(12);
/// std::vector<float> out(8);
/// model.predict(View(x.data(), {4, 3}), MutableView(out.data(), {4, 2}));
/// \endcode
struct MutableView {
  void* data = nullptr;           ///< the first element
  DType dtype = DType::kFloat32;  ///< of the elements
  Shape shape;                    ///< no axis is free

  /// No array.
  MutableView() = default;
  /// A C-contiguous array, which must outlive the view.
  /// \param data  the first element
  /// \param dtype of the elements
  /// \param shape no axis is free
  MutableView(void* data, DType dtype, const Shape& shape) : data(data), dtype(dtype), shape(shape) {}
  /// A C-contiguous array, which must outlive the view.
  /// \param data  the first element; its type is the dtype
  /// \param shape no axis is free
  template <Element T>
  MutableView(T* data, const Shape& shape) : MutableView(data, dtype_of<T>, shape) {}
};

}  // namespace laminar
