// SPDX-License-Identifier: BSD-3-Clause
//
// The share of right predictions: argmax_j p_rj == label of row r (the first maximum wins), or [p > threshold] ==
// [y > 1/2] for every output that stands alone. An example of several rows or outputs counts by the share that is right
// of those whose target is known.
//
// Predictions are read as probabilities. Of logits the argmax is the same, but not the threshold, which would be 0.
#include "metrics/decisions.hpp"
#include "metrics/metric_options.hpp"
#include "metrics/registry.hpp"
#include "metrics/weighted_mean.hpp"

namespace laminar {
namespace {

struct AccuracyFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("threshold", options.threshold);
    field("name", options.name);
  }
};

class AccuracyState final : public MetricState {
 public:
  explicit AccuracyState(Decisions decisions) : decisions_(decisions) {}

  void reset() override { mean_.reset(); }
  double result() const override { return mean_.result(); }

  void update(const Context&, const Tensor& predictions, const Tensor& targets, const Tensor& weights) override {
    const std::int64_t examples = examples_of(predictions.shape()).count;
    const std::int64_t per_example = decisions_.per_example(predictions.shape());
    if (per_example == 0) return;
    dispatch_float(predictions.dtype(), [&]<class T>() {
      for (std::int64_t i = 0; i < examples; ++i) {
        std::int64_t right = 0;
        std::int64_t known = 0;
        decisions_.for_each<T>(predictions, targets, i * per_example, (i + 1) * per_example,
                               [&](std::int64_t, std::int64_t predicted, std::int64_t actual) {
                                 right += predicted == actual ? 1 : 0;
                                 ++known;
                               });
        const double share = static_cast<double>(known) / static_cast<double>(per_example);
        mean_.add(known == 0 ? 0 : static_cast<double>(right) / static_cast<double>(known),
                  share * weight_at(weights, i));
      }
    });
  }

 private:
  Decisions decisions_;
  WeightedMean mean_;
};

class AccuracyFunction final : public BatchMetric {
 public:
  explicit AccuracyFunction(metrics::AccuracyOptions options)
      : options_(std::move(options)), name_(name_or(options_.name, "accuracy")) {
    expect_threshold(options_.threshold, "Accuracy");
  }

  std::string_view type() const override { return "Accuracy"; }
  Config::Map options() const override { return to_map<AccuracyFields>(options_); }
  std::string_view name() const override { return name_; }
  std::unique_ptr<MetricState> start(const TensorSpec& predictions, const TargetSpec& targets) const override {
    return std::make_unique<AccuracyState>(Decisions(name_, predictions, targets, options_.threshold));
  }

 private:
  metrics::AccuracyOptions options_;
  std::string name_;
};

}  // namespace

std::shared_ptr<const MetricFunction> make_accuracy(const Config::Map& options) {
  return std::make_shared<AccuracyFunction>(from_map<AccuracyFields, metrics::AccuracyOptions>(options, "Accuracy"));
}

metrics::Accuracy::Accuracy(const AccuracyOptions& options) : Metric(std::make_shared<AccuracyFunction>(options)) {}

}  // namespace laminar
