// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "core/denormals.hpp"
#include "simd/accuracy.hpp"
#include "support/close.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

using kernels::KernelTable;

template <class T>
struct State {
  explicit State(int64_t n)
      : w(guarded(random_vector<T>(n, 1))),
        g(guarded(random_vector<T>(n, 2))),
        first(guarded(random_vector<T>(n, 3, T(0), T(0.1)))),
        second(guarded(random_vector<T>(n, 4, T(1), T(2)))),
        third(guarded(random_vector<T>(n, 5))) {}
  std::vector<T> w, g, first, second, third;
};

/// Runs a step of every table and one element after the other of the formula on equal states.
template <class T, class Step, class Formula>
void check_step(Step step, Formula formula) {
  for (const KernelTable& table : tables()) {
    for (const int64_t n : kSizes) {
      State<T> state(n), expected(n);
      step(table.of<T>(), n, state);
      for (int64_t i = 0; i < n; ++i) formula(expected, i);
      const std::string isa = table.isa;
      CAPTURE(isa);
      CAPTURE(n);
      check_close(state.w, expected.w, 16);
      check_close(state.g, expected.g, 0);
      check_close(state.first, expected.first, 8);
      check_close(state.second, expected.second, 8);
      check_close(state.third, expected.third, 16);
    }
  }
}

TEST_CASE_TEMPLATE("sgd step", T, float, double) {
  for (const bool with_velocity : {false, true}) {
    for (const bool nesterov : {false, true}) {
      for (const T dampening : {T(0), T(0.3)}) {
        check_step<T>(
            [&](const auto& kernels, int64_t n, State<T>& s) {
              kernels.sgd({n, s.w.data(), s.g.data(), with_velocity ? s.first.data() : nullptr, T(0.1), T(0.9),
                           dampening, T(0.01), nesterov});
            },
            [&](State<T>& s, int64_t i) {
              T g = s.g[i] + T(0.01) * s.w[i];
              if (with_velocity) {
                s.first[i] = T(0.9) * s.first[i] + (1 - dampening) * g;
                g = nesterov ? g + T(0.9) * s.first[i] : s.first[i];
              }
              s.w[i] -= T(0.1) * g;
            });
      }
    }
  }
}

TEST_CASE_TEMPLATE("adam step", T, float, double) {
  for (const bool inside : {false, true}) {
    for (const T decay : {T(0), T(0.01)}) {
      check_step<T>(
          [&](const auto& kernels, int64_t n, State<T>& s) {
            kernels.adam({n, s.w.data(), s.g.data(), s.first.data(), s.second.data(), T(0.1), T(0.9), T(0.99), T(1e-3),
                          decay, T(0.19), T(0.02), inside});
          },
          [&](State<T>& s, int64_t i) {
            s.w[i] -= T(0.1) * decay * s.w[i];
            s.first[i] = T(0.9) * s.first[i] + (1 - T(0.9)) * s.g[i];
            s.second[i] = T(0.99) * s.second[i] + (1 - T(0.99)) * s.g[i] * s.g[i];
            const T m = s.first[i] / T(0.19), v = s.second[i] / T(0.02);
            s.w[i] -= T(0.1) * m / (inside ? std::sqrt(v + T(1e-3)) : std::sqrt(v) + T(1e-3));
          });
    }
  }
}

TEST_CASE_TEMPLATE("rmsprop step", T, float, double) {
  for (const bool inside : {false, true}) {
    for (const bool centered : {false, true}) {
      for (const bool with_velocity : {false, true}) {
        check_step<T>(
            [&](const auto& kernels, int64_t n, State<T>& s) {
              kernels.rmsprop({n, s.w.data(), s.g.data(), s.second.data(), centered ? s.first.data() : nullptr,
                               with_velocity ? s.third.data() : nullptr, T(0.1), T(0.9), T(1e-3), T(0.5), inside});
            },
            [&](State<T>& s, int64_t i) {
              T h = s.second[i] = T(0.9) * s.second[i] + (1 - T(0.9)) * s.g[i] * s.g[i];
              if (centered) {
                s.first[i] = T(0.9) * s.first[i] + (1 - T(0.9)) * s.g[i];
                h -= s.first[i] * s.first[i];
              }
              T d = s.g[i] / (inside ? std::sqrt(h + T(1e-3)) : std::sqrt(h) + T(1e-3));
              if (with_velocity) d = s.third[i] = T(0.5) * s.third[i] + d;
              s.w[i] -= T(0.1) * d;
            });
      }
    }
  }
}

