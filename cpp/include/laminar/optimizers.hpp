// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// Optimizers: from gradients to weights that have moved.
///
/// In the formulas W is a weight, g its gradient with the penalties' in it, and t = 1, 2, ... counts the steps since
/// `Model::compile`. What an optimizer keeps (v, m, s, a) starts at 0.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "laminar/schedules.hpp"

namespace laminar {

class OptimizerRule;

/// What an optimizer is built from; `compile` copies it, its state belongs to the model.
class Optimizer {
 public:
  /// \cond
  explicit Optimizer(std::shared_ptr<const OptimizerRule> rule) : rule_(std::move(rule)) {}
  const OptimizerRule& rule() const { return *rule_; }
  std::shared_ptr<const OptimizerRule> shared_rule() const { return rule_; }
  /// \endcond

 private:
  std::shared_ptr<const OptimizerRule> rule_;
};

/// What every optimizer does with the gradients before its update and with the weights after it. The gradients hold
/// those of the penalties; at most one of the first three is set.
///
/// An optimizer's constructor throws ValueError where a number is out of its range or two limits are set.
///
/// \code{.cpp}
/// const Adam adam({.learning_rate = 1e-3, .update = {.global_clipnorm = 1.0, .ema_momentum = 0.99}});
/// \endcode
struct UpdateOptions {
  /// Each number of a gradient is limited to [-clipvalue, clipvalue]; above 0.
  std::optional<double> clipvalue = {};
  /// Each parameter's gradient is shortened to this norm at most; above 0.
  std::optional<double> clipnorm = {};
  /// The gradient of all trainable parameters together is shortened to this norm at most; above 0.
  std::optional<double> global_clipnorm = {};

  /// Keeps the average of the weights after each step t = 1, 2, ..., of which step i has weight ema_momentum^(t - i):
  /// a += (1 - ema_momentum) / (1 - ema_momentum^t) (W - a). Above 0 and below 1. See `Model::averaged_weights`.
  std::optional<double> ema_momentum = {};

