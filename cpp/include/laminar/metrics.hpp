// SPDX-License-Identifier: BSD-3-Clause
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
/// Predictions are read as probabilities where classes are concerned; targets that are missing are left out.
class Metric {
 public:
  /// y_true as it was given, y_pred of as many rows, and the sample weights, without data where there are none.
  using Function = std::function<double(const View& y_true, const View& y_pred, const View& sample_weight)>;

  Metric(const char* name);         // NOLINT(google-explicit-constructor)
  Metric(const std::string& name);  // NOLINT(google-explicit-constructor)
  Metric(const Loss& loss);         // NOLINT(google-explicit-constructor)
  /// Called on whole arrays at the end of an epoch and of an evaluation, which costs one more prediction of all rows.
  Metric(std::string name, Function function);
  explicit Metric(std::shared_ptr<const MetricFunction> function) : function_(std::move(function)) {}

  const MetricFunction& function() const { return *function_; }
  std::shared_ptr<const MetricFunction> shared_function() const { return function_; }

 private:
  std::shared_ptr<const MetricFunction> function_;
};

namespace metrics {

/// How the numbers of several classes or outputs become one.
enum class Average {
  kBinary,  ///< those of class 1, of two classes or one output
  kMacro,   ///< mean over the classes that occur in targets or predictions, or over all outputs
  kMicro,   ///< from the counts of all of them together
};

/// Weight by true class; 1 for classes that are not named.
using ClassWeights = std::vector<std::pair<std::int64_t, double>>;

/// sum_i w_i I{right} / sum_i w_i: the largest of the outputs where they are classes, above the threshold or not where
/// an output stands alone.
struct AccuracyOptions {
  double threshold = 0.5;
  std::optional<std::string> name = std::nullopt;  ///< in History; by default the metric's own
};
class Accuracy : public Metric {
 public:
  explicit Accuracy(const AccuracyOptions& options = {});
};

/// sum_i w_i I{wrong} / sum_i w_i, where class weights multiply into w.
struct ErrorRateOptions {
  ClassWeights class_weight = {};
  double threshold = 0.5;
  std::optional<std::string> name = std::nullopt;
};
class ErrorRate : public Metric {
 public:
  explicit ErrorRate(const ErrorRateOptions& options = {});
};

/// Options of Precision, Recall and F1; 0 / 0 is 0.
struct ConfusionOptions {
  Average average = Average::kBinary;
  double threshold = 0.5;
  std::optional<std::string> name = std::nullopt;
};
/// TP / (TP + FP)
class Precision : public Metric {
 public:
  explicit Precision(const ConfusionOptions& options = {});
};
/// TP / (TP + FN)
class Recall : public Metric {
 public:
  explicit Recall(const ConfusionOptions& options = {});
};
/// 2 TP / (2 TP + FP + FN), the harmonic mean of both
class F1 : public Metric {
 public:
  explicit F1(const ConfusionOptions& options = {});
};

/// The share of examples whose class is among the k likeliest; of equals the first is the likelier.
struct TopKAccuracyOptions {
  std::int64_t k = 5;
  std::optional<std::string> name = std::nullopt;
};
class TopKAccuracy : public Metric {
 public:
  explicit TopKAccuracy(const TopKAccuracyOptions& options = {});
};

/// Options of metrics that have none of their own.
struct NamedOptions {
  std::optional<std::string> name = std::nullopt;
};
/// sqrt(sum_i w_i (p_i - y_i)^2 / sum_i w_i), mean over the outputs.
class RootMeanSquaredError : public Metric {
 public:
  explicit RootMeanSquaredError(const NamedOptions& options = {});
};
/// 1 - sum_i w_i (y_i - p_i)^2 / sum_i w_i (y_i - mean y)^2, mean over the outputs. Where all targets of an output are
/// equal it is 1 if every prediction is right, else 0.
class R2 : public Metric {
 public:
  explicit R2(const NamedOptions& options = {});
};

}  // namespace metrics
}  // namespace laminar
