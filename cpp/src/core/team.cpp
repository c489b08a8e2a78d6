// SPDX-License-Identifier: BSD-3-Clause
#include "core/team.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "core/denormals.hpp"

#ifdef __unix__
#include <pthread.h>
#endif
#ifdef __linux__
#include <sched.h>
#endif

namespace laminar {
namespace {

/// Time in ticks of about a third of a nanosecond: the processor's counter, which is read faster than a clock.
std::int64_t ticks_now() {
#if defined(__x86_64__)
  return static_cast<std::int64_t>(__builtin_ia32_rdtsc());
#else
  return 3 * std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
#endif
}

constexpr std::int64_t kMicrosecond = 3000;
// A helper awake takes a share in a tenth of a microsecond; asleep, in 60, and waking it costs the caller 10 to 20 (on
// a virtual machine). So it stays awake over the gap between two steps, but no longer than a few wakings would take,
constexpr std::int64_t kSpin = 50 * kMicrosecond;
// and over the serial stretches of a call.
constexpr std::int64_t kSpinInCall = 1000 * kMicrosecond;
// Calls that take less than this in a row, followed by a pause, are not worth a waking.
constexpr std::int64_t kWakeAfter = 200 * kMicrosecond;
// One that falls asleep again and again, say because it shares the caller's CPU, is not woken more often than this.
constexpr std::int64_t kWakeInterval = 1000 * kMicrosecond;
// How long the caller spins for a helper that is at work before it sleeps, which frees its CPU for that helper.
constexpr std::int64_t kPatience = 20 * kMicrosecond;
// Time lost to waiting, beyond what helpers have saved lately, is followed by this many times of it without helpers: a
// busy machine costs a tenth.
constexpr std::int64_t kRestFactor = 10;
constexpr std::int64_t kMostSaved = 1000 * kMicrosecond;
constexpr std::int64_t kLongestRest = 1'000'000 * kMicrosecond;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Spins until `done()`, as long as `goes_on(ticks so far)`; whether it is.
template <class Done, class GoesOn>
bool spin(const Done& done, const GoesOn& goes_on) {
  const std::int64_t begin = ticks_now();
  do {
    for (int i = 0; i < 16; ++i) {
      if (done()) return true;
      pause();
    }
  } while (goes_on(ticks_now() - begin));
  return false;
}

int this_cpu() {
#ifdef __linux__
  return sched_getcpu();
#else
  return -1;
#endif
}

/// While it lives, this thread runs on any CPU it may run on but one. A virtual machine's idle CPUs look busy to Linux,
/// so that it wakes a thread on the CPU it is woken from, where it stands in its caller's way for milliseconds.
class AwayFrom {
 public:
#ifdef __linux__
  explicit AwayFrom(int cpu) {
    if (cpu < 0 || cpu >= CPU_SETSIZE || sched_getaffinity(0, sizeof(before_), &before_) != 0) return;
    if (!CPU_ISSET(static_cast<unsigned>(cpu), &before_) || CPU_COUNT(&before_) < 2) return;
    without_ = before_;
    CPU_CLR(static_cast<unsigned>(cpu), &without_);
    active_ = sched_setaffinity(0, sizeof(without_), &without_) == 0;
  }
  ~AwayFrom() {
    cpu_set_t now;
    if (!active_ || sched_getaffinity(0, sizeof(now), &now) != 0) return;
    // Unless somebody else has chosen CPUs meanwhile.
    if (CPU_EQUAL(&now, &without_)) sched_setaffinity(0, sizeof(before_), &before_);
  }

 private:
  cpu_set_t before_{};
  cpu_set_t without_{};
  bool active_ = false;
#else
  explicit AwayFrom(int) {}
  ~AwayFrom() {}
#endif

 public:
  AwayFrom(const AwayFrom&) = delete;
  AwayFrom& operator=(const AwayFrom&) = delete;
};

// Whether this thread runs a share of a loop.
thread_local bool sharing = false;

// What a seat is at. Only its helper leaves kAsleep for itself, kTaken and kAwaited; only the caller offers.
enum State : std::uint32_t {
  kIdle,     // nothing to do; the helper spins
  kAsleep,   // nothing to do; the helper sleeps
  kOffered,  // there is a share, which the helper may take or the caller take back
  kTaken,    // the helper works
  kAwaited,  // the helper works and the caller sleeps
};

}  // namespace

// A helper's place: what it is offered travels to it in one cache line (two, which some processors fetch together).
struct alignas(128) Team::Seat {
  std::atomic<std::uint32_t> state{kTaken};  // until the thread has begun
  // Written by the caller before an offer, read by the helper that has taken it.
  std::int64_t begin = 0;
  std::int64_t end = 0;
  const Body* body = nullptr;
  std::exception_ptr error;
};

/// All teams of this process. It is never destroyed: its threads may outlive main.
class Team::Pool {
 public:
  static Pool& instance() {
    Pool* pool = current.load(std::memory_order_acquire);
    if (pool != nullptr) return *pool;
    auto* fresh = new Pool;
    if (current.compare_exchange_strong(pool, fresh)) return *fresh;
    delete fresh;
    return *pool;
  }

