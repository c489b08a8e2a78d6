// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

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
/// `epsilon_inside` divides by sqrt(s^ + epsilon) instead.
struct AdamOptions {
  LearningRate learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  bool epsilon_inside = false;
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
  double weight_decay = 0.01;
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
};
class Adagrad : public Optimizer {
 public:
  explicit Adagrad(AdagradOptions options = {});
};

}  // namespace laminar
