// SPDX-License-Identifier: BSD-3-Clause
#include "core/arena.hpp"

#include <cstring>
#include <new>
#include <utility>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace laminar {
namespace {

constexpr std::size_t kHugePageBytes = std::size_t{1} << 21;
// An arena that fills fewer would mostly consist of its incomplete last one.
constexpr std::size_t kFewestHugePages = 2;

std::align_val_t alignment_of(std::size_t size_bytes) {
  return std::align_val_t{size_bytes >= kFewestHugePages * kHugePageBytes ? kHugePageBytes : kAlignmentBytes};
}

/// Optimizers and products walk through whole arenas, where small pages make the processor look up an address every 4
/// KiB. It is advice: nothing depends on whether the system follows it.
void ask_for_huge_pages([[maybe_unused]] std::byte* data, [[maybe_unused]] std::size_t size_bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  const std::size_t whole = size_bytes / kHugePageBytes * kHugePageBytes;
  if (whole >= kFewestHugePages * kHugePageBytes) madvise(data, whole, MADV_HUGEPAGE);
#endif
}

}  // namespace

Arena::Arena(std::size_t size_bytes) : size_bytes_(align_up(size_bytes)) {
  if (size_bytes_ == 0) return;
  data_ = static_cast<std::byte*>(::operator new(size_bytes_, alignment_of(size_bytes_)));
  ask_for_huge_pages(data_, size_bytes_);
  std::memset(data_, 0, size_bytes_);
}

Arena::~Arena() { ::operator delete(data_, alignment_of(size_bytes_)); }

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
