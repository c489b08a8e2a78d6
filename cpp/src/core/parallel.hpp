// SPDX-License-Identifier: BSD-3-Clause
//
// The one door to threads.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

#include "core/context.hpp"

namespace laminar {

/// A reference to a callable that outlives the call; unlike std::function it never allocates.
template <class Signature>
class FunctionRef;
template <class Result, class... Arguments>
class FunctionRef<Result(Arguments...)> {
 public:
  template <class Callable>
  requires(!std::is_same_v<std::remove_cvref_t<Callable>, FunctionRef>)
      FunctionRef(Callable&& callable)  // NOLINT(google-explicit-constructor)
      : callable_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))),
        invoke_([](void* target, Arguments... arguments) -> Result {
          return (*static_cast<std::remove_reference_t<Callable>*>(target))(arguments...);
        }) {}
  Result operator()(Arguments... arguments) const { return invoke_(callable_, arguments...); }

 private:
  void* callable_;
  Result (*invoke_)(void*, Arguments...);
};

/// Calls body(begin, end) on consecutive ranges that cover [0, n), one range a thread.
///
/// A thread more is used for every `grain` items, at most context.threads; under 2 * grain items the
/// caller does it all. How the range is cut depends on the number of threads, so a body must give
/// the same bits however it is cut: it owns whole outputs. An exception of a body reaches the
/// caller once all have stopped.
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

/// Opens one team of context.threads for all the parallel_for calls that body(context) makes with the
/// context it is handed. Between them the threads wait at a barrier of ours (a short spin, then
/// sleep): a fork and join for every kernel costs more than a small layer. Denormal numbers are
/// flushed to zero on every thread inside, and the caller's setting is restored after.
void with_team(const Context& context, FunctionRef<void(const Context&)> body);

/// The threads a call may use now: `wanted`, but no more than OpenMP has been told to give the calling
/// thread since start-up (threadpoolctl, joblib), and 1 inside a parallel region or a forked child.
int usable_threads(int wanted);

}  // namespace laminar
