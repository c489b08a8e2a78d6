// SPDX-License-Identifier: BSD-3-Clause
#include "schedules/schedule_check.hpp"

namespace laminar::test {
namespace {

using schedules::PiecewiseConstantDecay;

TEST_CASE("piecewise constant decay changes at its boundaries") {
  check_schedule(
      [](By by) {
        return PiecewiseConstantDecay({.boundaries = {2, 3}, .values = {0.1, 0.5, 0.01}, .by = by});
      },
      {0.1, 0.1, 0.5, 0.01, 0.01});
  check_schedule([](By by) { return PiecewiseConstantDecay({.boundaries = {}, .values = {0.1}, .by = by}); },
                 {0.1, 0.1});
}

TEST_CASE("piecewise constant decay names impossible options") {
  check_throws<ValueError>(
      [] {
        PiecewiseConstantDecay({.boundaries = {2, 3}, .values = {0.1}});
      },
      {"PiecewiseConstantDecay: values: expected one more than the 2 boundaries, got 1"});
  check_throws<ValueError>(
      [] {
        PiecewiseConstantDecay({.boundaries = {2, 2}, .values = {1, 1, 1}});
      },
      {"PiecewiseConstantDecay: boundaries[1]", "grow", "got 2 after 2"});
  check_throws<ValueError>(
      [] {
        PiecewiseConstantDecay({.boundaries = {0}, .values = {1, 1}});
      },
      {"PiecewiseConstantDecay: boundaries[0]", "from 1", "got 0"});
  check_rate_option(
      [](double value) {
        PiecewiseConstantDecay({.boundaries = {1}, .values = {1, value}});
      },
      "PiecewiseConstantDecay: values[1]");
}

}  // namespace
}  // namespace laminar::test
