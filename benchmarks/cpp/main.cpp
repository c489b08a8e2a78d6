// SPDX-License-Identifier: BSD-3-Clause
//
// Every kernel of every instruction set that this machine runs, against the roofline of the machine
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <tuple>

#include "cases.hpp"
#include "core/cpu.hpp"
#include "core/parallel.hpp"
#include "roofline.hpp"

namespace laminar::bench {
namespace {

constexpr double kWorthThreads = 1e7;  // flops of a product that is also measured on two threads

using Rooflines = std::map<std::tuple<std::string, std::string, int>, Roofline>;

Rooflines measure_rooflines(int most_threads) {
  Rooflines rooflines;
  for (const std::string& isa : available_isas()) {
    for (const char* dtype : {kDtype<float>, kDtype<double>}) {
      for (int threads = 1; threads <= most_threads; ++threads) {
        const Roofline roofline = measure_roofline(isa, dtype, threads);
        std::cerr << isa << ' ' << dtype << ' ' << threads << (threads == 1 ? " thread:  " : " threads: ")
                  << summary(roofline) << std::endl;
        rooflines.emplace(std::tuple(isa, dtype, threads), roofline);
      }
    }
  }
  return rooflines;
}

/// Counters: GFLOP or GB a second, and `roof`, the least time that the machine allows over the time that it took.
void run(benchmark::State& state, const Case& measured, const Context& context, const Roofline& roofline) {
  const Problem problem = measured.make();
  double seconds = 0;
  with_team(context, [&](const Context& team) {
    const Target target{.context = team};
    const auto start = std::chrono::steady_clock::now();
    for (auto _ : state) problem.run(target);
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  });
  const double seconds_per_call = seconds / static_cast<double>(state.iterations());
  using benchmark::Counter;
  const bool computes = measured.flops > 0;
  state.counters[computes ? "GFLOP" : "GB"] =
      Counter((computes ? measured.flops : measured.traffic_bytes) / 1e9, Counter::kIsIterationInvariantRate);
  state.counters["roof"] = roofline.least_seconds(measured) / seconds_per_call;
}

void register_cases(int most_threads) {
  // They outlive this function, since benchmarks refer to them.
  static const std::vector<Case> cases = all_cases();
  static const Rooflines rooflines = measure_rooflines(most_threads);
  for (const Case& measured : cases) {
    for (const std::string& isa : available_isas()) {
      for (int threads = 1; threads <= (measured.flops >= kWorthThreads ? most_threads : 1); ++threads) {
        const Roofline& roofline = rooflines.at({isa, measured.dtype, threads});
        const Context context{.table = &kernel_table(isa), .threads = threads};
        const std::string name = measured.kernel + "/" + measured.shape + "/" + measured.dtype + "/" + isa +
                                 "/threads:" + std::to_string(threads);
        benchmark::RegisterBenchmark(name.c_str(), [&measured, &roofline, context](benchmark::State& state) {
          run(state, measured, context, roofline);
        })->UseRealTime();
      }
    }
  }
}

}  // namespace
}  // namespace laminar::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  laminar::bench::register_cases(std::min(2u, std::max(1u, std::thread::hardware_concurrency())));
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
