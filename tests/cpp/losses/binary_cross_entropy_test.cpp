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

TEST_CASE_TEMPLATE("missing targets have no loss and no gradient, and nothing else changes", T, float, double) {
  constexpr std::pair<bool, bool> kForms[] = {{true, false}, {false, true}, {false, false}};
  for (const auto& [fused, from_logits] : kForms) {
    for (const auto reduce : {losses::Reduction::kMean, losses::Reduction::kSum}) {
      const auto test = [&, fused = fused, from_logits = from_logits](losses::Missing missing) {
        const BinaryCrossEntropy loss({.from_logits = from_logits, .reduce_outputs = reduce, .missing = missing});
        LossCase result{.name = "", .loss = loss.shared_function(), .formula = {}, .targets = {0, 1}, .fused = fused};
        if (!fused && !from_logits) result.predictions = {0.05, 0.95};
        return result;
      };
      const Shape shape{60, 7};
      const std::vector<T> scales = as<T>(example_scales(60));
      const auto results = [&](LossRun<T>& run) {
        const std::vector<T> losses = run.forward();
        return std::pair(losses, run.backward(scales, Gradient::Want::kWrite, T(9)));
      };
      LossRun<T> plain(test(losses::Missing::kError), shape), ignoring(test(losses::Missing::kIgnore), shape);
      LossRun<T> threaded(test(losses::Missing::kIgnore), shape, 4);
      const auto [losses, gradient] = results(plain);
      CHECK(results(ignoring) == std::pair(losses, gradient));

      for (LossRun<T>* run : {&ignoring, &threaded}) {
        for (std::size_t i = 0; i < run->targets.size(); i += 3) {
          run->targets[i] = std::numeric_limits<T>::quiet_NaN();
        }
      }
      const auto [some, some_gradient] = results(ignoring);
      CHECK(results(threaded) == std::pair(some, some_gradient));
      for (std::size_t i = 0; i < gradient.size(); ++i) CHECK(some_gradient[i] == (i % 3 == 0 ? T(0) : gradient[i]));
      for (std::size_t i = 0; i < some.size(); ++i) {
        CHECK(std::isfinite(some[i]));
        CHECK(some[i] < losses[i]);
      }
    }
  }
}

TEST_CASE("only the mean counts examples by their known targets") {
  const TensorSpec p{{kFree, 3}, DType::kFloat32};
  const auto target = [&](losses::BinaryCrossEntropyOptions options) {
    return BinaryCrossEntropy(options).function().targets({&p, 1}, {&p, 1})[0];
  };
  CHECK_FALSE(target({}).counts_by_known);
  CHECK_FALSE(target({}).domain.may_be_missing);
  CHECK(target({.missing = losses::Missing::kIgnore}).counts_by_known);
  CHECK(target({.missing = losses::Missing::kIgnore}).domain.may_be_missing);
  const losses::BinaryCrossEntropyOptions sum{.reduce_outputs = losses::Reduction::kSum,
                                              .missing = losses::Missing::kIgnore};
  CHECK_FALSE(target(sum).counts_by_known);
  CHECK(target(sum).domain.may_be_missing);
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
  CHECK(describe(loss->options()) == "{'from_logits': False, 'reduce_outputs': 'sum', 'missing': 'error'}");
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
