// SPDX-License-Identifier: BSD-3-Clause
#include "core/tensor.hpp"

#include <doctest/doctest.h>

#include "laminar/view.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

constexpr std::int64_t kHuge = std::int64_t{1} << 40;

TEST_CASE("shapes count their elements, and say so when there are too many") {
  CHECK(Shape{}.size() == 1);
  CHECK(Shape{3, 4}.size() == 12);
  CHECK(Shape{3, 0, kHuge}.size() == 0);
  check_throws<ShapeError>([] { Shape{kHuge, kHuge}.size(); }, {"overflows", "(1099511627776, 1099511627776)"});
  check_throws<ShapeError>([] { Shape({2, kFree}).size(); }, {"free axis", "(2, None)"});
  check_throws<ShapeError>([] { size_bytes(TensorSpec{{kHuge, 1 << 22}, DType::kFloat64}); }, {"too large"});
  check_throws<ShapeError>([] { Shape{-2}; }, {"0 or more", "-2"});
  check_throws<ShapeError>([] { Shape{1, 1, 1, 1, 1, 1, 1, 1, 1}; }, {"at most 8 axes"});
}

TEST_CASE("shapes read and compare as users expect") {
  const Shape shape{2, kFree, 5};
  CHECK(to_string(shape) == "(2, None, 5)");
  CHECK(to_string(Shape{7}) == "(7,)");
  CHECK(to_string(Shape{}) == "()");
  CHECK(shape[-1] == 5);
  CHECK(shape.from(1) == Shape{kFree, 5});
  CHECK(shape.with_leading(9) == Shape{9, 2, kFree, 5});
  CHECK(shape.has_free_axis());
  CHECK_FALSE(Shape{2, 3} == Shape{2, 3, 1});
}

TEST_CASE("element types have NumPy's names and sizes") {
  CHECK(name_of(dtype_of<float>) == "float32");
  CHECK(name_of(dtype_of<std::uint8_t>) == "uint8");
  CHECK(size_bytes(dtype_of<bool>) == 1);
  CHECK(size_bytes(dtype_of<std::int64_t>) == 8);
  CHECK(is_float(DType::kFloat32));
  CHECK_FALSE(is_float(DType::kUInt64));
}

TEST_CASE("views of arrays, vectors and slices") {
  const std::vector<float> numbers(24);
  View view(numbers.data(), {2, 3, 4});
  CHECK(view.strides_bytes[0] == 48);
  CHECK(view.strides_bytes[2] == 4);
  CHECK(view.is_contiguous());
  view.shape.set(2, 3);
  CHECK_FALSE(view.is_contiguous());
  view.shape = {1, 3, 4};
  view.strides_bytes[0] = -1;  // of an axis of length 1 no stride matters
  CHECK(view.is_contiguous());
  CHECK(View(numbers).shape == Shape{24});
  CHECK(View().rows() == 0);
  CHECK(View(numbers.data(), {0, 3}).is_contiguous());
}

TEST_CASE("a tensor is a matrix of its last axis against all before it") {
  CHECK(as_matrix({2, 3, 4}).rows == 6);
  CHECK(as_matrix({2, 3, 4}).columns == 4);
  CHECK(as_matrix({5}).rows == 1);
  CHECK(as_matrix({}).columns == 1);
}

}  // namespace
}  // namespace laminar::test
