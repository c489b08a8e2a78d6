// SPDX-License-Identifier: BSD-3-Clause
//
// Precision TP / (TP + FP), recall TP / (TP + FN) and F1 = 2 TP / ((TP + FP) + (TP + FN)), weighted, with 0 / 0 = 0.
//
// Of classes that exclude each other, TP_c counts the examples of class c that were predicted as c; an output that
// stands alone has the classes 0 and 1. Of outputs that do not exclude each other, TP_c counts the yes of output c.
#include <cmath>
#include <limits>

#include "metrics/decisions.hpp"
#include "metrics/metric_options.hpp"
#include "metrics/registry.hpp"
#include "metrics/weighted_mean.hpp"

namespace laminar {
namespace {

using metrics::Average;

struct ConfusionFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("average", options.average);
    field("threshold", options.threshold);
    field("name", options.name);
  }
};

/// Sums of weights of one class or output.
struct Counts {
  double hits = 0;       ///< TP
  double predicted = 0;  ///< TP + FP
  double actual = 0;     ///< TP + FN

  bool occurs() const { return predicted + actual > 0; }
};

double ratio(double part, double whole) { return whole == 0 ? 0 : part / whole; }

struct PrecisionScore {
  static constexpr const char* kType = "Precision";
  static constexpr const char* kName = "precision";
  static double of(const Counts& counts) { return ratio(counts.hits, counts.predicted); }
};
struct RecallScore {
  static constexpr const char* kType = "Recall";
  static constexpr const char* kName = "recall";
  static double of(const Counts& counts) { return ratio(counts.hits, counts.actual); }
};
struct F1Score {
  static constexpr const char* kType = "F1";
  static constexpr const char* kName = "f1";
  static double of(const Counts& counts) { return ratio(2 * counts.hits, counts.predicted + counts.actual); }
};

class ConfusionState final : public MetricState {
 public:
  ConfusionState(Decisions decisions, Average average, double (*score)(const Counts&))
      : decisions_(decisions),
        average_(average),
        score_(score),
        counts_(static_cast<std::size_t>(decisions.classes())) {}

  void reset() override {
    counts_.assign(counts_.size(), {});
    seen_ = false;
  }

  void update(const Context&, const Tensor& predictions, const Tensor& targets, const Tensor& weights) override {
    const std::int64_t examples = examples_of(predictions.shape()).count;
    const std::int64_t per_example = decisions_.per_example(predictions.shape());
    dispatch_float(predictions.dtype(), [&]<class T>() {
      for (std::int64_t i = 0; i < examples; ++i) {
        const double weight = weight_at(weights, i);
        decisions_.for_each<T>(predictions, targets, i * per_example, (i + 1) * per_example,
                               [&](std::int64_t at, std::int64_t predicted, std::int64_t actual) {
                                 count(at, predicted, actual, weight);
                               });
      }
    });
    seen_ = seen_ || examples > 0;
  }

  double result() const override {
    if (!seen_) return std::numeric_limits<double>::quiet_NaN();
    switch (average_) {
      case Average::kBinary:
        return score_(counts_.back());
      case Average::kMacro:
        return macro();
      case Average::kMicro:
        break;
    }
    Counts all;
    for (const Counts& counts : counts_) {
      all.hits += counts.hits;
      all.predicted += counts.predicted;
      all.actual += counts.actual;
    }
    return score_(all);
  }

 private:
  void count(std::int64_t at, std::int64_t predicted, std::int64_t actual, double weight) {
    if (decisions_.exclusive()) {
      counts_[static_cast<std::size_t>(predicted)].predicted += weight;
      counts_[static_cast<std::size_t>(actual)].actual += weight;
      if (predicted == actual) counts_[static_cast<std::size_t>(actual)].hits += weight;
      return;
    }
    Counts& output = counts_[static_cast<std::size_t>(at) % counts_.size()];
    if (predicted == 1) output.predicted += weight;
    if (actual == 1) output.actual += weight;
    if (predicted == 1 && actual == 1) output.hits += weight;
  }

  /// As scikit-learn: a class that neither occurs nor is predicted has no part in the mean, but every output has.
  double macro() const {
    double sum = 0;
    double n = 0;
    for (const Counts& counts : counts_) {
      if (decisions_.exclusive() && !counts.occurs()) continue;
      sum += score_(counts);
      n += 1;
    }
    return ratio(sum, n);
  }

  Decisions decisions_;
  Average average_;
  double (*score_)(const Counts&);
  std::vector<Counts> counts_;  ///< by class or output; of two classes the last is the positive one
  bool seen_ = false;
};

template <class Score>
class ConfusionFunction final : public BatchMetric {
 public:
  explicit ConfusionFunction(metrics::ConfusionOptions options)
      : options_(std::move(options)), name_(name_or(options_.name, Score::kName)) {
    expect_threshold(options_.threshold, Score::kType);
  }

  std::string_view type() const override { return Score::kType; }
  Config::Map options() const override { return to_map<ConfusionFields>(options_); }
  std::string_view name() const override { return name_; }

  std::unique_ptr<MetricState> start(const TensorSpec& predictions, const TargetSpec& targets) const override {
    const Decisions decisions(name_, predictions, targets, options_.threshold);
    const std::int64_t classes = decisions.classes();
    if (classes == kFree) {
      throw ShapeError(name_ + ": expected a known number of outputs, got predictions of shape " +
                       to_string(predictions.shape));
    }
    if (options_.average == Average::kBinary && !(decisions.exclusive() && classes == 2)) {
      throw ShapeError(name_ + ": average 'binary': expected one output or two classes, got " +
                       std::to_string(classes) + (decisions.exclusive() ? " classes" : " outputs") +
                       "; choose 'macro' or 'micro'");
    }
    return std::make_unique<ConfusionState>(decisions, options_.average, Score::of);
  }

 private:
  metrics::ConfusionOptions options_;
  std::string name_;
};

template <class Score>
std::shared_ptr<const MetricFunction> make(const Config::Map& options) {
  return std::make_shared<ConfusionFunction<Score>>(
      from_map<ConfusionFields, metrics::ConfusionOptions>(options, Score::kType));
}

}  // namespace

std::shared_ptr<const MetricFunction> make_precision(const Config::Map& options) {
  return make<PrecisionScore>(options);
}
std::shared_ptr<const MetricFunction> make_recall(const Config::Map& options) { return make<RecallScore>(options); }
std::shared_ptr<const MetricFunction> make_f1(const Config::Map& options) { return make<F1Score>(options); }

metrics::Precision::Precision(const ConfusionOptions& options)
    : Metric(std::make_shared<ConfusionFunction<PrecisionScore>>(options)) {}
metrics::Recall::Recall(const ConfusionOptions& options)
    : Metric(std::make_shared<ConfusionFunction<RecallScore>>(options)) {}
metrics::F1::F1(const ConfusionOptions& options) : Metric(std::make_shared<ConfusionFunction<F1Score>>(options)) {}

}  // namespace laminar
