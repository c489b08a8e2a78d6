// SPDX-License-Identifier: BSD-3-Clause
//
// What all that turns data into batches goes by: its element types, and the work a thread is worth.
#pragma once

#include <cstdint>

#include "core/tensor.hpp"

namespace laminar {

/// Elements that are worth a thread: about 3 us, as rows in a random order come from a far cache.
inline constexpr std::int64_t kConversionGrain = 1 << 12;
/// The same in rows of this width.
constexpr std::int64_t conversion_grain(std::int64_t width) { return kConversionGrain / (width + 1) + 1; }

/// Calls body.operator()<T>() with the element type of a dtype.
template <class Body>
decltype(auto) dispatch_element(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::kBool:
    case DType::kUInt8:
      return body.template operator()<std::uint8_t>();
    case DType::kInt8:
      return body.template operator()<std::int8_t>();
    case DType::kInt16:
      return body.template operator()<std::int16_t>();
    case DType::kUInt16:
      return body.template operator()<std::uint16_t>();
    case DType::kInt32:
      return body.template operator()<std::int32_t>();
    case DType::kUInt32:
      return body.template operator()<std::uint32_t>();
    case DType::kInt64:
      return body.template operator()<std::int64_t>();
    case DType::kUInt64:
      return body.template operator()<std::uint64_t>();
    case DType::kFloat32:
      return body.template operator()<float>();
    case DType::kFloat64:
      break;
  }
  return body.template operator()<double>();
}

/// The same for what a batch may hold: the model's dtype, or int32 ids and labels.
template <class Body>
decltype(auto) dispatch_batch(DType dtype, Body&& body) {
  if (dtype == DType::kInt32) return body.template operator()<std::int32_t>();
  return dispatch_float(dtype, body);
}

}  // namespace laminar
