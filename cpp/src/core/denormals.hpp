// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace laminar {

/// Flushes denormal numbers to zero on this thread while it lives: they cost a hundred cycles each.
class FlushDenormals {
 public:
#if defined(__x86_64__)
  FlushDenormals() : before_(_mm_getcsr()) {
    if (!already_on()) _mm_setcsr(before_ | kBits);  // a write costs far more than a look
  }
  ~FlushDenormals() {
    if (!already_on()) _mm_setcsr(before_);
  }
#else
  FlushDenormals() {}
  ~FlushDenormals() {}
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__x86_64__)
  static constexpr unsigned kBits = 0x8000 | 0x0040;  // results flushed to zero, operands read as zero
  bool already_on() const { return (before_ & kBits) == kBits; }
  unsigned before_;
#endif
};

}  // namespace laminar
