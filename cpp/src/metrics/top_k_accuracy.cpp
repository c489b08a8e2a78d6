// SPDX-License-Identifier: BSD-3-Clause
//
// The share of rows r whose true class c has fewer than k classes before it: p_rj > p_rc, or p_rj = p_rc with j < c, so
// that k = 1 is accuracy.
#include "metrics/decisions.hpp"
#include "metrics/metric_options.hpp"
#include "metrics/registry.hpp"
#include "metrics/weighted_mean.hpp"

namespace laminar {
namespace {

struct TopKAccuracyFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("k", options.k);
    field("name", options.name);
  }
};

/// NaN is never right.
template <class T>
bool is_among_top(const T* p, std::int64_t classes, std::int64_t actual, std::int64_t k) {
  const T own = p[actual];
  std::int64_t before = 0;
  for (std::int64_t j = 0; j < classes; ++j) before += p[j] > own || (p[j] == own && j < actual) ? 1 : 0;
  return before < k && !std::isnan(own);
}

class TopKAccuracyState final : public MetricState {
 public:
  TopKAccuracyState(Decisions decisions, std::int64_t k) : decisions_(decisions), k_(k) {}

  void reset() override { mean_.reset(); }
  double result() const override { return mean_.result(); }

  void update(const Context&, const Tensor& predictions, const Tensor& targets, const Tensor& weights) override {
    const std::int64_t examples = examples_of(predictions.shape()).count;
    const std::int64_t per_example = decisions_.per_example(predictions.shape());
    const std::int64_t classes = predictions.shape()[-1];
    if (per_example == 0) return;
    dispatch_float(predictions.dtype(), [&]<class T>() {
      const T* p = predictions.as<const T>();
      for (std::int64_t i = 0; i < examples; ++i) {
        std::int64_t right = 0;
        decisions_.for_each<T>(predictions, targets, i * per_example, (i + 1) * per_example,
                               [&](std::int64_t row, std::int64_t, std::int64_t actual) {
                                 right += is_among_top(p + row * classes, classes, actual, k_) ? 1 : 0;
                               });
        mean_.add(static_cast<double>(right) / static_cast<double>(per_example), weight_at(weights, i));
      }
    });
  }

 private:
  Decisions decisions_;
  std::int64_t k_;
  WeightedMean mean_;
};

class TopKAccuracyFunction final : public BatchMetric {
 public:
  explicit TopKAccuracyFunction(metrics::TopKAccuracyOptions options)
      : options_(std::move(options)), name_(name_or(options_.name, "top_k_accuracy")) {
    if (options_.k < 1) throw ValueError("TopKAccuracy: k: expected at least 1, got " + std::to_string(options_.k));
  }

  std::string_view type() const override { return "TopKAccuracy"; }
  Config::Map options() const override { return to_map<TopKAccuracyFields>(options_); }
  std::string_view name() const override { return name_; }

  std::unique_ptr<MetricState> start(const TensorSpec& predictions, const TargetSpec& targets) const override {
    const Decisions decisions(name_, predictions, targets, 0.5);
    if (!decisions.by_rows()) {
      throw ShapeError(name_ + ": expected classes that exclude each other, got predictions of shape " +
                       to_string(predictions.shape) + " whose outputs each stand alone");
    }
    if (decisions.classes() != kFree && options_.k > decisions.classes()) {
      throw ShapeError(name_ + ": k: expected at most the number of classes, " + std::to_string(decisions.classes()) +
                       ", got " + std::to_string(options_.k));
    }
    return std::make_unique<TopKAccuracyState>(decisions, options_.k);
  }

 private:
  metrics::TopKAccuracyOptions options_;
  std::string name_;
};

}  // namespace

std::shared_ptr<const MetricFunction> make_top_k_accuracy(const Config::Map& options) {
  return std::make_shared<TopKAccuracyFunction>(
      from_map<TopKAccuracyFields, metrics::TopKAccuracyOptions>(options, "TopKAccuracy"));
}

metrics::TopKAccuracy::TopKAccuracy(const TopKAccuracyOptions& options)
    : Metric(std::make_shared<TopKAccuracyFunction>(options)) {}

}  // namespace laminar
