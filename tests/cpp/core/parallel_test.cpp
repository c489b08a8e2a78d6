// SPDX-License-Identifier: BSD-3-Clause
#include "core/parallel.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/team.hpp"
#include "laminar/runtime.hpp"
#include "support/tensors.hpp"

#ifdef __linux__
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace laminar::test {
namespace {

/// How often parallel_for visits each number of [0, n), and with how many calls.
struct Coverage {
  std::vector<int> visits;
  int calls = 0;

  Coverage(const Context& context, std::int64_t n, std::int64_t grain) : visits(static_cast<std::size_t>(n)) {
    std::mutex mutex;
    parallel_for(context, n, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
      const std::lock_guard lock(mutex);
      ++calls;
    });
  }
  bool once() const {
    return std::all_of(visits.begin(), visits.end(), [](int n) { return n == 1; });
  }
};

TEST_CASE("ranges cover [0, n) once, one range a thread at most") {
  for (int threads = 1; threads <= 8; ++threads) {
    for (const std::int64_t n : {0, 1, 2, 7, 8, 9, 1000}) {
      for (const std::int64_t grain : {1, 3, 100}) {
        CAPTURE(threads);
        CAPTURE(n);
        CAPTURE(grain);
        const Coverage found(context(threads), n, grain);
        CHECK(found.once());
        CHECK(found.calls <= std::max<std::int64_t>(n > 0 ? 1 : 0, std::min<std::int64_t>(threads, n / grain)));
      }
    }
  }
}

TEST_CASE("elements are cut at multiples of 64") {
  for (const int threads : {1, 2, 3, 4}) {
    for (const std::int64_t n : {0, 63, 64, 65, 1000}) {
      std::atomic<std::int64_t> covered{0};
      std::atomic<bool> aligned{true};
      parallel_for_elements(context(threads), n, 64, [&](std::int64_t begin, std::int64_t end) {
        covered += end - begin;
        if (begin % 64 != 0 || (end % 64 != 0 && end != n)) aligned = false;
      });
      CHECK(covered == n);
      CHECK(aligned);
    }
  }
}

TEST_CASE("one team serves many loops, of many sizes") {
  for (const int threads : {2, 3, 4, 8}) {
    std::vector<std::int64_t> numbers(100, 0);
    const int usable = usable_threads(threads);
    with_team(context(threads), [&](const Context& inner) {
      CHECK(inner.threads == usable);
      for (int round = 0; round < 700; ++round) {
        parallel_for(inner, round % 7 == 0 ? 1 : 100, 1, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) ++numbers[static_cast<std::size_t>(i)];
        });
      }
    });
    CHECK(numbers[0] == 700);
    CHECK(numbers[99] == 700 - 100);
  }
}

TEST_CASE("an exception of a body reaches the caller, and the team goes on") {
  for (const int threads : {1, 2, 4}) {
    with_team(context(threads), [&](const Context& inner) {
      for (int round = 0; round < 50; ++round) {
        const auto body = [&](std::int64_t begin, std::int64_t) {
          if (begin == 0 || round % 2 == 0) throw std::runtime_error("from a body");
        };
        CHECK_THROWS_WITH_AS(parallel_for(inner, 100, 1, body), "from a body", std::runtime_error);
        CHECK(Coverage(inner, 100, 1).once());
      }
    });
    const auto leave = [&] { with_team(context(threads), [](const Context&) { throw std::logic_error("left"); }); };
    CHECK_THROWS_AS(leave(), std::logic_error);
    CHECK(Coverage(context(threads), 100, 1).once());
  }
}

TEST_CASE("loops within loops and teams within teams are right, if serial") {
  for (const int threads : {1, 2, 4}) {
    std::atomic<int> visits{0};
    with_team(context(threads), [&](const Context& inner) {
      with_team(inner, [&](const Context& innermost) {
        parallel_for(innermost, 8, 1, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) {
            // With the team at hand, and as a layer would that knows of none.
            parallel_for(innermost, 10, 1, [&](std::int64_t b, std::int64_t e) { visits += static_cast<int>(e - b); });
            parallel_for(context(threads), 10, 1,
                         [&](std::int64_t b, std::int64_t e) { visits += static_cast<int>(e - b); });
          }
        });
      });
    });
    CHECK(visits == 160);
  }
}

TEST_CASE("several threads of the caller's have teams of their own") {
  std::vector<std::thread> callers;
  std::atomic<int> right{0};
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) right += Coverage(context(2), 1000, 1).once() ? 1 : 0;
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(right == 200);
}

#if defined(__x86_64__)

