// SPDX-License-Identifier: BSD-3-Clause
#include "core/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <utility>

#include "core/denormals.hpp"

#ifdef _OPENMP
#include <omp.h>
#include <pthread.h>
#endif

namespace laminar {
namespace {

// Long enough to bridge the serial stretch between two kernels, short enough to leave the CPU to others.
constexpr std::chrono::microseconds kSpin{20};

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Set while a thread runs its share of a loop: a loop within it is its own alone.
thread_local bool in_body = false;

/// Waits until `value` is no longer `old`: first spinning, then asleep.
std::uint32_t wait_for_change(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
  const auto deadline = std::chrono::steady_clock::now() + kSpin;
  do {
    for (int i = 0; i < 64; ++i) {
      const std::uint32_t now = value.load(std::memory_order_acquire);
      if (now != old) return now;
      pause();
    }
  } while (std::chrono::steady_clock::now() < deadline);
  std::uint32_t now = old;
  while (now == old) {
    value.wait(old, std::memory_order_acquire);
    now = value.load(std::memory_order_acquire);
  }
  return now;
}

}  // namespace

/// Threads that wait for ranges of work. Thread 0, the caller, hands them out and takes part.
class Team {
 public:
  using Body = FunctionRef<void(std::int64_t, std::int64_t)>;

  explicit Team(int threads) : threads_(threads) {}
  int threads() const { return threads_; }

  /// What threads 1.. do until `close`.
  void serve(int thread) {
    std::uint32_t seen = 0;
    for (;;) {
      seen = wait_for_change(round_, seen);
      if (closed_) return;
      run_share(thread);
      if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
    }
  }

  void run(std::int64_t n, int parts, Body body) {
    n_ = n;
    parts_ = parts;
    body_ = &body;
    busy_.store(static_cast<std::uint32_t>(threads_ - 1), std::memory_order_relaxed);
    next_round();
    run_share(0);
    for (std::uint32_t left = busy_.load(std::memory_order_acquire); left != 0;) left = wait_for_change(busy_, left);
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

  void close() {
    closed_ = true;
    next_round();
  }

 private:
  void next_round() {
    round_.fetch_add(1, std::memory_order_release);
    round_.notify_all();
  }

  void run_share(int thread) {
    if (thread >= parts_) return;
    const std::int64_t begin = n_ * thread / parts_;
    const std::int64_t end = n_ * (thread + 1) / parts_;
    if (begin == end) return;
    in_body = true;
    try {
      (*body_)(begin, end);
    } catch (...) {
      const std::lock_guard lock(error_mutex_);
      if (!error_) error_ = std::current_exception();
    }
    in_body = false;
  }

  const int threads_;
  std::atomic<std::uint32_t> round_{0};
  std::atomic<std::uint32_t> busy_{0};
  // Written by thread 0 before a round opens, read by the others after.
  std::int64_t n_ = 0;
  int parts_ = 0;
  const Body* body_ = nullptr;
  bool closed_ = false;
  std::mutex error_mutex_;
  std::exception_ptr error_;
};

namespace {

#ifdef _OPENMP

std::atomic<bool> forked_child{false};
// GCC's OpenMP runtime hangs in a forked child whose parent had used it, so such a child stays serial.
const int kForkHandler = pthread_atfork(nullptr, nullptr, [] { forked_child = true; });
// What OpenMP offered when laminar was loaded; less than that later is somebody's limit.
const int kThreadsAtLoad = omp_get_max_threads();

void open_team(int threads, const Context& context, FunctionRef<void(const Context&)> body) {
  Team* team = nullptr;
  std::exception_ptr error;
  std::atomic<std::uint32_t> ready{0};
#pragma omp parallel num_threads(threads) default(shared)
  {
    const FlushDenormals flush;
    if (omp_get_thread_num() == 0) {
      // The runtime may give fewer threads than were asked for.
      Team own(omp_get_num_threads());
      team = &own;
      ready.store(1, std::memory_order_release);
      ready.notify_all();
      Context inner = context;
      inner.threads = own.threads();
      inner.team = &own;
      try {
        body(inner);
      } catch (...) {
        error = std::current_exception();
      }
      own.close();
      // `own` must outlive the others' last look at it.
      for (std::uint32_t here = ready.load(std::memory_order_acquire);
           here != static_cast<std::uint32_t>(own.threads());) {
        here = wait_for_change(ready, here);
      }
    } else {
      if (ready.load(std::memory_order_acquire) == 0) wait_for_change(ready, 0);
      team->serve(omp_get_thread_num());
      ready.fetch_add(1, std::memory_order_acq_rel);
      ready.notify_all();
    }
  }
  if (error) std::rethrow_exception(error);
}

#endif

}  // namespace

void parallel_for(const Context& context, std::int64_t n, std::int64_t grain,
                  FunctionRef<void(std::int64_t, std::int64_t)> body) {
  if (n <= 0) return;
  const std::int64_t worth = std::max<std::int64_t>(1, n / std::max<std::int64_t>(1, grain));
  const int parts = static_cast<int>(std::min<std::int64_t>(context.threads, worth));
  if (parts <= 1 || in_body) {
    const FlushDenormals flush;
    body(0, n);
  } else if (context.team != nullptr) {
    context.team->run(n, parts, body);
  } else {
    with_team(context, [&](const Context& inner) { parallel_for(inner, n, grain, body); });
  }
}

void with_team(const Context& context, FunctionRef<void(const Context&)> body) {
#ifdef _OPENMP
  const int threads = context.team != nullptr ? 1 : usable_threads(context.threads);
  if (threads > 1) {
    open_team(threads, context, body);
    return;
  }
#endif
  const FlushDenormals flush;
  if (context.team != nullptr) {
    body(context);
    return;
  }
  Context serial = context;
  serial.threads = 1;
  body(serial);
}

int usable_threads(int wanted) {
#ifdef _OPENMP
  if (wanted <= 1 || forked_child || omp_in_parallel() != 0) return 1;
  const int offered = omp_get_max_threads();
  return offered < kThreadsAtLoad ? std::min(wanted, offered) : wanted;
#else
  static_cast<void>(wanted);
  return 1;
#endif
}

}  // namespace laminar
