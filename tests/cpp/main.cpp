// SPDX-License-Identifier: BSD-3-Clause
//
// Every test, on the instruction set that LAMINAR_ISA names. Exits with 77 (skipped) where the
// processor lacks it. The compiler's runtime is asked, not laminar: a dispatcher that wrongly
// refuses a set must fail here, not be skipped.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

bool processor_has(std::string_view isa) {
#if defined(__x86_64__)
  if (isa == "avx2") return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (isa == "avx512") {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  }
#endif
  return isa.empty() || isa == "generic";
}

}  // namespace

int main(int argc, char** argv) {
  const char* isa = std::getenv("LAMINAR_ISA");
  if (isa != nullptr && !processor_has(isa)) {
    std::printf("skipped: this processor has no %s\n", isa);
    return 77;
  }
  return doctest::Context(argc, argv).run();
}