/// Half the smallest normal number, reckoned at run time.
bool denormals_survive() {
  volatile float number = std::numeric_limits<float>::min();
  number = number * 0.5F;
  return number != 0.0F;
}

TEST_CASE("denormals are flushed on every thread inside, and the caller's setting comes back") {
  REQUIRE(denormals_survive());
  for (const int threads : {1, 2, 4}) {
    std::atomic<int> flushed{0};
    const auto count = [&](std::int64_t begin, std::int64_t end) {
      if (!denormals_survive()) flushed += static_cast<int>(end - begin);
    };
    parallel_for(context(threads), 16, 1, count);
    with_team(context(threads), [&](const Context& inner) {
      if (!denormals_survive()) ++flushed;
      parallel_for(inner, 16, 1, count);
      parallel_for(inner, 1, 1, count);
    });
    CHECK(flushed == 34);
    CHECK(denormals_survive());
    CHECK_THROWS(with_team(context(threads), [](const Context&) { throw 1; }));
    CHECK(denormals_survive());
  }
}

#endif

/// Runs loops until one has had a share on a thread of its own; false after half a minute.
bool helped(const Context& inner, const std::function<void(bool helper)>& share) {
  const std::thread::id caller = std::this_thread::get_id();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  std::atomic<bool> helper{false};
  while (!helper && std::chrono::steady_clock::now() < end) {
    parallel_for(inner, 2, 1, [&](std::int64_t begin, std::int64_t shares_end) {
      if (shares_end - begin == 2) return;  // no helper is awake
      if (std::this_thread::get_id() != caller) {
        helper = true;
        share(true);
        return;
      }
      // The caller's share ends when the helper has begun, or a moment later.
      const auto moment = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
      while (begin == 0 && !helper && std::chrono::steady_clock::now() < moment) std::this_thread::yield();
      share(false);
    });
  }
  return helper;
}

Context busy_context() {
  Context result = context(2);
  result.busy = true;
  return result;
}

TEST_CASE("a helper is woken and does its share") {
  with_team(busy_context(), [&](const Context& inner) {
    REQUIRE(inner.team != nullptr);
    for (int round = 0; round < 5; ++round) CHECK(helped(inner, [](bool) {}));
  });
}

TEST_CASE("what helpers throw reaches the caller") {
  with_team(busy_context(), [&](const Context& inner) {
    const auto throw_there = [](bool helper) {
      if (helper) throw std::runtime_error("from a helper");
    };
    CHECK_THROWS_WITH_AS(helped(inner, throw_there), "from a helper", std::runtime_error);
    CHECK(Coverage(inner, 100, 1).once());
  });
}

TEST_CASE("a helper that keeps the caller waiting is left alone for a while") {
  with_team(busy_context(), [&](const Context& inner) {
    REQUIRE(helped(inner, [](bool helper) {
      if (helper) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }));
    CHECK(inner.team->resting());  // for a second
    const Coverage alone(inner, 100, 1);
    CHECK(alone.once());
    CHECK(alone.calls == 1);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (inner.team->resting() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    CHECK(helped(inner, [](bool) {}));
  });
}

TEST_CASE("a share that takes its time and saves the caller more is no reason to rest") {
  with_team(busy_context(), [&](const Context& inner) {
    const auto work = [](std::int64_t begin, std::int64_t end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100 * (end - begin)));
    };
    REQUIRE(helped(inner, [](bool) {}));
    parallel_for(inner, 3, 1, work);  // one part for the caller, two for the helper
    CHECK(!inner.team->resting());
  });
}

#ifdef __linux__

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

TEST_CASE("helpers sleep when nothing is to be done") {
  with_team(busy_context(), [&](const Context& inner) { CHECK(helped(inner, [](bool) {})); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const double before = cpu_seconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(cpu_seconds() - before < 0.01);
}

TEST_CASE("a forked child has threads of its own") {
  Coverage(context(4), 100, 1);  // the parent has used its threads
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(60);
    bool right = Coverage(context(4), 1000, 1).once();
    with_team(busy_context(), [&](const Context& inner) { right = right && helped(inner, [](bool) {}); });
    _exit(right ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(Coverage(context(4), 100, 1).once());
}

TEST_CASE("a child forked within a team finishes its work without helpers") {
  with_team(context(3), [&](const Context& inner) {
    Coverage(inner, 100, 1);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      alarm(60);
      bool right = true;
      for (int round = 0; round < 100; ++round) right = right && Coverage(inner, 1000, 1).once();
      _exit(right ? 0 : 1);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  });
}

#endif

TEST_CASE("there is a default number of threads") { CHECK(default_threads() >= 1); }

}  // namespace
}  // namespace laminar::test
