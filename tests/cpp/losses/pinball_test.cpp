// SPDX-License-Identifier: BSD-3-Clause
#include "losses/loss_check.hpp"

namespace laminar::test {
namespace {

TEST_CASE("pinball: mean max(q (y - p), (q - 1) (y - p))") {
  for (const double q : {0.1, 0.5, 0.95}) {
    check_loss(
        {.name = "pinball",
         .loss = losses::Pinball({.quantile = q}).shared_function(),
         .formula = mean_over_outputs([q](double p, double y) { return std::max(q * (y - p), (q - 1) * (y - p)); })});
  }
  const auto loss = losses::Pinball({.quantile = 0.75}).shared_function();
  CHECK(loss_at(loss, 1, 3).value == 1.5);
  CHECK(loss_at(loss, 1, 3).derivative == -0.75);
  CHECK(loss_at(loss, 3, 1).value == 0.5);
  CHECK(loss_at(loss, 3, 1).derivative == 0.25);
  CHECK(loss_at(loss, 3, 3).derivative == 0);
}

TEST_CASE("pinball tells when it crosses its kink") {
  LossRun<float> run({.name = "", .loss = losses::Pinball().shared_function(), .formula = {}}, {1, 1});
  run.predictions[0] = run.targets[0] + 1;
  const std::uint64_t above = run.kink_signature();
  run.predictions[0] = run.targets[0] - 1;
  CHECK(above != run.kink_signature());
}

TEST_CASE("pinball rejects an impossible quantile") {
  for (const double quantile : {0.0, 1.0, -0.5, std::nan("")}) {
    check_throws<ValueError>([&] { losses::Pinball({.quantile = quantile}); },
                             {"Pinball: quantile: expected a number between 0 and 1, both excluded, got "});
  }
}

}  // namespace
}  // namespace laminar::test
