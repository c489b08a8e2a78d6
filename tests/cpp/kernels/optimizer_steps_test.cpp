// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

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

}  // namespace
}  // namespace laminar::test