  /// Batches that one step takes, as if they were one: its gradient is their mean, weighted by sums of sample weights,
  /// and penalties count once. An epoch's last step takes what is left. At least 1.
  std::optional<std::int64_t> gradient_accumulation_steps = {};
};

/// Options of `SGD`.
struct SgdOptions {
  LearningRate learning_rate = 0.01;  ///< a number of at least 0, or a schedule
  double momentum = 0.0;              ///< share of v that a step keeps, in [0, 1]; 0 keeps no v
  double dampening = 0.0;             ///< share of g' that v does not take, in [0, 1]; 0 with nesterov
  bool nesterov = false;              ///< look ahead along v; needs a momentum above 0
  double weight_decay = 0.0;          ///< L2 decay as part of the gradient, at least 0
  UpdateOptions update = {};          ///< clipping, average of the weights, batches a step
};

/// Gradient descent with momentum.
///
///     g' = g + weight_decay W;  v = momentum v + (1 - dampening) g'
///     W -= learning_rate (nesterov ? g' + momentum v : v)
///
/// `dampening = momentum` gives the moving average v = beta v + (1 - beta) g.
///
/// \code{.cpp}
/// Model<double> model(Sequential{Input({.shape = {1}}), Dense({.units = 1, .use_bias = false})});
/// model.compile({.optimizer = SGD({.learning_rate = 0.5, .momentum = 0.9}), .loss = losses::SquaredError()});
/// const std::vector<double> w{3};
/// model.set_weights({View(w.data(), {1, 1})});
/// const std::vector<double> x{1};
/// const std::vector<double> y{1};
/// model.train_on_batch(View(x.data(), {1, 1}), View(y));  // g = w x - y = 2
/// assert(model.weights()[0][0] == 2);
/// \endcode
///
/// Source: Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep learning",
/// 2013.
class SGD : public Optimizer {
 public:
  /// \param options each has a default
  /// \throws ValueError if a number is out of its range
  explicit SGD(SgdOptions options = {});
};

/// Options of `Adam`.
struct AdamOptions {
  LearningRate learning_rate = 1e-3;  ///< a number of at least 0, or a schedule
  double beta_1 = 0.9;                ///< decay of the average m of g, in [0, 1)
  double beta_2 = 0.999;              ///< decay of the average s of g^2, in [0, 1)
  double epsilon = 1e-8;              ///< keeps the divisor away from 0, above 0
  bool epsilon_inside = false;        ///< divide by sqrt(s^ + epsilon) instead
  bool epsilon_hat = false;           ///< divide by sqrt(s^) + epsilon / sqrt(1 - beta_2^t) instead; not with the last
  UpdateOptions update = {};          ///< clipping, average of the weights, batches a step
};

/// Moving averages of the gradient and its square, both bias-corrected.
///
///     m = beta_1 m + (1 - beta_1) g;  s = beta_2 s + (1 - beta_2) g^2
///     W -= learning_rate m^ / (sqrt(s^) + epsilon),  m^ = m / (1 - beta_1^t), s^ = s / (1 - beta_2^t)
///
/// `epsilon_hat` corrects no bias of what epsilon is compared with, as Keras and scikit-learn do: the first steps of
/// weights with the smallest gradients are smaller.
///
/// \code{.cpp}
/// const schedules::CosineDecay rate({.initial_learning_rate = 3e-4, .decay_steps = 10'000});
/// const CompileOptions options{.optimizer = Adam({.learning_rate = rate}), .loss = losses::CrossEntropy()};
/// \endcode
///
/// Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015 (arXiv:1412.6980).
class Adam : public Optimizer {
 public:
  /// \param options each has a default
  /// \throws ValueError if a number is out of its range, or both epsilon_inside and epsilon_hat are set
  explicit Adam(AdamOptions options = {});
};

/// Options of `AdamW`: those of `Adam`, and the decay.
struct AdamWOptions {
  LearningRate learning_rate = 1e-3;  ///< a number of at least 0, or a schedule
  double beta_1 = 0.9;                ///< decay of the average m of g, in [0, 1)
  double beta_2 = 0.999;              ///< decay of the average s of g^2, in [0, 1)
  double epsilon = 1e-8;              ///< keeps the divisor away from 0, above 0
  bool epsilon_inside = false;        ///< divide by sqrt(s^ + epsilon) instead
  bool epsilon_hat = false;           ///< divide by sqrt(s^) + epsilon / sqrt(1 - beta_2^t) instead; not with the last
  double weight_decay = 0.01;         ///< share of W that a step of rate 1 takes away, at least 0
  UpdateOptions update = {};          ///< clipping, average of the weights, batches a step
};

/// Adam with weight decay that does not pass through the averages.
///
///     W -= learning_rate weight_decay W before each of Adam's updates, on every parameter
///
/// \code{.cpp}
/// const CompileOptions options{.optimizer = AdamW({.weight_decay = 0.1}), .loss = losses::CrossEntropy()};
/// \endcode
///
/// Source: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019 (arXiv:1711.05101).
class AdamW : public Optimizer {
 public:
  /// \param options each has a default
  /// \throws ValueError if a number is out of its range, or both epsilon_inside and epsilon_hat are set
  explicit AdamW(AdamWOptions options = {});
};

/// Options of `RMSprop`.
struct RmspropOptions {
  LearningRate learning_rate = 1e-3;  ///< a number of at least 0, or a schedule
  double rho = 0.9;                   ///< decay of the averages, in [0, 1)
  double epsilon = 1e-8;              ///< keeps the divisor away from 0, above 0
  double momentum = 0.0;              ///< share of the last update that a step adds, in [0, 1]
  bool centered = false;              ///< use s - a^2 for s, with the moving average a of g
  bool epsilon_inside = false;        ///< divide by sqrt(s + epsilon) instead
  UpdateOptions update = {};          ///< clipping, average of the weights, batches a step
};

/// A moving average of the squared gradient sets each weight's own rate.
///
///     s = rho s + (1 - rho) g^2;  d = g / (sqrt(s) + epsilon);  v = momentum v + d;  W -= learning_rate v
///
/// \code{.cpp}
/// const CompileOptions options{.optimizer = RMSprop({.momentum = 0.9, .centered = true}), .loss = losses::Huber()};
/// \endcode
///
/// Source: Tieleman and Hinton, "Lecture 6.5: rmsprop", 2012; centered: Graves, 2013 (arXiv:1308.0850).
class RMSprop : public Optimizer {
 public:
  /// \param options each has a default
  /// \throws ValueError if a number is out of its range
  explicit RMSprop(RmspropOptions options = {});
};

/// Options of `Adagrad`.
struct AdagradOptions {
  LearningRate learning_rate = 1e-2;  ///< a number of at least 0, or a schedule
  double epsilon = 1e-10;             ///< keeps the divisor away from 0, above 0
  UpdateOptions update = {};          ///< clipping, average of the weights, batches a step
};

/// The sum of all squared gradients sets each weight's own rate.
///
///     s += g^2;  W -= learning_rate g / (sqrt(s) + epsilon)
///
/// \code{.cpp}
/// const CompileOptions options{.optimizer = Adagrad({.learning_rate = 0.1}), .loss = losses::CrossEntropy()};
/// \endcode
///
/// Source: Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization",
/// 2011.
class Adagrad : public Optimizer {
 public:
  /// \param options each has a default
  /// \throws ValueError if a number is out of its range
  explicit Adagrad(AdagradOptions options = {});
};

}  // namespace laminar
