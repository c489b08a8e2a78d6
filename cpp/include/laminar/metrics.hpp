// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// Metrics: what a model is measured by besides its loss.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "laminar/losses.hpp"
#include "laminar/view.hpp"

namespace laminar {

class MetricFunction;

/// What a model is measured by besides its loss: one of `laminar::metrics`, a loss, whose weighted mean it then is, a
/// name that stands for either with its defaults, or a function of one's own.
///
/// Metrics add up over batches exactly: no value depends on the batch size. Examples count by their weights.
/// Predictions are read as probabilities where classes are concerned; targets that are missing are left out. A metric
/// that has no meaning for a model's outputs and targets makes the call that measures throw ShapeError.
///
/// \code{.cpp}
/// Model<float> model(Sequential{Input({.shape = {2}}), Dense({.units = 1})});
/// const auto bias = [](const View& y_true, const View& y_pred, const View&) {
///   const auto* y = static_cast<const float*>(y_true.data);
///   const auto* p = static_cast<const float*>(y_pred.data);
///   double sum = 0;
///   for (std::int64_t i = 0; i < y_true.rows(); ++i) sum += p[i] - y[i];
///   return sum / static_cast<double>(y_true.rows());
/// };
/// model.compile({.loss = losses::SquaredError(), .metrics = {"r2", losses::Huber({.delta = 2.0}), {"bias", bias}}});
/// const std::vector<float> x{0, 0};
/// const std::vector<float> y{3};
/// assert(model.evaluate(View(x.data(), {1, 2}), View(y))["bias"] == -3.0);
/// \endcode
class Metric {
 public:
  /// Computes a metric: from y_true as it was given, strides and dtype included; y_pred of as many rows and the model's
  /// dtype, C-contiguous, (m,) where y_true is (m,) for an output (m, 1); and sample weights (m,), without data where
  /// there are none.
  using Function = std::function<double(const View& y_true, const View& y_pred, const View& sample_weight)>;

  /// A metric or loss with its defaults.
  /// \param name "accuracy", "error_rate", "precision", "recall", "f1", "top_k_accuracy", "root_mean_squared_error",
  ///   "r2", or a loss: "cross_entropy", "binary_cross_entropy", "squared_error", "mean_squared_error",
  ///   "mean_absolute_error", "huber", "poisson", "pinball"
  /// \throws ValueError that proposes the nearest name, if there is none such
  Metric(const char* name);  // NOLINT(google-explicit-constructor)
  /// A metric or loss with its defaults.
  /// \param name see above
  /// \throws ValueError that proposes the nearest name, if there is none such
  Metric(const std::string& name);  // NOLINT(google-explicit-constructor)
  /// The weighted mean of a loss, which need not be the one that is trained on.
  /// \param loss one of `laminar::losses`
  Metric(const Loss& loss);  // NOLINT(google-explicit-constructor)
  /// A function that is called on whole arrays at the end of an epoch and of an evaluation, which costs one more
  /// prediction of all rows.
  /// \param name     its name in Logs and History
  /// \param function computes it; what it throws ends the call
  /// \throws ValueError if there is no name or no function
  Metric(std::string name, Function function);

  /// \cond
  explicit Metric(std::shared_ptr<const MetricFunction> function) : function_(std::move(function)) {}
  const MetricFunction& function() const { return *function_; }
  std::shared_ptr<const MetricFunction> shared_function() const { return function_; }
  /// \endcond

