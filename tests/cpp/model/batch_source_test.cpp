// SPDX-License-Identifier: BSD-3-Clause
#include "model/batch_source.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

#include "support/tensors.hpp"

namespace laminar::test {
namespace {

constexpr std::int64_t kRows = 5;
constexpr std::array<std::int64_t, 3> kPicked{4, 0, 2};

/// The picked rows of a view, and its rows 1 to 3, as the model's dtype.
template <class T>
void check_rows(const View& view, const std::vector<double>& expected) {
  const ArraySource source(view);
  const auto width = static_cast<std::int64_t>(expected.size()) / kRows;
  Shape shape = view.shape;
  shape.set(0, 3);
  std::vector<T> found(static_cast<std::size_t>(shape.size()));
  const auto check = [&](std::int64_t row, std::int64_t from) {
    for (std::int64_t i = 0; i < width; ++i) {
      CAPTURE(row);
      CAPTURE(i);
      REQUIRE(found[static_cast<std::size_t>(row * width + i)] ==
              static_cast<T>(expected[static_cast<std::size_t>(from * width + i)]));
    }
  };
  for (const int threads : {1, 3}) {
    source.gather(context(threads), kPicked, tensor_of(found, shape));
    for (std::int64_t row = 0; row < 3; ++row) check(row, kPicked[static_cast<std::size_t>(row)]);
    source.copy(context(threads), 1, tensor_of(found, shape));
    for (std::int64_t row = 0; row < 3; ++row) check(row, row + 1);
  }
}

template <class From>
void check_dtype() {
  CAPTURE(name_of(dtype_of<From>));
  std::vector<From> numbers(kRows * 6);
  std::vector<double> expected;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = static_cast<From>(std::is_same_v<From, bool> ? i % 2 : i * 4);
    expected.push_back(static_cast<double>(numbers[i]));
  }
  const View view(reinterpret_cast<const void*>(numbers.data()), dtype_of<From>, {kRows, 2, 3});
  check_rows<float>(view, expected);
  check_rows<double>(view, expected);
  check_rows<std::int32_t>(view, expected);
}

TEST_CASE("rows of every element type become the model's") {
  check_dtype<std::int8_t>();
  check_dtype<std::uint8_t>();
  check_dtype<std::int16_t>();
  check_dtype<std::uint16_t>();
  check_dtype<std::int32_t>();
  check_dtype<std::uint32_t>();
  check_dtype<std::int64_t>();
  check_dtype<std::uint64_t>();
  check_dtype<float>();
  check_dtype<double>();
}

TEST_CASE("rows of any strides") {
  std::array<float, 400> memory{};
  std::iota(memory.begin(), memory.end(), 0.0F);
  struct Layout {
    const char* name;
    Shape shape;
    std::vector<std::int64_t> strides;  ///< in elements
    std::int64_t start = 0;
  };
  const Layout layouts[] = {
      {"contiguous", {kRows, 6}, {6, 1}},
      {"Fortran order", {kRows, 6}, {1, kRows}},
      {"every second row", {kRows, 6}, {12, 1}},
      {"every second column", {kRows, 6}, {12, 2}},
      {"rows upside down", {kRows, 6}, {-6, 1}, 24},
      {"columns mirrored", {kRows, 6}, {6, -1}, 5},
      {"one row again and again", {kRows, 6}, {0, 1}},
      {"3-D with gaps between planes", {kRows, 2, 3}, {20, 8, 1}},
      {"3-D in Fortran order", {kRows, 2, 3}, {1, kRows, 2 * kRows}},
      {"3-D, the middle mirrored", {kRows, 2, 3}, {6, -3, 1}, 3},
      {"4-D", {kRows, 2, 2, 3}, {48, 12, 6, 2}},
      {"numbers", {kRows}, {3}},
  };
  for (const Layout& layout : layouts) {
    CAPTURE(layout.name);
    View view(memory.data() + layout.start, layout.shape);
    for (std::size_t axis = 0; axis < layout.strides.size(); ++axis) {
      view.strides_bytes[axis] = layout.strides[axis] * static_cast<std::int64_t>(sizeof(float));
    }
    std::vector<double> expected;
    for (std::int64_t i = 0; i < layout.shape.size(); ++i) expected.push_back(element(view, i));
    CHECK(expected[0] == static_cast<double>(layout.start));
    check_rows<float>(view, expected);
    check_rows<double>(view, expected);
  }
}

TEST_CASE("rows are read where they lie if they are as the model wants them") {
  const std::vector<float> numbers(12);
  const ArraySource source(View(numbers.data(), {4, 3}));
  CHECK(source.direct(1, 2, DType::kFloat32) == numbers.data() + 3);
  CHECK(source.direct(1, 2, DType::kFloat64) == nullptr);
  View columns(numbers.data(), {4, 2});
  columns.strides_bytes[0] = 12;
  CHECK(ArraySource(columns).direct(0, 4, DType::kFloat32) == nullptr);
}

TEST_CASE("the first value outside an interval is found, wherever it lies") {
  std::vector<double> numbers(30000, 0.5);
  const auto at = [&](std::size_t i, double value) {
    numbers[i] = value;
    return find_outside(context(2), View(numbers.data(), {1000, 30}), {0.0, 1.0});
  };
  CHECK(at(0, 0.5) == -1);
  CHECK(at(29999, 1.5) == 29999);
  CHECK(at(77, std::nan("")) == 77);
  CHECK(at(3, -std::numeric_limits<double>::infinity()) == 3);
  const std::vector<float> labels{0, 1, 2, 1.5};
  CHECK(find_outside(context(), View(labels), {0, 2, true}) == 3);
  CHECK(find_outside(context(), View(labels), {0, 2}) == -1);
  CHECK(find_outside(context(), View(labels.data(), {0, 4}), {7, 8}) == -1);
  const std::vector<std::uint64_t> huge{1, ~std::uint64_t{0}};
  CHECK(find_outside(context(), View(huge), {0, 1e9}) == 1);
  CHECK(position({1000, 30}, 77) == "[2, 17]");
}

/// find_outside against a look at each element, with numbers at the limits of the interval and of the type put in many
/// places of arrays that are contiguous, or have gaps between rows or elements.
template <class T>
void check_intervals() {
  using Limits = std::numeric_limits<T>;
  CAPTURE(name_of(dtype_of<T>));
  const double largest = std::numeric_limits<float>::max();
  const double huge = std::numeric_limits<double>::max();
  const Interval intervals[] = {{0, 1},
                                {0, 9, true},
                                {-3, 100},
                                {0.5, 2.5},
                                {0, largest},
                                {-largest, largest},
                                {-5, -1},
                                {-huge, huge},
                                {1e30, huge},
                                {.low = 0, .high = 1, .or_nan = true},
                                {.low = 0, .high = 9, .whole = true, .or_nan = true},
                                {0, 4294967296.0, true},
                                {-2147483648.0, 2147483647.0, true}};
  std::vector<T> special{T(0), T(1), T(2), T(9), T(10), T(100), T(101), Limits::max(), Limits::lowest(), T(-1), T(-4)};
  if constexpr (std::is_floating_point_v<T>) {
    for (const double number : {0.5, 2.5, 2.75, -0.0, -0.25, largest, -largest, 2147483648.0, 1e31}) {
      special.push_back(static_cast<T>(number));
    }
    special.insert(special.end(), {std::nextafter(T(1), T(2)), Limits::infinity(), -Limits::infinity(),
                                   Limits::quiet_NaN(), -Limits::quiet_NaN()});
    special.push_back(std::nextafter(static_cast<T>(largest), Limits::infinity()));
  }
  constexpr std::int64_t kCount = 9000;
  for (const Interval& interval : intervals) {
    std::vector<T> numbers(2 * kCount);
    const auto good = std::find_if(special.begin(), special.end(),
                                   [&](T value) { return interval.contains(static_cast<double>(value)); });
    std::fill(numbers.begin(), numbers.end(), good == special.end() ? T(0) : *good);
    View gaps(numbers.data(), {90, 100});
    gaps.strides_bytes = {200 * sizeof(T), sizeof(T)};
    View every_other(numbers.data(), {kCount});
    every_other.strides_bytes[0] = 2 * sizeof(T);
    for (const View& view : {View(numbers.data(), {90, 100}), gaps, every_other}) {
      for (const T value : special) {
        for (const std::int64_t at : {0, 63, 4095, 4096, 8999}) {
          auto* place = const_cast<T*>(static_cast<const T*>(view.data));
          place += view.shape.rank() == 1
                       ? 2 * at
                       : view.strides_bytes[0] / static_cast<std::int64_t>(sizeof(T)) * (at / 100) + at % 100;
          const T before = std::exchange(*place, value);
          const bool inside = interval.contains(static_cast<double>(value));
          CAPTURE(interval.low);
          CAPTURE(interval.high);
          CAPTURE(static_cast<double>(value));
          CAPTURE(at);
          REQUIRE(find_outside(context(2), view, interval) == (good == special.end() ? 0 : inside ? -1 : at));
          *place = before;
        }
      }
    }
  }
}

TEST_CASE("the quick look for values outside agrees with a slow one") {
  check_intervals<std::int8_t>();
  check_intervals<std::uint8_t>();
  check_intervals<std::int16_t>();
  check_intervals<std::uint16_t>();
  check_intervals<std::int32_t>();
  check_intervals<std::uint32_t>();
  check_intervals<std::int64_t>();
  check_intervals<std::uint64_t>();
  check_intervals<float>();
  check_intervals<double>();
}

}  // namespace
}  // namespace laminar::test
