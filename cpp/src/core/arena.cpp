// SPDX-License-Identifier: BSD-3-Clause
#include "core/arena.hpp"

#include <cstring>
#include <new>
#include <utility>

namespace laminar {

Arena::Arena(std::size_t size_bytes) : size_bytes_(align_up(size_bytes)) {
  if (size_bytes_ == 0) return;
  data_ = static_cast<std::byte*>(::operator new (size_bytes_, std::align_val_t{kAlignmentBytes}));
  std::memset(data_, 0, size_bytes_);
}

Arena::~Arena() { ::operator delete (data_, std::align_val_t{kAlignmentBytes}); }

Arena::Arena(Arena&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_bytes_(std::exchange(other.size_bytes_, 0)) {}

Arena& Arena::operator=(Arena&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_bytes_, other.size_bytes_);
  return *this;
}

void Arena::reserve(std::size_t size_bytes) {
  if (size_bytes > size_bytes_) *this = Arena(size_bytes);
}

}  // namespace laminar