  Team* lease(int threads, bool busy) {
    const std::lock_guard lock(mutex_);
    Team* team = nullptr;
    for (const auto& candidate : teams_) {
      if (candidate->leased_) continue;
      if (team == nullptr || candidate->seats_.size() > team->seats_.size()) team = candidate.get();
    }
    if (team == nullptr) team = teams_.emplace_back(std::make_unique<Team>()).get();
    const int has = static_cast<int>(team->seats_.size());
    if (has < threads - 1) team->grow(std::min(threads - 1, has + spare(*team, threads)));
    if (team->seats_.empty()) return nullptr;
    team->leased_ = true;
    team->open(threads, busy);
    return team;
  }

  void give_back(Team& team) {
    const std::lock_guard lock(mutex_);
    team.leased_ = false;
  }

 private:
  /// Helpers that may be added to a team: what the first asks for; several callers at a time share the CPUs.
  int spare(const Team& team, int threads) const {
    int taken = 1;
    for (const auto& other : teams_) taken += static_cast<int>(other->seats_.size()) + (other->leased_ ? 1 : 0);
    const bool alone = std::none_of(teams_.begin(), teams_.end(), [](const auto& other) { return other->leased_; });
    const int wanted = threads - 1 - static_cast<int>(team.seats_.size());
    return alone ? wanted : std::clamp(static_cast<int>(std::thread::hardware_concurrency()) - taken, 0, wanted);
  }

  static std::atomic<Pool*> current;
#ifdef __unix__
  // A forked child has none of its parent's threads, so it starts with a pool of its own.
  static const int kForkHandler;
#endif

