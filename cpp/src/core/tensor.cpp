// SPDX-License-Identifier: BSD-3-Clause
#include "core/tensor.hpp"

#include <array>
#include <string_view>

#include "laminar/error.hpp"
#include "laminar/view.hpp"

namespace laminar {
namespace {

struct ElementType {
  std::string_view name;
  std::size_t size_bytes;
};
// In the order of DType.
constexpr std::array<ElementType, 11> kElementTypes{{{"bool", 1},
                                                     {"int8", 1},
                                                     {"uint8", 1},
                                                     {"int16", 2},
                                                     {"uint16", 2},
                                                     {"int32", 4},
                                                     {"uint32", 4},
                                                     {"int64", 8},
                                                     {"uint64", 8},
                                                     {"float32", 4},
                                                     {"float64", 8}}};

}  // namespace

std::size_t size_bytes(DType dtype) { return kElementTypes[static_cast<std::size_t>(dtype)].size_bytes; }
std::string_view name_of(DType dtype) { return kElementTypes[static_cast<std::size_t>(dtype)].name; }

std::size_t size_bytes(const TensorSpec& spec) {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<std::size_t>(spec.shape.size()), size_bytes(spec.dtype), &bytes) ||
      bytes > static_cast<std::size_t>(INT64_MAX)) {
    throw ShapeError("a tensor of shape " + to_string(spec.shape) + " is too large for this machine's addresses");
  }
  return bytes;
}

MatrixShape as_matrix(const Shape& shape) {
  if (shape.rank() == 0) return {1, 1};
  const std::int64_t columns = shape[-1];
  std::int64_t rows = 1;
  for (int axis = 0; axis + 1 < shape.rank(); ++axis) rows *= shape[axis];
  return {rows, columns};
}

}  // namespace laminar
