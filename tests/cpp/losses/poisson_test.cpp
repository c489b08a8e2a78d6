// SPDX-License-Identifier: BSD-3-Clause
#include "losses/loss_check.hpp"

namespace laminar::test {
namespace {

TEST_CASE("poisson: mean (p - y log p)") {
  check_loss({.name = "poisson",
              .loss = losses::Poisson().shared_function(),
              .formula = mean_over_outputs([](double p, double y) { return p - y * std::log(p); }),
              .predictions = {0.2, 5},
              .targets = {0, 6}});
}

TEST_CASE("poisson from logits: mean (exp z - y z)") {
  check_loss({.name = "poisson",
              .loss = losses::Poisson({.from_logits = true}).shared_function(),
              .formula = mean_over_outputs([](double z, double y) { return std::exp(z) - y * z; }),
              .targets = {0, 6}});
  CHECK(loss_at(losses::Poisson({.from_logits = true}).shared_function(), -1000, 2).value == 2000);
}

TEST_CASE("poisson never takes the logarithm of 0") {
  const auto loss = losses::Poisson().shared_function();
  for (const double p : {0.0, -3.0, 1e-300}) {
    CHECK(std::isfinite(loss_at(loss, p, 2).value));
    CHECK(loss_at(loss, p, 2).derivative == 0);
  }
}

TEST_CASE("poisson takes counts") {
  const TensorSpec p{{kFree, 3}, DType::kFloat32}, y{{8, 3}, DType::kInt64};
  const TargetSpec target = losses::Poisson().function().targets({&p, 1}, {&y, 1})[0];
  CHECK(target.domain.kind == TargetDomain::Kind::kNonNegative);
  CHECK(target.spec == p);
}

}  // namespace
}  // namespace laminar::test
