// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace laminar::test {

#if defined(__x86_64__)

/// What the CPU says of the upper halves of its first sixteen vector registers: bits of XCR0.
[[gnu::target("xsave")]] inline std::uint64_t upper_halves_in_use() {
  constexpr std::uint64_t kUpperYmm = 1 << 2, kUpperZmm = 1 << 6;
  std::uint32_t low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(1));
  return low & (kUpperYmm | kUpperZmm);
}

/// Whether it can be asked, and says "none" after vzeroupper.
inline bool knows_upper_halves() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned kOsUsesXsave = 1U << 27, kAvx = 1U << 28, kReportsUse = 1U << 2;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & kOsUsesXsave) == 0 || (c & kAvx) == 0) return false;
  if (__get_cpuid_count(0xD, 1, &a, &b, &c, &d) == 0 || (a & kReportsUse) == 0) return false;
  asm volatile("vzeroupper");
  return upper_halves_in_use() == 0;
}

#else
inline std::uint64_t upper_halves_in_use() { return 0; }
inline bool knows_upper_halves() { return false; }
#endif

}  // namespace laminar::test
