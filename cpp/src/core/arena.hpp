// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

namespace laminar {

/// Every buffer and every parameter starts on a cache line.
inline constexpr std::size_t kAlignmentBytes = 64;

constexpr std::size_t align_up(std::size_t bytes) {
  return (bytes + kAlignmentBytes - 1) / kAlignmentBytes * kAlignmentBytes;
}

/// One 64-byte-aligned block of memory that its owner may only move.
class Arena {
 public:
  Arena() = default;
  explicit Arena(std::size_t size_bytes);  ///< zero-filled; std::bad_alloc when there is no room
  ~Arena();
  Arena(Arena&& other) noexcept;
  Arena& operator=(Arena&& other) noexcept;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  std::byte* data() const { return data_; }
  std::size_t size_bytes() const { return size_bytes_; }

  /// At least this many bytes; a grown arena loses its content, one large enough is left alone.
  void reserve(std::size_t size_bytes);

 private:
  std::byte* data_ = nullptr;
  std::size_t size_bytes_ = 0;
};

}  // namespace laminar
