// SPDX-License-Identifier: BSD-3-Clause
#include "roofline.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <stdexcept>

#include "core/parallel.hpp"
#include "data.hpp"
#include "probe.hpp"

namespace laminar::bench {
namespace {

constexpr double kProbeSeconds = 1e-3;
constexpr int kRounds = 5;

Probes probes_of(const std::string& isa) {
#ifdef BENCH_HAS_AVX512
  if (isa == "avx512") return kernels::avx512::probes();
#endif
#ifdef BENCH_HAS_AVX2
  if (isa == "avx2") return kernels::avx2::probes();
#endif
  if (isa == "generic") return kernels::generic::probes();
  throw std::invalid_argument("no probe for " + isa);
}

template <class Body>
double seconds(const Body& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The best of several rounds of the sum over all threads of amount / seconds. make() gives each thread a callable of
/// its own that takes how often to do its work.
template <class Make>
double best_rate(int threads, double amount, const Make& make) {
  double best = 0;
  with_team({.threads = threads}, [&](const Context& team) {
    std::vector<double> rates(static_cast<std::size_t>(team.threads));
    for (int round = 0; round < kRounds; ++round) {
      parallel_for(team, team.threads, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t thread = begin; thread < end; ++thread) {
          const auto work = make();
          std::int64_t times = 1;
          double spent = seconds([&] { work(times); });
          while (spent < kProbeSeconds) {
            times = spent < kProbeSeconds / 10 ? times * 8 : times * 2;
            spent = seconds([&] { work(times); });
          }
          rates[static_cast<std::size_t>(thread)] = amount * static_cast<double>(times) / spent;
        }
      });
      double sum = 0;
      for (const double rate : rates) sum += rate;
      best = std::max(best, sum);
    }
  });
  return best;
}

template <class T>
double peak(const ProbeLoops<T>& loops, int threads) {
  return best_rate(threads, loops.flops_per_round, [&] {
    return [&](std::int64_t times) {
      T result = 0;
      loops.multiply_add(times, &result);
      if (std::isnan(result)) throw std::runtime_error("the probe went astray");
    };
  });
}

/// So many numbers are one thread's share of an array, where all arrays have so many bytes.
template <class T>
std::int64_t share(double bytes, int threads, int arrays) {
  constexpr std::int64_t kUnit = 64;
  const double numbers = bytes / threads / arrays / sizeof(T);
  return std::max(kUnit, static_cast<std::int64_t>(numbers) / kUnit * kUnit);
}

/// work(n, x, y, out) passes over the memory of `passes` arrays with n numbers each.
template <class T, class Work>
double bandwidth(int threads, std::int64_t n, int arrays, int passes, const Work& work) {
  return best_rate(threads, static_cast<double>(passes * n) * sizeof(T), [&] {
    const auto x = uniform<T>(n), y = uniform<T>(n), out = uniform<T>(arrays == 3 ? n : 1);
    return [=](std::int64_t times) {
      for (std::int64_t i = 0; i < times; ++i) work(n, x->data(), y->data(), out->data());
    };
  });
}

template <class T>
double streaming(const ProbeLoops<T>& loops, int threads, double bytes) {
  const double copy = bandwidth<T>(threads, share<T>(bytes, threads, 2), 2, 2,
                                   [&](std::int64_t n, const T* x, T* y, T*) { loops.copy(n, x, y); });
  const double triad = bandwidth<T>(threads, share<T>(bytes, threads, 3), 3, 3,
                                    [&](std::int64_t n, const T* x, const T* y, T* out) { loops.triad(n, x, y, out); });
  return std::max(copy, triad);
}

template <class T>
double in_place(const ProbeLoops<T>& loops, int threads, double bytes) {
  return bandwidth<T>(threads, share<T>(bytes, threads, 2), 2, 3,
                      [&](std::int64_t n, const T* x, T* y, T*) { loops.update(n, x, y); });
}

template <class T>
Roofline measure(const std::string& isa, int threads) {
  const Probes probes = probes_of(isa);
  const ProbeLoops<T>& loops = probes.of<T>();
  Roofline roofline{isa, kDtype<T>, threads, peak(loops, threads), {}, {}};
  for (int exponent = Roofline::kFirstExponent; exponent <= Roofline::kLastExponent; ++exponent) {
    roofline.streaming.push_back(streaming(loops, threads, std::exp2(exponent)));
    roofline.in_place.push_back(in_place(loops, threads, std::exp2(exponent)));
  }
  return roofline;
}

/// Between two powers of two, over the logarithm
double interpolate(const std::vector<double>& bandwidths, double footprint_bytes) {
  const double last = Roofline::kLastExponent - Roofline::kFirstExponent;
  const double place = std::clamp(std::log2(std::max(footprint_bytes, 1.0)) - Roofline::kFirstExponent, 0.0, last);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, bandwidths.size() - 1);
  return std::lerp(bandwidths[below], bandwidths[above], place - std::floor(place));
}

}  // namespace

double Roofline::least_seconds(const Case& measured) const {
  const bool rewrites = measured.traffic_bytes > measured.footprint_bytes;
  const double bandwidth = interpolate(rewrites ? in_place : streaming, measured.footprint_bytes);
  return std::max(measured.flops / peak_flops, measured.traffic_bytes / bandwidth);
}

Roofline measure_roofline(const std::string& isa, const std::string& dtype, int threads) {
  return dtype == kDtype<float> ? measure<float>(isa, threads) : measure<double>(isa, threads);
}

std::string summary(const Roofline& roofline) {
  char text[200];
  const auto at = [&](double kib) { return interpolate(roofline.streaming, kib * 1024) / 1e9; };
  std::snprintf(text, sizeof text, "%.1f GFLOP/s; %.0f GB/s in 16 KiB, %.0f in 512 KiB, %.0f in 8 MiB, %.0f in 128 MiB",
                roofline.peak_flops / 1e9, at(16), at(512), at(8192), at(131072));
  return text;
}

}  // namespace laminar::bench
