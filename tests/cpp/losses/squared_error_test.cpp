// SPDX-License-Identifier: BSD-3-Clause
#include "losses/loss_check.hpp"

namespace laminar::test {
namespace {

TEST_CASE("squared error: 1/2 sum (p - y)^2") {
  check_loss({.name = "squared_error",
              .loss = losses::SquaredError().shared_function(),
              .formula = sum_over_outputs([](double p, double y) { return (p - y) * (p - y) / 2; })});
  CHECK(loss_at(losses::SquaredError().shared_function(), 3, 1).value == 2);
  CHECK(loss_at(losses::SquaredError().shared_function(), 3, 1).derivative == 2);
}

TEST_CASE("mean squared error: mean (p - y)^2") {
  check_loss({.name = "mean_squared_error",
              .loss = losses::MeanSquaredError().shared_function(),
              .formula = mean_over_outputs([](double p, double y) { return (p - y) * (p - y); })});
  CHECK(loss_at(losses::MeanSquaredError().shared_function(), 3, 1).value == 4);
  CHECK(loss_at(losses::MeanSquaredError().shared_function(), 3, 1).derivative == 4);
}

TEST_CASE("a loss without options takes none") {
  check_throws<TypeError>(
      [] {
        make_loss("squared_error", {{"delta", 1.0}});
      },
      {"SquaredError: expected no options, got 'delta'"});
}

}  // namespace
}  // namespace laminar::test
