// SPDX-License-Identifier: BSD-3-Clause
#include "optimizers/registry.hpp"

#include <cmath>
#include <optional>
#include <utility>

#include "laminar/error.hpp"

namespace laminar {
namespace {

struct Entry {
  const char* type;  ///< "RMSprop", the class
  const char* name;  ///< "rmsprop", the string that stands for it with its default options
  MakeOptimizer* make;
};

constexpr Entry kOptimizers[] = {
    {"Adagrad", "adagrad", make_adagrad}, {"Adam", "adam", make_adam}, {"AdamW", "adamw", make_adamw},
    {"RMSprop", "rmsprop", make_rmsprop}, {"SGD", "sgd", make_sgd},
};

}  // namespace

std::shared_ptr<const OptimizerRule> make_optimizer(const std::string& type, const Config::Map& options) {
  std::vector<std::string> names;
  for (const Entry& entry : kOptimizers) {
    if (type == entry.type || type == entry.name) return entry.make(options);
    names.emplace_back(entry.name);
  }
  throw ValueError(expected_one_of("optimizer", names, type));
}

void expect_rate(const LearningRate& rate, const std::string& where) {
  if (rate.is_constant()) expect_not_negative(rate.constant(), where);
}

void expect_not_negative(double value, const std::string& where) {
  expect(std::isfinite(value) && value >= 0, where, "a finite number of 0 or more", value);
}

void expect_positive(double value, const std::string& where) {
  expect(std::isfinite(value) && value > 0, where, "a finite number above 0", value);
}

void expect_decay(double value, const std::string& where) {
  expect(value >= 0 && value < 1, where, "a number of at least 0 and below 1", value);
}

void expect_update_options(const UpdateOptions& options, const std::string& type) {
  const std::pair<const char*, std::optional<double>> limits[] = {
      {"clipvalue", options.clipvalue}, {"clipnorm", options.clipnorm}, {"global_clipnorm", options.global_clipnorm}};
  const char* other = nullptr;
  for (const auto& [name, limit] : limits) {
    if (!limit) continue;
    expect_positive(*limit, type + ": " + name);
    if (other != nullptr) {
      throw ValueError(type + ": " + name + ": expected at most one of clipvalue, clipnorm and global_clipnorm, got " +
                       other + " as well");
    }
    other = name;
  }
  if (options.ema_momentum) {
    const double momentum = *options.ema_momentum;
    expect(momentum > 0 && momentum < 1, type + ": ema_momentum", "a number above 0 and below 1", momentum);
  }
  if (options.gradient_accumulation_steps && *options.gradient_accumulation_steps < 1) {
    throw ValueError(type + ": gradient_accumulation_steps: expected at least 1, got " +
                     std::to_string(*options.gradient_accumulation_steps));
  }
}

}  // namespace laminar
