// SPDX-License-Identifier: BSD-3-Clause
//
// What threads cost: opening a team (fork and join), and a parallel_for inside one (two meetings at the barrier).
// One thread shows the cost of the calls alone. A loop pays where its work saves more than this.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>

#include "core/parallel.hpp"

namespace laminar::bench {
namespace {

void keep_busy(std::chrono::nanoseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

const auto kNothing = [](std::int64_t begin, std::int64_t end) {
  benchmark::DoNotOptimize(begin);
  benchmark::DoNotOptimize(end);
};

Context threads_of(const benchmark::State& state) { return {.threads = static_cast<int>(state.range(0))}; }

void open_team(benchmark::State& state) {
  const Context context = threads_of(state);
  for (auto _ : state) {
    with_team(context, [](const Context& team) { benchmark::DoNotOptimize(team.threads); });
  }
}

void open_team_for_one_loop(benchmark::State& state) {
  const Context context = threads_of(state);
  for (auto _ : state) parallel_for(context, context.threads, 1, kNothing);
}

void loop_in_team(benchmark::State& state) {
  with_team(threads_of(state), [&](const Context& team) {
    for (auto _ : state) parallel_for(team, team.threads, 1, kNothing);
  });
}

/// The caller does something alone between two loops: short of the spin the others are still awake, beyond it asleep.
void loop_after_serial_work(benchmark::State& state) {
  const std::chrono::microseconds pause(state.range(1));
  with_team(threads_of(state), [&](const Context& team) {
    for (auto _ : state) {
      keep_busy(pause);
      const auto start = std::chrono::steady_clock::now();
      parallel_for(team, team.threads, 1, kNothing);
      state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
  });
}

/// A team is opened some time after the last one was closed, as when one call of a user follows another.
void open_team_after_pause(benchmark::State& state) {
  const Context context = threads_of(state);
  const std::chrono::microseconds pause(state.range(1));
  for (auto _ : state) {
    keep_busy(pause);
    const auto start = std::chrono::steady_clock::now();
    parallel_for(context, context.threads, 1, kNothing);
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
}

BENCHMARK(open_team)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK(open_team_for_one_loop)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK(loop_in_team)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK(loop_after_serial_work)
    ->ArgNames({"threads", "pause_us"})
    ->ArgsProduct({{2}, {1, 5, 15, 50, 200, 2000}})
    ->UseManualTime();
BENCHMARK(open_team_after_pause)
    ->ArgNames({"threads", "pause_us"})
    ->ArgsProduct({{2}, {1, 50, 2000, 20000}})
    ->UseManualTime();

}  // namespace
}  // namespace laminar::bench
