// SPDX-License-Identifier: BSD-3-Clause
//
// Comparison of arrays with a tolerance in units of the dtype's epsilon.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace laminar::test {

template <class T>
bool close(T value, T expected, double epsilons) {
  if (std::isnan(expected) || std::isnan(value)) return std::isnan(expected) && std::isnan(value);
  if (value == expected) return true;
  const double magnitude = std::max(1.0, std::abs(static_cast<double>(expected)));
  return std::abs(static_cast<double>(value) - static_cast<double>(expected)) <=
         epsilons * double{std::numeric_limits<T>::epsilon()} * magnitude;
}

template <class T>
void check_close(const std::vector<T>& values, const std::vector<T>& expected, double epsilons) {
  REQUIRE(values.size() == expected.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (close(values[i], expected[i], epsilons)) continue;
    CAPTURE(i);
    CAPTURE(values[i]);
    CAPTURE(expected[i]);
    FAIL_CHECK("elements differ");
    return;
  }
}

}  // namespace laminar::test
