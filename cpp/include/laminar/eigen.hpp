// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// Eigen matrices in and out of laminar without a copy, for programs that bring an Eigen of their own (3.4 or newer).
///
/// \code{.cpp}
/// const Eigen::MatrixXf x = Eigen::MatrixXf::Random(6, 3);  // one example a row
/// Model<float> model(Sequential{Input({.shape = {3}}), Dense({.units = 2})});
/// RowMajorMatrix<float> y(6, 2);
/// model.predict(as_view(x), as_mutable_view(y));
/// auto kernel = as_map(model.parameters()[0]);  // Eigen::Map: what is written there changes the model
/// kernel.setZero();
/// model.predict(as_view(x), as_mutable_view(y));
/// assert(y.isZero());
/// \endcode
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <type_traits>

#include "laminar/error.hpp"
#include "laminar/model.hpp"
#include "laminar/view.hpp"

namespace laminar {

/// Rows of examples as laminar writes them.
template <class T>
using RowMajorMatrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Eigen types that are memory with strides rather than a computation: Matrix, Array, Map, Ref, blocks of them.
template <class Derived>
concept EigenMemory = Element<typename Derived::Scalar> &&
                      (static_cast<unsigned>(Derived::Flags) & Eigen::DirectAccessBit) != 0;

namespace detail {

template <class Derived>
Shape eigen_shape(const Derived& matrix) {
  // A column is a list of examples with one number each, as y often is.
  if constexpr (Derived::ColsAtCompileTime == 1) return {static_cast<std::int64_t>(matrix.rows())};
  return {static_cast<std::int64_t>(matrix.rows()), static_cast<std::int64_t>(matrix.cols())};
}

}  // namespace detail

/// A matrix as an array to be read, without a copy.
/// \param matrix of any storage order and strides; its memory must outlive the view
/// \return shape (rows, cols), or (rows,) of a column vector
template <EigenMemory Derived>
View as_view(const Eigen::DenseBase<Derived>& matrix) {
  const Derived& m = matrix.derived();
  constexpr auto kSize = static_cast<std::int64_t>(sizeof(typename Derived::Scalar));
  const auto inner = static_cast<std::int64_t>(m.innerStride()) * kSize;
  const auto outer = static_cast<std::int64_t>(m.outerStride()) * kSize;
  View view(m.data(), detail::eigen_shape(m));
  if constexpr (Derived::ColsAtCompileTime == 1) {
    view.strides_bytes[0] = Derived::IsRowMajor ? outer : inner;
  } else {
    view.strides_bytes[0] = Derived::IsRowMajor ? outer : inner;
    view.strides_bytes[1] = Derived::IsRowMajor ? inner : outer;
  }
  return view;
}

/// A matrix as an array to be written, without a copy.
/// \param matrix whose rows lie one after another without gaps, as in a RowMajorMatrix or a column vector; its memory
///   must outlive the view
/// \return shape (rows, cols), or (rows,) of a column vector
/// \throws ValueError if the rows lie otherwise
template <class Matrix>
requires EigenMemory<std::remove_cvref_t<Matrix>> MutableView as_mutable_view(Matrix&& matrix) {
  static_assert(std::is_same_v<decltype(matrix.data()), typename std::remove_cvref_t<Matrix>::Scalar*>,
                "the matrix cannot be written");
  const View view = as_view(matrix);
  if (!view.is_contiguous()) {
    throw ValueError("as_mutable_view: expected a row-major matrix without gaps, got one of shape " +
                     to_string(view.shape) + " with other strides");
  }
  return {matrix.data(), view.shape};
}

/// Row-major numbers of a shape as a matrix: the last axis against all before it, one axis as a single row.
/// \param values as many as the shape has; they must outlive the map
/// \param shape  no axis is free
/// \return an Eigen::Map of a RowMajorMatrix, to be read only where T is const
/// \throws ShapeError if there are not as many numbers as the shape has, or an axis is free
template <class T>
requires Element<std::remove_const_t<T>>
auto as_map(std::span<T> values, const Shape& shape) {
  using Matrix = RowMajorMatrix<std::remove_const_t<T>>;
  using Map = Eigen::Map<std::conditional_t<std::is_const_v<T>, const Matrix, Matrix>>;
  const std::int64_t columns = shape.rank() == 0 ? 1 : shape[-1];
  if (shape.size() != static_cast<std::int64_t>(values.size())) {
    throw ShapeError("as_map: expected " + std::to_string(shape.size()) + " numbers for shape " + to_string(shape) +
                     ", got " + std::to_string(values.size()));
  }
  const std::int64_t rows = columns == 0 ? 0 : shape.size() / columns;
  return Map(values.data(), static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
}

/// A parameter as a matrix; what is written there changes the model.
/// \param parameter of a model that must outlive the map
/// \return an Eigen::Map: (n_in, units) of a dense layer's kernel, (1, units) of its bias
template <class T>
auto as_map(const Parameter<T>& parameter) {
  return as_map(parameter.values, parameter.shape);
}

}  // namespace laminar
