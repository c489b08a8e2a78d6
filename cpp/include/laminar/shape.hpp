// SPDX-License-Identifier: BSD-3-Clause
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
class Shape {
 public:
  static constexpr int kMaxRank = 8;

  Shape() = default;
  Shape(std::initializer_list<std::int64_t> axes);
  explicit Shape(std::span<const std::int64_t> axes);  ///< ShapeError above kMaxRank axes or below kFree

  int rank() const { return rank_; }
  /// Negative axes count from the end.
  std::int64_t operator[](int axis) const { return axes_[static_cast<std::size_t>(axis < 0 ? axis + rank_ : axis)]; }
  void set(int axis, std::int64_t length) { axes_[static_cast<std::size_t>(axis < 0 ? axis + rank_ : axis)] = length; }
  std::span<const std::int64_t> axes() const { return {axes_.data(), static_cast<std::size_t>(rank_)}; }
  const std::int64_t* begin() const { return axes_.data(); }
  const std::int64_t* end() const { return axes_.data() + rank_; }

  void append(std::int64_t length);
  /// Axes [first, rank).
  Shape from(int first) const;
  /// This shape with `length` in front.
  Shape with_leading(std::int64_t length) const;

  bool has_free_axis() const;
  /// Product of the axes; ShapeError when it overflows or an axis is free.
  std::int64_t size() const;

  bool operator==(const Shape& other) const;

 private:
  std::array<std::int64_t, kMaxRank> axes_{};
  int rank_ = 0;
};

/// "(32, None, 10)"; a one-axis shape reads "(32,)" as in Python.
std::string to_string(const Shape& shape);

}  // namespace laminar