TEST_CASE_TEMPLATE("adagrad step", T, float, double) {
  check_step<T>(
      [](const auto& kernels, int64_t n, State<T>& s) {
        kernels.adagrad({n, s.w.data(), s.g.data(), s.second.data(), T(0.1), T(1e-3)});
      },
      [](State<T>& s, int64_t i) {
        s.second[i] += s.g[i] * s.g[i];
        s.w[i] -= T(0.1) * s.g[i] / (std::sqrt(s.second[i]) + T(1e-3));
      });
}

/// What an Adam step takes from w = 0 at rate 1 where the moments stay m and s: m / (sqrt(s) + epsilon)
template <class T>
std::vector<T> adam_updates(const KernelTable& table, std::vector<T> m, std::vector<T> s, T epsilon) {
  std::vector<T> w(m.size(), T(0)), g(m.size(), T(0));
  table.of<T>().adam({static_cast<int64_t>(w.size()), w.data(), g.data(), m.data(), s.data(), T(-1), T(1), T(1),
                      epsilon, T(0), T(1), T(1), false});
  return w;
}

// Root, sum and quotient rounded once each come to at most 3 ulp; on these samples the generic table has 3.3.
TEST_CASE_TEMPLATE("the update of adam is about as accurate as three roundings", T, float, double) {
  constexpr int64_t kCount = 200000;
  const std::vector<T> exponent_m = random_vector<T>(kCount, 1, T(-60), T(40));
  const std::vector<T> exponent_s = random_vector<T>(kCount, 2, T(-120), T(120));
  std::vector<T> m, s;
  for (int64_t i = 0; i < kCount; ++i) {
    m.push_back((i % 2 ? T(1) : T(-1)) * std::exp2(exponent_m[i]));
    s.push_back(std::exp2(exponent_s[i]));
  }
  const T epsilon = T(1e-8);
  for (const KernelTable& table : tables()) {
    if (&table == &tables()[0]) continue;
    const std::vector<T> updates = adam_updates(table, m, s, epsilon);
    double worst = 0;
    for (int64_t i = 0; i < kCount; ++i) {
      const long double exact = m[i] / (std::sqrt(static_cast<long double>(s[i])) + epsilon);
      if (std::abs(exact) < static_cast<long double>(std::numeric_limits<T>::min())) continue;
      worst = std::max(worst, ulps(updates[i], exact));
    }
    const std::string isa = table.isa;
    CAPTURE(isa);
    CHECK(worst <= 2.5);
  }
}

TEST_CASE_TEMPLATE("adam at the ends of the second moment", T, float, double) {
  using Limits = std::numeric_limits<T>;
  const T epsilon = T(1e-8), inf = Limits::infinity();
  const std::vector<T> m = {T(0), T(0.5), T(0.5), T(0.5), T(0), T(0.5), Limits::quiet_NaN()};
  const std::vector<T> s = {T(0), T(0), Limits::denorm_min(), inf, inf, Limits::quiet_NaN(), T(1)};
  for (const KernelTable& table : tables()) {
    if (&table == &tables()[0]) continue;  // Eigen's root of infinity is not a number
    for (const bool flushes : {false, true}) {
      const std::vector<T> updates = [&] {
        if (!flushes) return adam_updates(table, m, s, epsilon);
        const FlushDenormals flushing;
        return adam_updates(table, m, s, epsilon);
      }();
      const std::string isa = table.isa;
      CAPTURE(isa);
      CAPTURE(flushes);
      CHECK(updates[0] == 0);
      CHECK(close(updates[1] * epsilon, T(0.5), 4));
      CHECK(close(updates[2] * epsilon, T(0.5), 4));
      CHECK(std::abs(updates[3]) < Limits::min());
      CHECK(updates[4] == 0);
      CHECK(std::isnan(updates[5]));
      CHECK(std::isnan(updates[6]));
    }
    // The smallest epsilon there is must not come to 0 / 0, flushed or not.
    const FlushDenormals flushing;
    std::vector<T> w(17, T(1)), g(17, T(0)), first(17, T(0)), second(17, T(0));
    table.of<T>().adam({17, w.data(), g.data(), first.data(), second.data(), T(0.1), T(0.9), T(0.999), Limits::min(),
                        T(0), T(0.1), T(0.001), false});
    for (const T value : w) CHECK(value == 1);
  }
}

}  // namespace
}  // namespace laminar::test
