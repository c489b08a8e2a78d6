// SPDX-License-Identifier: BSD-3-Clause
//
// What has no bytes may have no memory: the standard's functions do not allow null for it.
#pragma once

#include <cstddef>
#include <cstring>

namespace laminar {

/// The two do not overlap.
inline void copy_bytes(void* to, const void* from, std::size_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
}

inline void clear_bytes(void* to, std::size_t bytes) {
  if (bytes > 0) std::memset(to, 0, bytes);
}

}  // namespace laminar