 private:
  std::shared_ptr<const MetricFunction> function_;
};

/// The kinds of `Metric`. In the formulas w_i is the weight of example i, 1 where none is given.
///
/// Outputs are *classes* that exclude each other where the loss takes labels, and where there are several outputs and a
/// loss other than binary cross-entropy: of these the largest counts. Any other output *stands alone*: it says yes
/// above the threshold.
namespace metrics {

/// How the numbers of several classes or outputs become one.
enum class Average {
  kBinary,  ///< those of class 1, of two classes or one output
  kMacro,   ///< mean over the classes that occur in targets or predictions, or over all outputs
  kMicro,   ///< from the counts of all of them together
};

/// Weight by true class; 1 for classes that are not named.
using ClassWeights = std::vector<std::pair<std::int64_t, double>>;

/// Options of `Accuracy`.
struct AccuracyOptions {
  double threshold = 0.5;                          ///< of outputs that stand alone, above 0 and below 1
  std::optional<std::string> name = std::nullopt;  ///< in Logs and History; by default "accuracy"
};

/// The share of right predictions: sum_i w_i I{right} / sum_i w_i.
///
/// Right is the largest of the outputs (of equals the first) where they are classes, above the threshold or not where
/// an output stands alone. An example of several rows or outputs counts by the share that is right.
///
/// \code{.cpp}
/// Model<float> model(Sequential{Input({.shape = {2}}), ActivationLayer({.activation = Activation::kSoftmax})});
/// model.compile({.loss = losses::CrossEntropy(), .metrics = {metrics::Accuracy()}});
/// const std::vector<float> z{0, 1, 1, 0, 2, 1, 1, 2};
/// const std::vector<int> labels{1, 0, 0, 0};
/// assert(model.evaluate(View(z.data(), {4, 2}), View(labels))["accuracy"] == 0.75);
/// \endcode
class Accuracy : public Metric {
 public:
  /// \param options threshold and name
  /// \throws ValueError if the threshold is out of its range or the name is empty
  explicit Accuracy(const AccuracyOptions& options = {});
};

/// Options of `ErrorRate`.
struct ErrorRateOptions {
  ClassWeights class_weight = {};                  ///< classes from 0, finite weights of at least 0
  double threshold = 0.5;                          ///< of outputs that stand alone, above 0 and below 1
  std::optional<std::string> name = std::nullopt;  ///< in Logs and History; by default "error_rate"
};

/// The share of wrong predictions: sum_i w_i I{wrong} / sum_i w_i, where class weights multiply into w.
///
/// \code{.cpp}
/// Model<float> model(Sequential{Input({.shape = {2}}), ActivationLayer({.activation = Activation::kSoftmax})});
/// model.compile({.loss = losses::CrossEntropy(), .metrics = {metrics::ErrorRate({.class_weight = {{0, 3.0}}})}});
/// const std::vector<float> z{0, 1, 0, 1, 0, 1};
/// const std::vector<int> labels{0, 1, 1};
/// assert(model.evaluate(View(z.data(), {3, 2}), View(labels))["error_rate"] == 0.6);
/// \endcode
class ErrorRate : public Metric {
 public:
  /// \param options class weights, threshold and name
  /// \throws ValueError if a class, a weight or the threshold is out of its range or the name is empty
  explicit ErrorRate(const ErrorRateOptions& options = {});
};

/// Options of `Precision`, `Recall` and `F1`.
struct ConfusionOptions {
  Average average = Average::kBinary;              ///< how several classes or outputs become one number
  double threshold = 0.5;                          ///< of outputs that stand alone, above 0 and below 1
  std::optional<std::string> name = std::nullopt;  ///< in Logs and History; by default "precision", "recall" or "f1"
};

/// The share of right ones among those that were said to be of a class: TP / (TP + FP), weighted; 0 / 0 is 0.
///
/// An example stands at `F1`.
class Precision : public Metric {
 public:
  /// \param options average, threshold and name
  /// \throws ValueError if the threshold is out of its range or the name is empty
  explicit Precision(const ConfusionOptions& options = {});
};

/// The share of those of a class that were found: TP / (TP + FN), weighted; 0 / 0 is 0.
///
/// An example stands at `F1`.
class Recall : public Metric {
 public:
  /// \param options average, threshold and name
  /// \throws ValueError if the threshold is out of its range or the name is empty
  explicit Recall(const ConfusionOptions& options = {});
};

/// The harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN), weighted; 0 / 0 is 0.
///
/// \code{.cpp}
/// Model<float> model(Sequential{Input({.shape = {1}}), ActivationLayer({.activation = Activation::kSigmoid})});
/// model.compile({.loss = losses::BinaryCrossEntropy(),
///                .metrics = {metrics::Precision(), metrics::Recall(), metrics::F1({.name = "score"})}});
/// const std::vector<float> z{2, 1, -1, -2};
/// const std::vector<float> y{1, 0, 0, 0};
/// const Logs logs = model.evaluate(View(z.data(), {4, 1}), View(y));
/// assert(logs["precision"] == 0.5 && logs["recall"] == 1.0 && logs["score"] == 2.0 / 3.0);
/// \endcode
class F1 : public Metric {
 public:
  /// \param options average, threshold and name
  /// \throws ValueError if the threshold is out of its range or the name is empty
  explicit F1(const ConfusionOptions& options = {});
};

/// Options of `TopKAccuracy`.
struct TopKAccuracyOptions {
  std::int64_t k = 5;                              ///< from 1 to the number of classes
  std::optional<std::string> name = std::nullopt;  ///< in Logs and History; by default "top_k_accuracy"
};

/// The share of examples whose class is among the k likeliest; of equals the first is the likelier.
///
/// \code{.cpp}
/// Model<float> model(Sequential{Input({.shape = {3}}), ActivationLayer({.activation = Activation::kSoftmax})});
/// model.compile({.loss = losses::CrossEntropy(), .metrics = {metrics::TopKAccuracy({.k = 2})}});
/// const std::vector<float> z{3, 2, 1, 3, 2, 1};
/// const std::vector<int> labels{1, 2};
/// assert(model.evaluate(View(z.data(), {2, 3}), View(labels))["top_k_accuracy"] == 0.5);
/// \endcode
class TopKAccuracy : public Metric {
 public:
  /// \param options k and name
  /// \throws ValueError if k is below 1 or the name is empty
  explicit TopKAccuracy(const TopKAccuracyOptions& options = {});
};

/// Options of metrics that have none of their own.
struct NamedOptions {
  std::optional<std::string> name = std::nullopt;  ///< in Logs and History; by default the metric's own
};

/// The usual distance from the targets, in their unit: sqrt(sum_i w_i (p_i - y_i)^2 / sum_i w_i), mean over the
/// outputs.
///
/// An example stands at `R2`.
class RootMeanSquaredError : public Metric {
 public:
  /// \param options a name instead of "root_mean_squared_error"
  /// \throws ValueError if the name is empty
  explicit RootMeanSquaredError(const NamedOptions& options = {});
};

/// The share of the spread that is explained: 1 - sum_i w_i (y_i - p_i)^2 / sum_i w_i (y_i - mean y)^2, mean over the
/// outputs.
///
/// Where all targets of an output are equal it is 1 if every prediction is right, else 0.
///
/// \code{.cpp}
/// Model<double> model(Sequential{Input({.shape = {1}}), ActivationLayer({.activation = Activation::kLinear})});
/// model.compile({.loss = losses::MeanSquaredError(), .metrics = {metrics::R2(), metrics::RootMeanSquaredError()}});
/// const std::vector<double> p{0, 4};
/// const std::vector<double> y{2, 4};
/// const Logs logs = model.evaluate(View(p.data(), {2, 1}), View(y));
/// assert(logs["r2"] == -1.0 && logs["root_mean_squared_error"] == std::sqrt(2.0));
/// \endcode
class R2 : public Metric {
 public:
  /// \param options a name instead of "r2"
  /// \throws ValueError if the name is empty
  explicit R2(const NamedOptions& options = {});
};

}  // namespace metrics
}  // namespace laminar
