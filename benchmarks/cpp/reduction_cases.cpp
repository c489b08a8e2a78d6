// SPDX-License-Identifier: BSD-3-Clause
//
// One number from x[n]: sum of squares, sum of magnitudes, whether all are finite
#include "cases.hpp"
#include "data.hpp"

namespace laminar::bench {
namespace {

const std::int64_t kSizes[] = {512, 128 * 512, 4 << 20};

template <class T, class Reduce>
Case reduction(const char* kernel, std::int64_t n, Reduce reduce) {
  const double bytes = static_cast<double>(n) * sizeof(T);
  const auto make = [=] {
    const auto x = uniform<T>(n);
    const auto result = std::make_shared<double>(0);
    const auto run = [=](const Target& target) {
      *result = static_cast<double>(reduce(target.context.kernels<T>(), x->data()));
    };
    return Problem{run, [=] { return std::vector<double>{*result}; }};
  };
  return {kernel, std::to_string(n), kDtype<T>, 0, bytes, bytes, make};
}

template <class T>
void add_cases(std::vector<Case>& cases) {
  using Kernels = kernels::Kernels<T>;
  for (const std::int64_t n : kSizes) {
    cases.push_back(reduction<T>("sum_of_squares", n,
                                 [n](const Kernels& table, const T* x) { return table.sum_of_squares(n, x); }));
    cases.push_back(reduction<T>("sum_of_magnitudes", n,
                                 [n](const Kernels& table, const T* x) { return table.sum_of_magnitudes(n, x); }));
    cases.push_back(
        reduction<T>("all_finite", n, [n](const Kernels& table, const T* x) { return table.all_finite(n, x); }));
  }
}

}  // namespace

std::vector<Case> reduction_cases() {
  std::vector<Case> cases;
  add_cases<float>(cases);
  add_cases<double>(cases);
  return cases;
}

}  // namespace laminar::bench
