// SPDX-License-Identifier: BSD-3-Clause
// The rate of fused multiply-adds that this machine reaches when nothing else is asked of it: the roof of every
// product.
//     c++ -O3 -std=gnu++20 -ffp-contract=fast -pthread fma_peak.cpp -o fma_peak && ./fma_peak [threads]
// Prints a line for each instruction set and type: <isa> <dtype> <threads> <GFLOP/s>.
#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

// Two units of latency four need eight chains in flight; twelve leave slack and fit the sixteen registers of AVX2.
constexpr int kChains = 12;
constexpr int kRounds = 8;
constexpr double kFlopsPerRound = 1e10;

// A function of n steps, each one multiply-add a chain. The empty asm keeps every chain in a register and in the
// program.
#define LAMINAR_CHAINS(NAME, TARGET, ELEMENT, BYTES)                                               \
  __attribute__((target(TARGET), noinline)) void NAME(long n) {                                    \
    typedef ELEMENT Vector __attribute__((vector_size(BYTES)));                                    \
    const Vector scale = Vector{} + ELEMENT(0.999), shift = Vector{} + ELEMENT(1);                 \
    Vector a = shift, b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a; \
    for (long step = 0; step < n; ++step) {                                                        \
      a = a * scale + shift, b = b * scale + shift, c = c * scale + shift, d = d * scale + shift;  \
      e = e * scale + shift, f = f * scale + shift, g = g * scale + shift, h = h * scale + shift;  \
      i = i * scale + shift, j = j * scale + shift, k = k * scale + shift, l = l * scale + shift;  \
      asm volatile("" : "+v"(a), "+v"(b), "+v"(c), "+v"(d), "+v"(e), "+v"(f));                     \
      asm volatile("" : "+v"(g), "+v"(h), "+v"(i), "+v"(j), "+v"(k), "+v"(l));                     \
    }                                                                                              \
  }
LAMINAR_CHAINS(chains_avx2_float, "avx2,fma", float, 32)
LAMINAR_CHAINS(chains_avx2_double, "avx2,fma", double, 32)
LAMINAR_CHAINS(chains_avx512_float, "avx512f", float, 64)
LAMINAR_CHAINS(chains_avx512_double, "avx512f", double, 64)

struct Probe {
  const char* isa;
  const char* dtype;
  int lanes;
  void (*run)(long);
};

// GFLOP/s of all threads together, from the first one's start to the last one's end.
double rate(const Probe& probe, int threads) {
  const double flops_per_step = 2.0 * kChains * probe.lanes;
  const long steps = static_cast<long>(kFlopsPerRound / flops_per_step);
  std::vector<Clock::time_point> start(threads), end(threads);
  std::barrier together(threads);
  std::vector<std::jthread> team;
  for (int thread = 0; thread < threads; ++thread) {
    team.emplace_back([&, thread] {
      together.arrive_and_wait();
      start[thread] = Clock::now();
      probe.run(steps);
      end[thread] = Clock::now();
    });
  }
  team.clear();  // joins
  const auto first = *std::min_element(start.begin(), start.end());
  const auto last = *std::max_element(end.begin(), end.end());
  const double seconds = std::chrono::duration<double>(last - first).count();
  return flops_per_step * static_cast<double>(steps) * threads / seconds / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  const int threads =
      argc > 1 ? std::max(1, std::atoi(argv[1])) : static_cast<int>(std::thread::hardware_concurrency());
  std::vector<Probe> probes;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    probes.push_back({"avx2", "float32", 8, chains_avx2_float});
    probes.push_back({"avx2", "float64", 4, chains_avx2_double});
  }
  if (__builtin_cpu_supports("avx512f")) {
    probes.push_back({"avx512", "float32", 16, chains_avx512_float});
    probes.push_back({"avx512", "float64", 8, chains_avx512_double});
  }
  for (const Probe& probe : probes) {
    double best = 0;
    for (int round = 0; round < kRounds; ++round) best = std::max(best, rate(probe, threads));
    std::printf("%s %s %d %.1f\n", probe.isa, probe.dtype, threads, best);
  }
}
