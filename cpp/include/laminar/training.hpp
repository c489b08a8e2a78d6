// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// What a model is trained with.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include "laminar/history.hpp"
#include "laminar/losses.hpp"
#include "laminar/metrics.hpp"
#include "laminar/optimizers.hpp"
#include "laminar/view.hpp"

namespace laminar {

/// One loss, or a list with one for each output: `std::nullopt` for an output that is not trained on.
///
/// \code{.cpp}
/// const OutputLosses one = losses::CrossEntropy();
/// const OutputLosses two{losses::CrossEntropy(), std::nullopt};
/// assert(one.all().size() == 1 && two.all().size() == 2);
/// \endcode
class OutputLosses {
 public:
  /// No loss: a model that only predicts, or is trained by `Model::add_loss` alone.
  OutputLosses() = default;
  /// The loss of the only output, or of the first of several.
  /// \param loss one of `laminar::losses`
  OutputLosses(Loss loss) : all_{std::move(loss)} {}  // NOLINT(google-explicit-constructor)
  /// Losses by output.
  /// \param losses at most one an output
  OutputLosses(std::initializer_list<std::optional<Loss>> losses) : all_(losses) {}
  /// Losses by output.
  /// \param losses at most one an output
  // NOLINTNEXTLINE(google-explicit-constructor)
  OutputLosses(std::vector<std::optional<Loss>> losses) : all_(std::move(losses)) {}

  /// The losses.
  /// \return one an output, from the first on
  const std::vector<std::optional<Loss>>& all() const { return all_; }

 private:
  std::vector<std::optional<Loss>> all_;
};

/// What a model is trained with and measured by.
///
/// \code{.cpp}
/// const CompileOptions options{
///     .optimizer = SGD({.learning_rate = 0.1}), .loss = losses::CrossEntropy(), .metrics = {"accuracy"}};
/// \endcode
struct CompileOptions {
  Optimizer optimizer = Adam();           ///< how the weights move
  OutputLosses loss = {};                 ///< what training makes small
  std::vector<Metric> metrics = {};       ///< of every output with a loss: "accuracy", metrics::F1({...}), a loss
  std::vector<double> loss_weights = {};  ///< one an output; empty: all 1
};

/// Data and settings of `Model::fit`.
///
/// What is called during training may look at the model and set its weights and learning rate, but not train it. What
/// it throws ends `fit` after a whole step. An epoch that is stopped in the middle ends there like a whole one.
///
/// \code{.cpp}
/// FitOptions options{.batch_size = 64, .epochs = 50, .validation_split = 0.1};
/// options.on_epoch = [](std::int64_t, Logs& logs) { return logs["val_loss"] < 0.01; };  // good enough: stop
/// \endcode
struct FitOptions {
  std::int64_t batch_size = 32;    ///< examples a batch, at least 1; the last of an epoch may have fewer
  std::int64_t epochs = 1;         ///< the number of the last one, so that 6 after an initial epoch 3 runs three
  std::int64_t initial_epoch = 0;  ///< the number of the first one, at least 0
  bool shuffle = true;             ///< a new order each epoch, which seed and epoch alone decide
  /// Weight of each example, shape (m,), one view an output: the loss of a batch is sum w_i L_i / sum w_i. Finite, at
  /// least 0, not all 0.
  std::vector<View> sample_weight = {};
  /// Weight of each class, for one output with labels; classes that are not named weigh 1. Finite, at least 0.
  std::vector<std::pair<std::int64_t, double>> class_weight = {};
  std::vector<View> validation_x = {};              ///< one an input; measured after each epoch
  std::vector<View> validation_y = {};              ///< one an output
  std::vector<View> validation_sample_weight = {};  ///< one an output, or none
  double validation_split = 0.0;  ///< share of the last rows that is kept from training, where there is no validation_x
  /// Called after each epoch with its number, counted from 0, and its logs; true stops. What it adds to the logs goes
  /// into the history.
  std::function<bool(std::int64_t epoch, Logs& logs)> on_epoch = {};
  /// Called after every `every_steps`-th step of the model's life with the means of the epoch so far; true stops.
  std::function<bool(std::int64_t step, const Logs& logs)> on_step = {};
  std::int64_t every_steps = 1;  ///< how often `on_step` is called, at least 1
};

/// What `Model::value_and_grad` computes.
struct GradientOptions {
  bool parameters = true;                ///< d loss / d parameters
  bool inputs = false;                   ///< d loss / d x
  bool training = true;                  ///< as in a training step: dropout is on
  std::vector<View> sample_weight = {};  ///< as in FitOptions
};

}  // namespace laminar
