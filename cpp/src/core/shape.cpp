// SPDX-License-Identifier: BSD-3-Clause
#include "laminar/shape.hpp"

#include <algorithm>

#include "laminar/error.hpp"
#include "laminar/view.hpp"

namespace laminar {

Shape::Shape(std::initializer_list<std::int64_t> axes) : Shape(std::span(axes.begin(), axes.size())) {}

Shape::Shape(std::span<const std::int64_t> axes) {
  for (const std::int64_t length : axes) append(length);
}

void Shape::append(std::int64_t length) {
  if (rank_ == kMaxRank) {
    throw ShapeError("expected at most " + std::to_string(kMaxRank) + " axes, got more than " + to_string(*this));
  }
  if (length < kFree) throw ShapeError("expected axes of length 0 or more, got " + std::to_string(length));
  axes_[static_cast<std::size_t>(rank_++)] = length;
}

Shape Shape::from(int first) const {
  Shape result;
  for (int axis = first; axis < rank_; ++axis) result.append((*this)[axis]);
  return result;
}

Shape Shape::with_leading(std::int64_t length) const {
  Shape result{length};
  for (const std::int64_t axis : axes()) result.append(axis);
  return result;
}

bool Shape::has_free_axis() const {
  return std::any_of(begin(), end(), [](std::int64_t length) { return length == kFree; });
}

std::int64_t Shape::size() const {
  std::int64_t product = 1;
  bool zero = false;
  for (const std::int64_t length : axes()) {
    if (length == kFree) throw ShapeError("shape " + to_string(*this) + " has a free axis, so it has no size yet");
    zero = zero || length == 0;
    if (length != 0 && __builtin_mul_overflow(product, length, &product)) {
      throw ShapeError("the number of elements of shape " + to_string(*this) + " overflows a 64-bit integer");
    }
  }
  return zero ? 0 : product;
}

bool Shape::operator==(const Shape& other) const { return std::equal(begin(), end(), other.begin(), other.end()); }

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (axis > 0) text += ", ";
    text += shape[axis] == kFree ? "None" : std::to_string(shape[axis]);
  }
  return text + (shape.rank() == 1 ? ",)" : ")");
}

View::View(const void* data, DType dtype, const Shape& shape) : data(data), dtype(dtype), shape(shape) {
  auto stride = static_cast<std::int64_t>(size_bytes(dtype));
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    strides_bytes[static_cast<std::size_t>(axis)] = stride;
    stride *= shape[axis];
  }
}

bool View::is_contiguous() const {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return true;  // strides between no elements mean nothing
  auto expected = static_cast<std::int64_t>(size_bytes(dtype));
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    if (shape[axis] != 1 && strides_bytes[static_cast<std::size_t>(axis)] != expected) return false;
    expected *= shape[axis];
  }
  return true;
}

}  // namespace laminar
