// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// Shapes of arrays and tensors.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace laminar {

/// An axis whose length is known only when data comes: the batch, a sequence's time.
inline constexpr std::int64_t kFree = -1;

/// The lengths of up to eight axes, kept inline so that shapes can be copied without allocating.
///
/// \code{.cpp}
/// const Shape images{kFree, 28, 28};
/// assert(images[-1] == 28 && images.from(1).size() == 784);
/// assert(to_string(images) == "(None, 28, 28)");
/// \endcode
class Shape {
 public:
  static constexpr int kMaxRank = 8;  ///< the most axes there may be

  /// The shape () of a single number.
  Shape() = default;
  /// Axes from first to last.
  /// \param axes lengths, at least 0 or kFree
  /// \throws ShapeError above kMaxRank axes or below kFree
  Shape(std::initializer_list<std::int64_t> axes);
  /// Axes from first to last.
  /// \param axes lengths, at least 0 or kFree
  /// \throws ShapeError above kMaxRank axes or below kFree
  explicit Shape(std::span<const std::int64_t> axes);

  /// The number of axes.
  /// \return 0 to kMaxRank
  int rank() const { return rank_; }
  /// The length of an axis, unchecked.
  /// \param axis from -rank() to rank() - 1; negative ones count from the end
  /// \return at least 0, or kFree
  std::int64_t operator[](int axis) const { return axes_[static_cast<std::size_t>(axis < 0 ? axis + rank_ : axis)]; }
  /// Changes the length of an axis, unchecked.
  /// \param axis   from -rank() to rank() - 1; negative ones count from the end
  /// \param length at least 0, or kFree
  void set(int axis, std::int64_t length) { axes_[static_cast<std::size_t>(axis < 0 ? axis + rank_ : axis)] = length; }
  /// All lengths.
  /// \return rank() numbers, valid as long as the shape
  std::span<const std::int64_t> axes() const { return {axes_.data(), static_cast<std::size_t>(rank_)}; }
  /// For range-based loops over lengths.
  /// \return the first length
  const std::int64_t* begin() const { return axes_.data(); }
  /// For range-based loops over lengths.
  /// \return behind the last length
  const std::int64_t* end() const { return axes_.data() + rank_; }

  /// Adds a last axis.
  /// \param length at least 0, or kFree
  /// \throws ShapeError if there are kMaxRank axes already, or `length` is below kFree
  void append(std::int64_t length);
  /// Axes [first, rank).
  /// \param first the first that is kept, at least 0; from(1) of a batch is the shape of one example
  /// \return a shape of rank() - first axes, or none
  Shape from(int first) const;
  /// This shape with one more axis in front.
  /// \param length of the new axis, at least 0, or kFree
  /// \return a shape of rank() + 1 axes
  /// \throws ShapeError if there are kMaxRank axes already, or `length` is below kFree
  Shape with_leading(std::int64_t length) const;

  /// Whether the length of any axis is not known yet.
  /// \return true if one is kFree
  bool has_free_axis() const;
  /// The number of elements: the product of the axes, 1 where there are none.
  /// \return at least 0
  /// \throws ShapeError if it overflows or an axis is free
  std::int64_t size() const;

  /// Whether all axes are the same; a free axis is the same as a free axis only.
  /// \param other any shape
  /// \return false if rank or lengths differ
  bool operator==(const Shape& other) const;

 private:
  std::array<std::int64_t, kMaxRank> axes_{};
  int rank_ = 0;
};

/// A shape as text, as in Python.
/// \param shape any shape
/// \return "(32, None, 10)", None for a free axis; a one-axis shape reads "(32,)"
std::string to_string(const Shape& shape);

}  // namespace laminar
