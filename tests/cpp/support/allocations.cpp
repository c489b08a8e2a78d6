// SPDX-License-Identifier: BSD-3-Clause
//
// malloc and its kin of this program, which operator new calls as well: they count, then hand on to the C library's.
#include "support/allocations.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

namespace {

std::atomic<bool> counting{false};
std::atomic<long> counted{0};

void note() {
  if (counting.load(std::memory_order_relaxed)) counted.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t n, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

[[gnu::visibility("default")]] void* malloc(std::size_t size) {
  note();
  return __libc_malloc(size);
}
[[gnu::visibility("default")]] void* calloc(std::size_t n, std::size_t size) {
  note();
  return __libc_calloc(n, size);
}
[[gnu::visibility("default")]] void* realloc(void* old, std::size_t size) {
  note();
  return __libc_realloc(old, size);
}
[[gnu::visibility("default")]] void* memalign(std::size_t alignment, std::size_t size) {
  note();
  return __libc_memalign(alignment, size);
}
[[gnu::visibility("default")]] void* aligned_alloc(std::size_t alignment, std::size_t size) {
  note();
  return __libc_memalign(alignment, size);
}
[[gnu::visibility("default")]] int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
  note();
  *out = __libc_memalign(alignment, size);
  return *out == nullptr ? ENOMEM : 0;
}

}  // extern "C"

namespace laminar::test {

CountAllocations::CountAllocations() {
  counted = 0;
  counting = true;
}
CountAllocations::~CountAllocations() { counting = false; }
bool CountAllocations::works() { return true; }
long CountAllocations::count() const { return counted.load(); }

}  // namespace laminar::test

#else

namespace laminar::test {

CountAllocations::CountAllocations() = default;
CountAllocations::~CountAllocations() = default;
bool CountAllocations::works() { return false; }
long CountAllocations::count() const { return 0; }

}  // namespace laminar::test

#endif
