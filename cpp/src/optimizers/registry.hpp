// SPDX-License-Identifier: BSD-3-Clause
//
// Where an optimizer enters: one declaration here, one line in registry.cpp; and what the rules share.
#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "core/parallel.hpp"
#include "optimizers/optimizer_rule.hpp"
#include "schedules/schedule_rule.hpp"

namespace laminar {

using MakeOptimizer = std::shared_ptr<const OptimizerRule>(const Config::Map& options);
MakeOptimizer make_adagrad;
MakeOptimizer make_adam;
MakeOptimizer make_adamw;
MakeOptimizer make_rmsprop;
MakeOptimizer make_sgd;

// ValueErrors that name the option: "Adam: beta_1: expected a number of at least 0 and below 1, got 1.5".
void expect_rate(const LearningRate& rate, const std::string& where);
void expect_not_negative(double value, const std::string& where);
void expect_positive(double value, const std::string& where);
void expect_decay(double value, const std::string& where);  ///< of a moving average: in [0, 1)
void expect_update_options(const UpdateOptions& options, const std::string& type);

struct UpdateFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("clipvalue", options.clipvalue);
    field("clipnorm", options.clipnorm);
    field("global_clipnorm", options.global_clipnorm);
    field("ema_momentum", options.ema_momentum);
    field("gradient_accumulation_steps", options.gradient_accumulation_steps);
  }
};

/// What all rules have alike: options, listed in Fields, with those that they share.
template <class Options, class Fields>
class RuleWith : public OptimizerRule {
 public:
  RuleWith(Options options, const std::string& type) : options_(std::move(options)) {
    expect_rate(options_.learning_rate, type + ": learning_rate");
    expect_update_options(options_.update, type);
  }

  Config::Map options() const override { return to_map<Fields>(options_); }
  const LearningRate& learning_rate() const override { return options_.learning_rate; }
  const UpdateOptions& update_options() const override { return options_.update; }

 protected:
  Options options_;
};

/// Calls step(begin, n) on the parts of a run, one a thread.
template <class Step>
void update_in_parallel(const Context& context, std::int64_t n, const Step& step) {
  constexpr std::int64_t kGrain = 16384;  // elements that outweigh waking a thread up
  parallel_for_elements(context, n, kGrain, [&](std::int64_t begin, std::int64_t end) { step(begin, end - begin); });
}

/// An epsilon that float32 would round to 0 could not keep 0 / 0 away.
template <class T>
T epsilon_as(double epsilon) {
  return std::max(static_cast<T>(epsilon), std::numeric_limits<T>::min());
}

}  // namespace laminar