  std::mutex mutex_;
  std::vector<std::unique_ptr<Team>> teams_;
};

std::atomic<Team::Pool*> Team::Pool::current{nullptr};
#ifdef __unix__
const int Team::Pool::kForkHandler = pthread_atfork(nullptr, nullptr, [] { current.store(nullptr); });
#endif

Team* Team::lease(int threads, bool busy) { return Pool::instance().lease(threads, busy); }

void Team::give_back() {
  given_back_ = ticks_now();
  in_call_.store(false, std::memory_order_relaxed);
  Pool::instance().give_back(*this);
}

void Team::open(int threads, bool busy) {
  threads_ = std::min(threads, static_cast<int>(seats_.size()) + 1);
  busy_ = busy;
  in_call_.store(true, std::memory_order_relaxed);
  caller_cpu_.store(this_cpu(), std::memory_order_relaxed);
  const std::int64_t now = ticks_now();
  if (now - given_back_ > kSpin) streak_ = now;
}

void Team::grow(int helpers) {
  while (static_cast<int>(seats_.size()) < helpers) {
    auto seat = std::make_unique<Seat>();
    chosen_.reserve(seats_.size() + 1);
    seats_.reserve(seats_.size() + 1);
    try {
      std::thread([this, &seat = *seat] { serve(seat); }).detach();
    } catch (const std::system_error&) {
      return;  // the system gives no more threads: fewer will do
    }
    wait_until_done(*seat);  // what a thread allocates to begin with, it does now
    seats_.push_back(std::move(seat));
  }
}

bool Team::in_share() { return sharing; }

bool Team::resting() const { return ticks_now() < rest_until_; }

void Team::serve(Seat& seat) const {
  const FlushDenormals flush;
  sharing = true;
  end_share(seat);
  const auto offered = [&] { return seat.state.load(std::memory_order_relaxed) == kOffered; };
  std::int64_t last_call = 0;
  const auto stays_awake = [&](std::int64_t spun) {
    if (in_call_.load(std::memory_order_relaxed)) last_call = spun;
    return spun - last_call < kSpin && spun < kSpinInCall;
  };
  for (;;) {
    last_call = 0;
    if (!spin(offered, stays_awake)) {
      std::uint32_t state = kIdle;
      if (seat.state.compare_exchange_strong(state, kAsleep)) sleep(seat);
      continue;
    }
    std::uint32_t state = kOffered;
    if (!seat.state.compare_exchange_strong(state, kTaken, std::memory_order_acquire)) continue;
    run_share(seat);
    end_share(seat);
  }
}

void Team::sleep(Seat& seat) const {
  {
    const AwayFrom caller(caller_cpu_.load(std::memory_order_relaxed));
    seat.state.wait(kAsleep, std::memory_order_relaxed);
  }
  // It may have moved meanwhile.
  const int cpu = caller_cpu_.load(std::memory_order_relaxed);
  if (this_cpu() == cpu) const AwayFrom moved(cpu);
}

void Team::end_share(Seat& seat) {
  if (seat.state.exchange(kIdle, std::memory_order_acq_rel) == kAwaited) seat.state.notify_one();
}

void Team::run_share(Seat& seat) {
  try {
    (*seat.body)(seat.begin, seat.end);
  } catch (...) {
    seat.error = std::current_exception();
  }
}

bool Team::may_wake(std::int64_t now) {
  if (now - woken_ < kWakeInterval || !(busy_ || now - streak_ > kWakeAfter)) return false;
  woken_ = now;
  return true;
}

void Team::choose(int parts) {
  chosen_.clear();
  const std::int64_t now = ticks_now();
  if (now < rest_until_) return;
  bool wakes = false;
  bool asked = false;
  for (const auto& seat : seats_) {
    if (static_cast<int>(chosen_.size()) == std::min(parts, threads_) - 1) return;
    if (seat->state.load(std::memory_order_relaxed) == kAsleep) {
      if (!std::exchange(asked, true)) wakes = may_wake(now);
      if (!wakes) continue;
    }
    chosen_.push_back(seat.get());
  }
}

void Team::offer(Seat& seat, std::int64_t begin, std::int64_t end, const Body& body) {
  seat.begin = begin;
  seat.end = end;
  seat.body = &body;
  if (seat.state.exchange(kOffered, std::memory_order_acq_rel) != kAsleep) return;
  caller_cpu_.store(this_cpu(), std::memory_order_relaxed);
  seat.state.notify_one();
}

void Team::run(std::int64_t n, int parts, Body body) {
  choose(parts);
  const auto shares = static_cast<std::int64_t>(chosen_.size()) + 1;
  const std::int64_t own = n / shares;  // at least 1, since parts are at most n
  for (std::int64_t i = 1; i < shares; ++i) {
    offer(*chosen_[static_cast<std::size_t>(i - 1)], n * i / shares, n * (i + 1) / shares, body);
  }
  const std::int64_t begin = ticks_now();
  std::exception_ptr error;
  sharing = true;
  try {
    body(0, own);
  } catch (...) {
    error = std::current_exception();
  }
  const std::int64_t own_ticks = shares > 1 ? ticks_now() - begin : 0;
  for (Seat* seat : chosen_) {
    finish(*seat);
    if (seat->error && !error) error = seat->error;
    seat->error = nullptr;
  }
  sharing = false;
  if (shares > 1) {
    const double alone = static_cast<double>(own_ticks) * static_cast<double>(n) / static_cast<double>(own);
    account(begin + static_cast<std::int64_t>(alone), ticks_now());
  }
  if (error) std::rethrow_exception(error);
}

void Team::account(std::int64_t alone, std::int64_t now) {
  saved_ = std::min(saved_ + alone - now, kMostSaved);
  if (saved_ >= -kPatience) return;
  rest_until_ = now + std::min(kRestFactor * -saved_, kLongestRest);
  saved_ = 0;
}

void Team::finish(Seat& seat) {
  std::uint32_t state = kOffered;
  if (seat.state.compare_exchange_strong(state, kIdle, std::memory_order_acquire)) {
    run_share(seat);
  } else {
    wait_until_done(seat);
  }
}

void Team::wait_until_done(Seat& seat) {
  const auto done = [&] {
    const std::uint32_t state = seat.state.load(std::memory_order_acquire);
    return state == kIdle || state == kAsleep;
  };
  if (spin(done, [](std::int64_t spun) { return spun < kPatience; })) return;
  std::uint32_t state = kTaken;
  if (!seat.state.compare_exchange_strong(state, kAwaited, std::memory_order_acquire)) return;
  while (!done()) seat.state.wait(kAwaited, std::memory_order_acquire);
}

}  // namespace laminar
