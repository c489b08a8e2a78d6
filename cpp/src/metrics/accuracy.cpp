// SPDX-License-Identifier: BSD-3-Clause
//
// The share of right predictions: argmax_j p_rj == label of row r (the first maximum wins), or [p > 1/2] == [y > 1/2]
// for every output that stands alone. An example of several rows or outputs counts by the share that is right.
//
// Predictions are read as probabilities. Of logits the argmax is the same, but not the threshold, which would be 0.
#include <algorithm>

#include "laminar/error.hpp"
#include "losses/loss_function.hpp"
#include "metrics/registry.hpp"

namespace laminar {
namespace {

/// What one prediction is, and what it is compared with.
enum class Comparison {
  kLabels,     ///< rows of classes against int32 labels
  kRows,       ///< rows of classes against rows of classes
  kThreshold,  ///< each output on its own
};

Comparison comparison_of(const TensorSpec& predictions, const TargetSpec& targets) {
  using Kind = TargetDomain::Kind;
  const Shape& p = predictions.shape;
  const Shape& y = targets.spec.shape;
  if (targets.domain.kind == Kind::kLabels) return Comparison::kLabels;
  if (compatible(p, y) && targets.domain.kind != Kind::kNonNegative) {
    const bool alone = p.rank() < 2 || p[-1] == 1;
    // Outputs of binary cross-entropy do not exclude each other; those of squared errors on one-hot rows do.
    const bool multi_label = targets.domain.kind == Kind::kUnitInterval && targets.domain.classes == 0;
    return alone || multi_label ? Comparison::kThreshold : Comparison::kRows;
  }
  throw ShapeError("accuracy: expected class labels, or targets between 0 and 1 of the predictions' shape " +
                   to_string(p) + ", got targets of shape " + to_string(y) + " that are neither");
}

template <class T>
std::int64_t argmax(const T* row, std::int64_t n) {
  return std::max_element(row, row + n) - row;
}

class AccuracyState final : public MetricState {
 public:
  explicit AccuracyState(Comparison comparison) : comparison_(comparison) {}

  void reset() override { mean_.reset(); }
  double result() const override { return mean_.result(); }

  void update(const Context&, const Tensor& predictions, const Tensor& targets, const Tensor& weights) override {
    const auto [n_examples, outputs] = examples_of(predictions.shape());
    const std::int64_t examples = n_examples;  // a lambda may capture this one
    const std::int64_t classes = comparison_ == Comparison::kThreshold ? 1 : predictions.shape()[-1];
    const std::int64_t per_example = outputs / classes;
    if (per_example == 0) return;
    dispatch_float(predictions.dtype(), [&]<class T>() {
      for (std::int64_t i = 0; i < examples; ++i) {
        std::int64_t right = 0;
        for (std::int64_t r = i * per_example; r < (i + 1) * per_example; ++r) {
          right += is_right(predictions.as<const T>() + r * classes, targets, r, classes) ? 1 : 0;
        }
        mean_.add(static_cast<double>(right) / static_cast<double>(per_example), weight_at(weights, i));
      }
    });
  }

 private:
  template <class T>
  bool is_right(const T* p, const Tensor& targets, std::int64_t row, std::int64_t classes) const {
    switch (comparison_) {
      case Comparison::kLabels:
        return argmax(p, classes) == targets.as<const std::int32_t>()[row];
      case Comparison::kRows:
        return argmax(p, classes) == argmax(targets.as<const T>() + row * classes, classes);
      case Comparison::kThreshold:
        break;
    }
    return (*p > T(0.5)) == (targets.as<const T>()[row] > T(0.5));
  }

  Comparison comparison_;
  WeightedMean mean_;
};

class Accuracy final : public Metric {
 public:
  std::string_view name() const override { return "accuracy"; }
  std::unique_ptr<MetricState> start(const TensorSpec& predictions, const TargetSpec& targets) const override {
    return std::make_unique<AccuracyState>(comparison_of(predictions, targets));
  }
};

}  // namespace

std::shared_ptr<const Metric> make_accuracy() { return std::make_shared<Accuracy>(); }

}  // namespace laminar
