// SPDX-License-Identifier: BSD-3-Clause
#include "losses/loss_check.hpp"

namespace laminar::test {
namespace {

using losses::BinaryCrossEntropy;

double from_probability(double p, double y) { return -(y * std::log(p) + (1 - y) * std::log(1 - p)); }
double from_logit(double z, double y) { return std::max(z, 0.0) - z * y + std::log1p(std::exp(-std::abs(z))); }

TEST_CASE("binary cross-entropy of probabilities") {
  check_loss({.name = "mean",
              .loss = BinaryCrossEntropy().shared_function(),
              .formula = mean_over_outputs(from_probability),
              .predictions = {0.05, 0.95},
              .targets = {0, 1}});
  check_loss({.name = "sum",
              .loss = BinaryCrossEntropy({.reduce_outputs = losses::Reduction::kSum}).shared_function(),
              .formula = sum_over_outputs(from_probability),
              .predictions = {0.05, 0.95},
              .targets = {0, 1}});
}

TEST_CASE("binary cross-entropy of logits, fused with sigmoid or not") {
  for (const bool fused : {false, true}) {
    const bool from_logits = !fused;
    check_loss({.name = "mean",
                .loss = BinaryCrossEntropy({.from_logits = from_logits}).shared_function(),
                .formula = mean_over_outputs(from_logit),
                .predictions = {-6, 6},
                .targets = {0, 1},
                .fused = fused});
    check_loss({.name = "sum",
                .loss = BinaryCrossEntropy({.from_logits = from_logits, .reduce_outputs = losses::Reduction::kSum})
                            .shared_function(),
                .formula = sum_over_outputs(from_logit),
                .predictions = {-6, 6},
                .targets = {0, 1},
                .fused = fused});
  }
}

TEST_CASE_TEMPLATE("binary cross-entropy of logits is exact at |z| = 1000", T, float, double) {
  for (const bool fused : {false, true}) {
    const auto loss = BinaryCrossEntropy({.from_logits = !fused}).shared_function();
    CHECK(loss_at<T>(loss, 1000, 0, fused).value == 1000);
    CHECK(loss_at<T>(loss, 1000, 0, fused).derivative == 1);
    CHECK(loss_at<T>(loss, 1000, 1, fused).value == 0);
    CHECK(loss_at<T>(loss, 1000, 1, fused).derivative == 0);
    CHECK(loss_at<T>(loss, -1000, 1, fused).value == 1000);
    CHECK(loss_at<T>(loss, -1000, 1, fused).derivative == -1);
    CHECK(loss_at<T>(loss, -1000, 0, fused).value == 0);
  }
}

TEST_CASE_TEMPLATE("binary cross-entropy clips probabilities", T, float, double) {
  const auto loss = BinaryCrossEntropy().shared_function();
  const double epsilon = static_cast<double>(std::numeric_limits<T>::epsilon());
  for (const double p : {0.0, -1.0}) {
    CHECK(loss_at<T>(loss, p, 1).value == doctest::Approx(-std::log(epsilon)));
    CHECK(loss_at<T>(loss, p, 1).derivative == 0);
  }
  CHECK(loss_at<T>(loss, 1, 0).value == doctest::Approx(-std::log(epsilon)));
  CHECK(loss_at<T>(loss, 1, 0).derivative == 0);
}

TEST_CASE("the fused form leaves the probabilities behind") {
  LossRun<double> run(
      {.name = "", .loss = BinaryCrossEntropy().shared_function(), .formula = {}, .targets = {0, 1}, .fused = true},
      {3, 2});
  run.forward();
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(run.state[i] == doctest::Approx(1 / (1 + std::exp(-run.predictions[i]))));
  }
}

TEST_CASE("binary cross-entropy fuses with sigmoid alone, and not from logits") {
  CHECK(BinaryCrossEntropy().function().fuses(Activation::kSigmoid));
  CHECK_FALSE(BinaryCrossEntropy().function().fuses(Activation::kSoftmax));
  CHECK_FALSE(BinaryCrossEntropy({.from_logits = true}).function().fuses(Activation::kSigmoid));
  const TensorSpec p{{kFree, 1}, DType::kFloat64}, y{{6}, DType::kBool};
  const TargetSpec target = BinaryCrossEntropy().function().targets({&p, 1}, {&y, 1})[0];
  CHECK(target.domain.kind == TargetDomain::Kind::kUnitInterval);
  CHECK(target.domain.classes == 0);
  CHECK(target.spec == p);
}

TEST_CASE("binary cross-entropy reads its options") {
  const auto loss = make_loss("binary_cross_entropy", {{"reduce_outputs", std::string("sum")}});
  CHECK(describe(loss->options()) == "{'from_logits': False, 'reduce_outputs': 'sum'}");
  check_throws<ValueError>(
      [] {
        make_loss("BinaryCrossEntropy", {{"reduce_outputs", std::string("men")}});
      },
      {"BinaryCrossEntropy: reduce_outputs: expected one of mean, sum, got 'men'; did you mean 'mean'?"});
  check_throws<TypeError>(
      [] {
        make_loss("BinaryCrossEntropy", {{"from_logits", std::int64_t{1}}});
      },
      {"BinaryCrossEntropy: from_logits: expected True or False, got 1"});
}

}  // namespace
}  // namespace laminar::test
