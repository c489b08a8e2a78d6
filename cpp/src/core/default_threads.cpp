// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#ifdef __linux__
#include <sched.h>
#endif

#include "laminar/error.hpp"
#include "laminar/runtime.hpp"

namespace laminar {
namespace {

std::optional<int> from_environment(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return std::nullopt;
  int value = 0;
  // OMP_NUM_THREADS may be a list, one number a nesting level; the first is ours.
  const char* end = text + std::strcspn(text, ",");
  const auto [rest, error] = std::from_chars(text, end, value);
  if (error != std::errc() || rest != end || value < 1) {
    throw ValueError(std::string(name) + ": expected a whole number of at least 1, got '" + text + "'");
  }
  return value;
}

int cpus_allowed() {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// CPUs' worth of time that a container's quota gives, if it has one.
std::optional<int> cgroup_quota() {
  double quota = 0;
  double period = 0;
  std::string first;
  if (std::ifstream file("/sys/fs/cgroup/cpu.max"); file >> first >> period) {
    if (first == "max") return std::nullopt;
    quota = std::strtod(first.c_str(), nullptr);
  } else {
    std::ifstream("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") >> quota;
    std::ifstream("/sys/fs/cgroup/cpu/cpu.cfs_period_us") >> period;
  }
  if (quota <= 0 || period <= 0) return std::nullopt;
  return std::max(1, static_cast<int>(std::ceil(quota / period)));
}

}  // namespace

int default_threads() {
  if (const auto threads = from_environment("LAMINAR_NUM_THREADS")) return *threads;
  if (const auto threads = from_environment("OMP_NUM_THREADS")) return *threads;
  return std::min(cpus_allowed(), cgroup_quota().value_or(cpus_allowed()));
}

}  // namespace laminar
