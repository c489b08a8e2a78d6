// SPDX-License-Identifier: BSD-3-Clause
#include "optimizers/optimizer_check.hpp"

namespace laminar::test {
namespace {

OptimizerCase sgd(const SgdOptions& options) {
  const double rate = options.learning_rate.constant();
  return {SGD(options), options.momentum > 0 ? 1 : 0, [options, rate](Weight& weight, double g, int) {
            g += options.weight_decay * weight.w;
            double& v = weight.moments[0];
            v = options.momentum * v + (1 - options.dampening) * g;
            weight.w -= rate * (options.momentum == 0 ? g : options.nesterov ? g + options.momentum * v : v);
          }};
}

TEST_CASE("sgd, with and without its options") {
  check_optimizer(sgd({}));
  check_optimizer(sgd({.learning_rate = 0.1, .weight_decay = 0.01}));
  check_optimizer(sgd({.learning_rate = 0.1, .momentum = 0.9}));
  check_optimizer(sgd({.learning_rate = 0.1, .momentum = 0.9, .dampening = 0.9}));
  check_optimizer(sgd({.learning_rate = 0.1, .momentum = 0.9, .nesterov = true, .weight_decay = 0.1}));
  check_optimizer(sgd({.learning_rate = 0.0}));
}

TEST_CASE("two steps with momentum by hand") {
  // v = 2, w = 1 - 0.2; v = 0.9 * 2 + 4 = 5.8, w = 0.8 - 0.58
  CHECK(after(SGD({.learning_rate = 0.1, .momentum = 0.9}), 1, {2, 4}) == doctest::Approx(0.22));
  // The course notes: v = 0.1 * 2 = 0.2, w = 1 - 0.02; v = 0.9 * 0.2 + 0.1 * 4 = 0.58, w = 0.98 - 0.058
  CHECK(after(SGD({.learning_rate = 0.1, .momentum = 0.9, .dampening = 0.9}), 1, {2, 4}) == doctest::Approx(0.922));
  CHECK(after(SGD({.learning_rate = 0.1}), 1, {2, 4}) == doctest::Approx(0.4));
}

TEST_CASE("sgd names impossible options") {
  check_not_negative([](double value) { SGD({.learning_rate = value}); }, "SGD: learning_rate");
  check_not_negative([](double value) { SGD({.weight_decay = value}); }, "SGD: weight_decay");
  for (const double value : {-0.1, 1.1, std::nan("")}) {
    check_throws<ValueError>([&] { SGD({.momentum = value}); }, {"SGD: momentum: expected a number between 0 and 1"});
    check_throws<ValueError>([&] { SGD({.dampening = value}); }, {"SGD: dampening: expected a number between 0 and 1"});
  }
  check_throws<ValueError>([] { SGD({.nesterov = true}); },
                           {"SGD: momentum: expected a number above 0 with nesterov, got 0.0"});
  check_throws<ValueError>([] { SGD({.momentum = 0.9, .dampening = 0.5, .nesterov = true}); },
                           {"SGD: dampening: expected 0 with nesterov, got 0.5"});
}

TEST_CASE("optimizers are found by type and by name") {
  for (const char* name : {"sgd", "adam", "adamw", "rmsprop", "adagrad"}) {
    const auto rule = make_optimizer(name, {});
    CHECK(make_optimizer(std::string(rule->type()), {})->type() == rule->type());
  }
  CHECK(make_optimizer("rmsprop", {})->type() == "RMSprop");
  CHECK(make_optimizer("sgd", {{"learning_rate", std::int64_t{1}}})->learning_rate().constant() == 1);
  check_throws<ValueError>(
      [] { make_optimizer("adm", {}); },
      {"optimizer: expected one of adagrad, adam, adamw, rmsprop, sgd, got 'adm'; did you mean 'adam'?"});
  check_throws<TypeError>(
      [] {
        make_optimizer("sgd", {{"lr", 0.1}});
      },
      {"SGD: expected options among learning_rate,", "got 'lr'"});
  check_throws<TypeError>([] { make_optimizer("sgd", {{"momemtum", 0.1}}); }, {"did you mean 'momentum'?"});
}

class Falling final : public Schedule {
 public:
  double rate(const Progress& progress) const override { return 1.0 / static_cast<double>(1 + progress.step); }
};

TEST_CASE("a schedule may stand for the rate") {
  const SGD optimizer({.learning_rate = std::make_shared<Falling>()});
  CHECK(after(optimizer, 1, {1, 1}) == doctest::Approx(-0.5));
  check_throws<TypeError>([&] { optimizer.rule().options(); }, {"learning_rate", "schedule"});
}

}  // namespace
}  // namespace laminar::test
