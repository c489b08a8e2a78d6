// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// Element types of arrays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace laminar {

/// Element types of data that comes in. Models compute in kFloat32 or kFloat64.
enum class DType : std::uint8_t {
  kBool,     ///< bool
  kInt8,     ///< std::int8_t
  kUInt8,    ///< std::uint8_t
  kInt16,    ///< std::int16_t
  kUInt16,   ///< std::uint16_t
  kInt32,    ///< std::int32_t
  kUInt32,   ///< std::uint32_t
  kInt64,    ///< std::int64_t
  kUInt64,   ///< std::uint64_t
  kFloat32,  ///< float
  kFloat64,  ///< double
};

/// Bytes of one element.
/// \param dtype any element type
/// \return 1, 2, 4 or 8
std::size_t size_bytes(DType dtype);

/// NumPy's name of the type.
/// \param dtype any element type
/// \return for instance "float32"; the text lives as long as the program
std::string_view name_of(DType dtype);

/// Whether numbers of the type have fractions.
/// \param dtype any element type
/// \return true for kFloat32 and kFloat64
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

/// What an array may hold: the C++ types that `DType` lists.
template <class T>
concept Element = detail::dtype_index<T>()
>= 0;

/// The element type of a C++ type.
///
/// \code{.cpp}
/// static_assert(dtype_of<float> == DType::kFloat32);
/// assert(name_of(dtype_of<std::int64_t>) == "int64");
/// \endcode
/// \hideinitializer
template <Element T>
inline constexpr DType dtype_of = static_cast<DType>(detail::dtype_index<T>());

}  // namespace laminar
