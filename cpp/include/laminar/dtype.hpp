// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace laminar {

/// Element types of data that comes in. Models compute in kFloat32 or kFloat64.
enum class DType : std::uint8_t {
  kBool,
  kInt8,
  kUInt8,
  kInt16,
  kUInt16,
  kInt32,
  kUInt32,
  kInt64,
  kUInt64,
  kFloat32,
  kFloat64,
};

/// Bytes of one element.
std::size_t size_bytes(DType dtype);

/// NumPy's name of the type, such as "float32".
std::string_view name_of(DType dtype);

constexpr bool is_float(DType dtype) { return dtype >= DType::kFloat32; }

namespace detail {
template <class T>
constexpr int dtype_index() {
  if constexpr (std::is_same_v<T, bool>) return 0;
  if constexpr (std::is_same_v<T, std::int8_t>) return 1;
  if constexpr (std::is_same_v<T, std::uint8_t>) return 2;
  if constexpr (std::is_same_v<T, std::int16_t>) return 3;
  if constexpr (std::is_same_v<T, std::uint16_t>) return 4;
  if constexpr (std::is_same_v<T, std::int32_t>) return 5;
  if constexpr (std::is_same_v<T, std::uint32_t>) return 6;
  if constexpr (std::is_same_v<T, std::int64_t>) return 7;
  if constexpr (std::is_same_v<T, std::uint64_t>) return 8;
  if constexpr (std::is_same_v<T, float>) return 9;
  if constexpr (std::is_same_v<T, double>) return 10;
  return -1;
}
}  // namespace detail

/// What an array may hold.
template <class T>
concept Element = detail::dtype_index<T>()
>= 0;

/// `dtype_of<float>` is DType::kFloat32, and so on for every element type.
template <Element T>
inline constexpr DType dtype_of = static_cast<DType>(detail::dtype_index<T>());

}  // namespace laminar
