// SPDX-License-Identifier: BSD-3-Clause
#include "core/parallel.hpp"

#include <algorithm>
#include <utility>

#include "core/denormals.hpp"
#include "core/team.hpp"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace laminar {
namespace {

#ifdef _OPENMP
// What OpenMP offered when laminar was loaded; less than that later is somebody's limit.
const int kThreadsAtLoad = omp_get_max_threads();
#endif

// Whether this thread is in the body of with_team: a team within has one thread.
thread_local bool in_team = false;

class Lease {
 public:
  explicit Lease(Team* team) : team_(team), before_(std::exchange(in_team, true)) {}
  ~Lease() {
    in_team = before_;
    if (team_ != nullptr) team_->give_back();
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

 private:
  Team* team_;
  bool before_;
};

}  // namespace

void parallel_for(const Context& context, std::int64_t n, std::int64_t grain,
                  FunctionRef<void(std::int64_t, std::int64_t)> body) {
  if (n <= 0) return;
  const std::int64_t worth = std::max<std::int64_t>(1, n / std::max<std::int64_t>(1, grain));
  const int parts = static_cast<int>(std::min<std::int64_t>(context.threads, worth));
  if (parts <= 1 && context.inside) {
    body(0, n);
  } else if (parts <= 1 || Team::in_share()) {
    const FlushDenormals flush;
    body(0, n);
  } else if (context.team != nullptr) {
    context.team->run(n, parts, body);
  } else {
    with_team(context, [&](const Context& inner) { parallel_for(inner, n, grain, body); });
  }
}

void with_team(const Context& context, FunctionRef<void(const Context&)> body) {
  const FlushDenormals flush;
  if (context.team != nullptr) {
    body(context);
    return;
  }
  const int threads = usable_threads(context.threads);
  Team* team = threads > 1 ? Team::lease(threads, context.busy) : nullptr;
  const Lease lease(team);
  Context inner = context;
  inner.team = team;
  inner.threads = team != nullptr ? team->threads() : 1;
  inner.inside = true;
  body(inner);
}

int usable_threads(int wanted) {
  if (wanted <= 1 || in_team || Team::in_share()) return 1;
#ifdef _OPENMP
  if (omp_in_parallel() != 0) return 1;
  const int offered = omp_get_max_threads();
  if (offered < kThreadsAtLoad) wanted = std::min(wanted, offered);
  return std::min(wanted, omp_get_thread_limit());
#else
  return wanted;
#endif
}

}  // namespace laminar
