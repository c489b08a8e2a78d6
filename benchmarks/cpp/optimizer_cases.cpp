// SPDX-License-Identifier: BSD-3-Clause
//
// One step of every optimizer on all parameters of a network
#include "cases.hpp"
#include "data.hpp"

namespace laminar::bench {
namespace {

// 8-64-64-4, 784-512-256-10, and what only main memory holds
const std::int64_t kSizes[] = {4996, 535818, 4 << 20};

/// Gradients stay the same, so parameters drift: slowly enough for a million steps.
constexpr double kRate = 1e-3;

template <class T>
struct Arrays {
  explicit Arrays(std::int64_t n)
      : w(uniform<T>(n)), g(uniform<T>(n)), first(uniform<T>(n)), second(uniform<T>(n, 5, 9)), third(uniform<T>(n)) {}
  Shared<T> w, g, first, second, third;  ///< second is positive and above the square of third
};

template <class T, class Step>
Case make_case(const char* kernel, std::int64_t n, int arrays, Step step) {
  const double bytes = static_cast<double>(n) * sizeof(T);
  const auto make = [=] {
    const Arrays<T> data(n);
    return Problem{[=](const Target& target) { step(target.context.kernels<T>(), data); },
                   [=] {
                     return concatenate<T>({data.w, data.first, data.second, data.third});
                   }};
  };
  // All but the gradient are read and written.
  return {kernel, std::to_string(n), kDtype<T>, 0, (2 * arrays - 1) * bytes, arrays * bytes, make};
}

template <class T>
Case sgd(std::int64_t n, bool momentum) {
  return make_case<T>(momentum ? "sgd, momentum" : "sgd", n, momentum ? 3 : 2,
                      [=](const kernels::Kernels<T>& table, const Arrays<T>& data) {
                        table.sgd({.n = n,
                                   .w = data.w->data(),
                                   .g = data.g->data(),
                                   .v = momentum ? data.first->data() : nullptr,
                                   .rate = T(kRate),
                                   .momentum = T(0.9),
                                   .dampening = T(0),
                                   .weight_decay = T(0),
                                   .nesterov = false});
                      });
}

template <class T>
Case adam(std::int64_t n) {
  return make_case<T>("adam", n, 4, [=](const kernels::Kernels<T>& table, const Arrays<T>& data) {
    table.adam({.n = n,
                .w = data.w->data(),
                .g = data.g->data(),
                .m = data.first->data(),
                .s = data.second->data(),
                .rate = T(kRate),
                .beta_1 = T(0.9),
                .beta_2 = T(0.999),
                .epsilon = T(1e-7),
                .weight_decay = T(0),
                .correction_1 = T(0.6),
                .correction_2 = T(0.01),
                .epsilon_inside = false});
  });
}

template <class T>
Case rmsprop(std::int64_t n, bool everything) {
  return make_case<T>(everything ? "rmsprop, centered, momentum" : "rmsprop", n, everything ? 5 : 3,
                      [=](const kernels::Kernels<T>& table, const Arrays<T>& data) {
                        table.rmsprop({.n = n,
                                       .w = data.w->data(),
                                       .g = data.g->data(),
                                       .s = data.second->data(),
                                       .a = everything ? data.third->data() : nullptr,
                                       .v = everything ? data.first->data() : nullptr,
                                       .rate = T(kRate),
                                       .rho = T(0.9),
                                       .epsilon = T(1e-7),
                                       .momentum = T(0.9),
                                       .epsilon_inside = false});
                      });
}

template <class T>
Case adagrad(std::int64_t n) {
  return make_case<T>("adagrad", n, 3, [=](const kernels::Kernels<T>& table, const Arrays<T>& data) {
    table.adagrad({.n = n,
                   .w = data.w->data(),
                   .g = data.g->data(),
                   .s = data.second->data(),
                   .rate = T(kRate),
                   .epsilon = T(1e-7)});
  });
}

template <class T>
void add_cases(std::vector<Case>& cases) {
  for (const std::int64_t n : kSizes) {
    for (const bool momentum : {false, true}) cases.push_back(sgd<T>(n, momentum));
    cases.push_back(adam<T>(n));
    for (const bool everything : {false, true}) cases.push_back(rmsprop<T>(n, everything));
    cases.push_back(adagrad<T>(n));
  }
}

}  // namespace

std::vector<Case> optimizer_cases() {
  std::vector<Case> cases;
  add_cases<float>(cases);
  add_cases<double>(cases);
  return cases;
}

}  // namespace laminar::bench
