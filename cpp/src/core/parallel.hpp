// SPDX-License-Identifier: BSD-3-Clause
//
// The one door to threads.
#pragma once

#include <cstdint>

#include "core/context.hpp"
#include "core/function_ref.hpp"

namespace laminar {

/// Calls body(begin, end) on consecutive ranges that cover [0, n), one range a thread at most.
///
/// A thread more may be used for every `grain` items, at most context.threads; under 2 * grain items the caller does it
/// all. How the range is cut depends on the threads that are awake, so a body must give the same bits however it is
/// cut: it owns whole outputs. A thread more costs about a third of a microsecond, plus what the caches must hand over.
/// An exception of a body reaches the caller once all have stopped.
void parallel_for(const Context& context, std::int64_t n, std::int64_t grain,
                  FunctionRef<void(std::int64_t, std::int64_t)> body);

/// parallel_for over elements of an array: ranges are cut at multiples of 64 elements only, so that vector code meets
/// the same elements together, and no cache line has two writers, however many threads there are.
template <class Body>
void parallel_for_elements(const Context& context, std::int64_t n, std::int64_t grain, const Body& body) {
  constexpr std::int64_t kUnit = 64;
  parallel_for(context, (n + kUnit - 1) / kUnit, grain / kUnit,
               [&](std::int64_t begin, std::int64_t end) { body(begin * kUnit, end * kUnit < n ? end * kUnit : n); });
}

/// Leads one team of at most context.threads through all the parallel_for calls that body(context) makes with the
/// context it is handed. Its threads are awake between them and for a moment after, so that the next step finds them;
/// to open and close costs a twentieth of a microsecond. Denormal numbers are flushed to zero on every thread inside,
/// and the caller's setting is restored after. A team or loop within is its own caller's alone.
void with_team(const Context& context, FunctionRef<void(const Context&)> body);

/// The threads a call may use now: `wanted`, but no more than OpenMP has been told to give the calling thread since
/// start-up (threadpoolctl, joblib), and 1 inside a team or a parallel region of somebody's.
int usable_threads(int wanted);

}  // namespace laminar
