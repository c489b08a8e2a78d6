// SPDX-License-Identifier: BSD-3-Clause
#include "losses/loss_check.hpp"

namespace laminar::test {
namespace {

const std::shared_ptr<const LossFunction> kLoss = losses::MeanAbsoluteError().shared_function();

TEST_CASE("mean absolute error: mean |p - y|") {
  check_loss({.name = "mean_absolute_error", .loss = kLoss, .formula = mean_over_outputs([](double p, double y) {
                                                              return std::abs(p - y);
                                                            })});
}

TEST_CASE("mean absolute error has subgradient 0 at 0 and tells when it crosses it") {
  CHECK(loss_at(kLoss, 2, 2).derivative == 0);
  LossRun<double> run({.name = "", .loss = kLoss, .formula = {}}, {2, 3});
  const std::uint64_t before = run.kink_signature();
  run.predictions[4] += run.predictions[4] > run.targets[4] ? 1e-3 : -1e-3;  // away from the kink
  CHECK(run.kink_signature() == before);
  run.predictions[4] = run.targets[4];
  const std::uint64_t at = run.kink_signature();
  run.predictions[4] = run.targets[4] + 1;
  const std::uint64_t above = run.kink_signature();
  run.predictions[4] = run.targets[4] - 1;
  CHECK(at != above);
  CHECK(above != run.kink_signature());
  CHECK(at != run.kink_signature());
}

}  // namespace
}  // namespace laminar::test
