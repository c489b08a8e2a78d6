// SPDX-License-Identifier: BSD-3-Clause
#include "losses/loss_check.hpp"

namespace laminar::test {
namespace {

TEST_CASE("huber: a parabola within delta, straight beyond") {
  for (const double delta : {0.5, 1.0, 10.0}) {
    check_loss({.name = "huber",
                .loss = losses::Huber({.delta = delta}).shared_function(),
                .formula = mean_over_outputs([delta](double p, double y) {
                  const double d = std::abs(p - y);
                  return d <= delta ? d * d / 2 : delta * (d - delta / 2);
                })});
  }
  const auto loss = losses::Huber({.delta = 1}).shared_function();
  CHECK(loss_at(loss, 3, 1).value == 1.5);
  CHECK(loss_at(loss, 3, 1).derivative == 1);
  CHECK(loss_at(loss, -3, 1).derivative == -1);
}

TEST_CASE("huber rejects an impossible delta") {
  for (const double delta : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    check_throws<ValueError>([&] { losses::Huber({.delta = delta}); },
                             {"Huber: delta: expected a finite number above 0, got "});
  }
  check_throws<TypeError>(
      [] {
        make_loss("huber", {{"delta", std::string("big")}});
      },
      {"Huber: delta: expected a number, got 'big'"});
  check_throws<TypeError>([] { make_loss("huber", {{"dleta", 1.0}}); }, {"got 'dleta'", "did you mean 'delta'?"});
}

}  // namespace
}  // namespace laminar::test
