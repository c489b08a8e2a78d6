// SPDX-License-Identifier: BSD-3-Clause
//
// sum_i w_i L_i / sum_i w_i with the L of a loss. Predictions are read as the loss's default options read them:
// as probabilities, not logits.
#include <algorithm>
#include <array>

#include "core/arena.hpp"
#include "laminar/error.hpp"
#include "metrics/registry.hpp"

namespace laminar {
namespace {

// Examples of one pass: memory is asked for once, however large the batches are.
constexpr std::int64_t kBlock = 256;

/// Examples [first, first + count) of a tensor.
Tensor slice(const Tensor& tensor, std::int64_t first, std::int64_t count) {
  Shape shape = tensor.shape();
  shape.set(0, 1);
  const std::size_t example_bytes = size_bytes(TensorSpec{shape, tensor.dtype()});
  shape.set(0, count);
  return {tensor.as<std::byte>() + static_cast<std::size_t>(first) * example_bytes, {shape, tensor.dtype()}};
}

class LossMetricState final : public MetricState {
 public:
  explicit LossMetricState(std::shared_ptr<const LossFunction> loss) : loss_(std::move(loss)) {}

  void reset() override { mean_.reset(); }
  double result() const override { return mean_.result(); }

  void update(const Context& context, const Tensor& predictions, const Tensor& targets,
              const Tensor& weights) override {
    prepare(predictions.spec);
    const std::int64_t examples = predictions.shape()[0];
    for (std::int64_t first = 0; first < examples; first += kBlock) {
      const std::int64_t count = std::min(kBlock, examples - first);
      const Tensor p = slice(predictions, first, count);
      const Tensor y = slice(targets, first, count);
      const Tensor losses{memory_.data(), {{count}, predictions.dtype()}};
      loss_->forward({context, {&p, 1}, {&y, 1}, losses, false, scratch_});
      for (std::int64_t i = 0; i < count; ++i) mean_.add(weight_at(losses, i), weight_at(weights, first + i));
    }
  }

 private:
  /// Room for a block of examples; does nothing while examples keep their shape.
  void prepare(TensorSpec spec) {
    spec.shape.set(0, kBlock);
    if (spec == prepared_) return;
    const std::vector<TensorSpec> scratch = loss_->scratch({&spec, 1});
    std::size_t bytes = align_up(size_bytes(TensorSpec{{kBlock}, spec.dtype}));
    std::vector<std::size_t> offsets;
    for (const TensorSpec& tensor : scratch) {
      offsets.push_back(bytes);
      bytes += align_up(size_bytes(tensor));
    }
    memory_.reserve(bytes);
    scratch_.clear();
    for (std::size_t i = 0; i < scratch.size(); ++i) scratch_.push_back({memory_.data() + offsets[i], scratch[i]});
    prepared_ = spec;
  }

  std::shared_ptr<const LossFunction> loss_;
  WeightedMean mean_;
  TensorSpec prepared_;
  Arena memory_;
  std::vector<Tensor> scratch_;
};

class LossMetric final : public Metric {
 public:
  explicit LossMetric(const LossEntry& loss) : name_(loss.name), loss_(loss.make({})) {}

  std::string_view name() const override { return name_; }

  std::unique_ptr<MetricState> start(const TensorSpec& predictions, const TargetSpec& targets) const override {
    const TensorSpec wanted = loss_->targets({&predictions, 1}, {&targets.spec, 1})[0].spec;
    if (wanted.dtype != targets.spec.dtype || !compatible(wanted.shape, targets.spec.shape)) {
      throw ShapeError(std::string(name_) + ": expected targets of shape " + to_string(wanted.shape) + " and dtype " +
                       std::string(name_of(wanted.dtype)) + ", got " + to_string(targets.spec.shape) + " and " +
                       std::string(name_of(targets.spec.dtype)));
    }
    return std::make_unique<LossMetricState>(loss_);
  }

 private:
  std::string_view name_;  // of the registry, which outlives everything
  std::shared_ptr<const LossFunction> loss_;
};

}  // namespace

std::shared_ptr<const Metric> make_loss_metric(const LossEntry& loss) { return std::make_shared<LossMetric>(loss); }

}  // namespace laminar
