// SPDX-License-Identifier: BSD-3-Clause
//
// The options that all optimizers share.
#include "optimizers/registry.hpp"

#include "optimizers/optimizer_check.hpp"

namespace laminar::test {
namespace {

template <class Kind, class Options>
void check_shared_options(const std::string& type) {
  const auto make = [](UpdateOptions update) {
    Options options;
    options.update = update;
    return Kind(options);
  };
  const Kind plain = make({});
  CHECK(plain.rule().buffers() == plain.rule().moments());
  CHECK(plain.rule().accumulates() == 1);
  const Kind all = make({.global_clipnorm = 2.0, .ema_momentum = 0.9, .gradient_accumulation_steps = 3});
  const OptimizerRule& rule = all.rule();
  CHECK(rule.buffers() == rule.moments() + 2);
  CHECK(rule.average_buffer() == rule.accumulation_buffer() + 1);
  CHECK(describe(make_optimizer(type, rule.options())->options()) == describe(rule.options()));

  for (const double value : {0.0, -1.0, std::nan("")}) {
    check_throws<ValueError>([&] { make({.clipvalue = value}); },
                             {type + ": clipvalue: expected a finite number above"});
    check_throws<ValueError>([&] { make({.clipnorm = value}); }, {type + ": clipnorm: expected a finite number above"});
    check_throws<ValueError>([&] { make({.global_clipnorm = value}); },
                             {type + ": global_clipnorm: expected a finite"});
    check_throws<ValueError>([&] { make({.ema_momentum = value}); },
                             {type + ": ema_momentum: expected a number above"});
  }
  check_throws<ValueError>([&] { make({.ema_momentum = 1.0}); }, {type + ": ema_momentum", "below 1, got 1.0"});
  check_throws<ValueError>([&] { make({.gradient_accumulation_steps = 0}); },
                           {type + ": gradient_accumulation_steps: expected at least 1, got 0"});
  check_throws<ValueError>([&] { make({.clipvalue = 1.0, .global_clipnorm = 1.0}); },
                           {type + ": global_clipnorm: expected at most one", "got clipvalue as well"});
}

TEST_CASE("every optimizer has the shared options and names impossible ones") {
  check_shared_options<SGD, SgdOptions>("SGD");
  check_shared_options<Adam, AdamOptions>("Adam");
  check_shared_options<AdamW, AdamWOptions>("AdamW");
  check_shared_options<RMSprop, RmspropOptions>("RMSprop");
  check_shared_options<Adagrad, AdagradOptions>("Adagrad");
}

}  // namespace
}  // namespace laminar::test
