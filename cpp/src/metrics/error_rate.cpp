// SPDX-License-Identifier: BSD-3-Clause
//
// sum_r w_r I{predicted class != true class} / sum_r w_r over all decisions r, w_r the example's weight times the
// weight of its true class: 1 - accuracy where all classes weigh the same.
#include <algorithm>
#include <cmath>

#include "metrics/decisions.hpp"
#include "metrics/metric_options.hpp"
#include "metrics/registry.hpp"
#include "metrics/weighted_mean.hpp"

namespace laminar {
namespace {

struct ErrorRateFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("class_weight", options.class_weight);
    field("threshold", options.threshold);
    field("name", options.name);
  }
};

class ErrorRateState final : public MetricState {
 public:
  ErrorRateState(Decisions decisions, std::vector<double> class_weights)
      : decisions_(decisions), class_weights_(std::move(class_weights)) {}

  void reset() override { mean_.reset(); }
  double result() const override { return mean_.result(); }

  void update(const Context&, const Tensor& predictions, const Tensor& targets, const Tensor& weights) override {
    const std::int64_t examples = examples_of(predictions.shape()).count;
    const std::int64_t per_example = decisions_.per_example(predictions.shape());
    dispatch_float(predictions.dtype(), [&]<class T>() {
      for (std::int64_t i = 0; i < examples; ++i) {
        const double weight = weight_at(weights, i);
        mean_.add(0, 0);  // an example of which nothing is known has been seen too
        decisions_.for_each<T>(predictions, targets, i * per_example, (i + 1) * per_example,
                               [&](std::int64_t, std::int64_t predicted, std::int64_t actual) {
                                 mean_.add(predicted == actual ? 0 : 1,
                                           weight * class_weights_[static_cast<std::size_t>(actual)]);
                               });
      }
    });
  }

 private:
  Decisions decisions_;
  std::vector<double> class_weights_;
  WeightedMean mean_;
};

class ErrorRateFunction final : public BatchMetric {
 public:
  explicit ErrorRateFunction(metrics::ErrorRateOptions options)
      : options_(std::move(options)), name_(name_or(options_.name, "error_rate")) {
    expect_threshold(options_.threshold, "ErrorRate");
    for (const auto& [label, weight] : options_.class_weight) {
      expect(std::isfinite(weight) && weight >= 0, "ErrorRate: class_weight[" + std::to_string(label) + "]",
             "a finite number of at least 0", weight);
      if (label < 0) {
        throw ValueError("ErrorRate: class_weight: expected classes of 0 and more, got " + std::to_string(label));
      }
    }
  }

  std::string_view type() const override { return "ErrorRate"; }
  Config::Map options() const override { return to_map<ErrorRateFields>(options_); }
  std::string_view name() const override { return name_; }

  std::unique_ptr<MetricState> start(const TensorSpec& predictions, const TargetSpec& targets) const override {
    const Decisions decisions(name_, predictions, targets, options_.threshold);
    const std::int64_t classes = decisions.by_rows() ? decisions.classes() : 2;
    std::vector<double> weights(static_cast<std::size_t>(std::max<std::int64_t>(classes, 0)), 1.0);
    for (const auto& [label, weight] : options_.class_weight) {
      if (label >= classes) {
        throw ShapeError(name_ + ": class_weight: expected classes from 0 to " + std::to_string(classes - 1) +
                         ", got " + std::to_string(label));
      }
      weights[static_cast<std::size_t>(label)] = weight;
    }
    return std::make_unique<ErrorRateState>(decisions, std::move(weights));
  }

 private:
  metrics::ErrorRateOptions options_;
  std::string name_;
};

}  // namespace

std::shared_ptr<const MetricFunction> make_error_rate(const Config::Map& options) {
  return std::make_shared<ErrorRateFunction>(
      from_map<ErrorRateFields, metrics::ErrorRateOptions>(options, "ErrorRate"));
}

metrics::ErrorRate::ErrorRate(const ErrorRateOptions& options) : Metric(std::make_shared<ErrorRateFunction>(options)) {}

}  // namespace laminar
