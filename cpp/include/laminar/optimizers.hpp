// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "laminar/schedules.hpp"

namespace laminar {

class OptimizerRule;

/// What an optimizer is built from; `compile` copies it, its state belongs to the model.
class Optimizer {
 public:
  explicit Optimizer(std::shared_ptr<const OptimizerRule> rule) : rule_(std::move(rule)) {}
  const OptimizerRule& rule() const { return *rule_; }
  std::shared_ptr<const OptimizerRule> shared_rule() const { return rule_; }

 private:
  std::shared_ptr<const OptimizerRule> rule_;
};

/// What every optimizer does with the gradients before its update and with the weights after it. The gradients hold
/// those of the penalties; at most one of the first three is set.
struct UpdateOptions {
  std::optional<double> clipvalue = {};        ///< each number of a gradient is limited to [-clipvalue, clipvalue]
  std::optional<double> clipnorm = {};         ///< each parameter's gradient is shortened to this norm at most
  std::optional<double> global_clipnorm = {};  ///< the gradient of all trainable parameters together likewise

  /// Keeps the average of the weights after each step t = 1, 2, ..., of which step i has weight ema_momentum^(t - i):
  /// a += (1 - ema_momentum) / (1 - ema_momentum^t) (W - a). See `Model::averaged_weights`.
  std::optional<double> ema_momentum = {};

  /// Batches that one step takes, as if they were one: its gradient is their mean, weighted by sums of sample weights,
  /// and penalties count once. An epoch's last step takes what is left.
  std::optional<std::int64_t> gradient_accumulation_steps = {};
};

/// Gradient descent with momentum.
///
///     g' = g + weight_decay W;  v = momentum v + (1 - dampening) g'
///     W -= learning_rate (nesterov ? g' + momentum v : v)
///
/// momentum 0 keeps no v. `dampening = momentum` gives the moving average v = beta v + (1 - beta) g.
struct SgdOptions {
  LearningRate learning_rate = 0.01;
  double momentum = 0.0;
  double dampening = 0.0;
  bool nesterov = false;
  double weight_decay = 0.0;
  UpdateOptions update = {};
};
class SGD : public Optimizer {
 public:
  explicit SGD(SgdOptions options = {});
};

/// Moving averages of the gradient and its square, both bias-corrected.
///
///     m = beta_1 m + (1 - beta_1) g;  s = beta_2 s + (1 - beta_2) g^2
///     W -= learning_rate m^ / (sqrt(s^) + epsilon),  m^ = m / (1 - beta_1^t), s^ = s / (1 - beta_2^t)
///
/// `epsilon_inside` divides by sqrt(s^ + epsilon) instead; `epsilon_hat` corrects no bias of what epsilon is compared
/// with, sqrt(s^) + epsilon / sqrt(1 - beta_2^t), as Keras and scikit-learn do.
struct AdamOptions {
  LearningRate learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  bool epsilon_inside = false;
  bool epsilon_hat = false;
  UpdateOptions update = {};
};
class Adam : public Optimizer {
 public:
  explicit Adam(AdamOptions options = {});
};

/// Adam with W -= learning_rate weight_decay W before each update, on every parameter.
struct AdamWOptions {
  LearningRate learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  bool epsilon_inside = false;
  bool epsilon_hat = false;
  double weight_decay = 0.01;
  UpdateOptions update = {};
};
class AdamW : public Optimizer {
 public:
  explicit AdamW(AdamWOptions options = {});
};

/// A moving average of the squared gradient sets each weight's own rate.
///
///     s = rho s + (1 - rho) g^2;  W -= learning_rate g / (sqrt(s) + epsilon)
///
/// `centered` uses s - a^2 with the moving average a of g; `momentum` accumulates the update.
struct RmspropOptions {
  LearningRate learning_rate = 1e-3;
  double rho = 0.9;
  double epsilon = 1e-8;
  double momentum = 0.0;
  bool centered = false;
  bool epsilon_inside = false;
  UpdateOptions update = {};
};
class RMSprop : public Optimizer {
 public:
  explicit RMSprop(RmspropOptions options = {});
};

/// The sum of all squared gradients sets each weight's own rate.
///
///     s += g^2;  W -= learning_rate g / (sqrt(s) + epsilon)
struct AdagradOptions {
  LearningRate learning_rate = 1e-2;
  double epsilon = 1e-10;
  UpdateOptions update = {};
};
class Adagrad : public Optimizer {
 public:
  explicit Adagrad(AdagradOptions options = {});
};

}  // namespace laminar
