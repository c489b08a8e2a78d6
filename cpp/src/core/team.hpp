// SPDX-License-Identifier: BSD-3-Clause
//
// Threads that share loops with a caller. They are ours, not OpenMP's, because a caller must never wait for a thread
// that has not begun: what a helper has not taken when the caller is done with its own share, the caller does too. So
// a CPU that is busy with another process costs little, and a thread that sleeps need not be waited for.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <vector>

#include "core/function_ref.hpp"

namespace laminar {

/// Helpers that one caller at a time leads. Between two loops they spin for a moment, then sleep. They live as long
/// as the process; nothing joins them, so neither leaving it nor forking can hang.
class Team {
 public:
  using Body = FunctionRef<void(std::int64_t, std::int64_t)>;

  /// A team of up to `threads`, the caller included; null where no helper is free. `busy`: what comes is long enough
  /// to be worth waking sleeping helpers for at once.
  static Team* lease(int threads, bool busy);
  void give_back();

  int threads() const { return threads_; }

  /// Calls body on at most `parts` ranges that cover [0, n): one for the caller, one for each helper that is awake.
  void run(std::int64_t n, int parts, Body body);

  /// Whether this thread is at a share of a loop now; a helper always is.
  static bool in_share();

  /// Whether helpers are left alone for now, because waiting for them cost more than they saved.
  bool resting() const;

  Team() = default;
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

 private:
  struct Seat;
  class Pool;

  void serve(Seat& seat) const;
  void sleep(Seat& seat) const;
  static void run_share(Seat& seat);
  static void end_share(Seat& seat);
  bool may_wake(std::int64_t now);
  void choose(int parts);
  void offer(Seat& seat, std::int64_t begin, std::int64_t end, const Body& body);
  /// Does what a helper has not begun; waits, and for how long, where it has.
  void finish(Seat& seat);
  /// Settles a loop that would have ended at `alone` without helpers: if they cost more than they saved, they rest.
  void account(std::int64_t alone, std::int64_t now);
  static void wait_until_done(Seat& seat);
  void grow(int helpers);
  void open(int threads, bool busy);

  std::vector<std::unique_ptr<Seat>> seats_;
  std::vector<Seat*> chosen_;  // who takes part in this loop
  int threads_ = 1;
  bool leased_ = false;  // guarded by the pool
  bool busy_ = false;
  std::atomic<bool> in_call_{false};
  std::atomic<int> caller_cpu_{-1};
  // When, in ticks:
  std::int64_t streak_ = 0;      // the calls that follow each other closely began
  std::int64_t given_back_ = 0;  // the last of them ended
  std::int64_t woken_ = 0;       // a helper was last woken
  std::int64_t rest_until_ = 0;  // helpers are left alone
  // How long:
  std::int64_t saved_ = 0;  // helpers made loops shorter, lately
};

}  // namespace laminar
