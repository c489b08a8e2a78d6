// SPDX-License-Identifier: BSD-3-Clause
//
// sum_i w_i L_i / sum_i w_i c_i with the L of a loss, c_i the share of the targets of example i that are known: 1 but
// where the loss skips what is missing. By name the loss has its default options and reads predictions as
// probabilities, not logits.
#include <algorithm>
#include <array>

#include "core/arena.hpp"
#include "laminar/error.hpp"
#include "metrics/registry.hpp"
#include "metrics/weighted_mean.hpp"

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
  LossMetricState(std::shared_ptr<const LossFunction> loss, bool counts_by_known)
      : loss_(std::move(loss)), counts_by_known_(counts_by_known) {}

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
      for (std::int64_t i = 0; i < count; ++i) {
        const double share = counts_by_known_ ? known_share(y, i) : 1;
        const double loss = weight_at(losses, i);
        mean_.add(share == 0 ? 0 : loss / share, share * weight_at(weights, first + i));
      }
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
  bool counts_by_known_;
  WeightedMean mean_;
  TensorSpec prepared_;
  Arena memory_;
  std::vector<Tensor> scratch_;
};

class LossMetric final : public BatchMetric {
 public:
  explicit LossMetric(std::shared_ptr<const LossFunction> loss)
      : loss_(std::move(loss)), name_(find_loss(std::string(loss_->type()))->name) {}

  std::string_view type() const override { return loss_->type(); }
  Config::Map options() const override { return loss_->options(); }
  std::string_view name() const override { return name_; }

  std::unique_ptr<MetricState> start(const TensorSpec& predictions, const TargetSpec& targets) const override {
    const std::shared_ptr<const LossFunction> loss = loss_for(targets.domain);
    const TargetSpec wanted = targets_of(*loss, predictions, targets.spec);
    if (wanted.spec.dtype != targets.spec.dtype || !compatible(wanted.spec.shape, targets.spec.shape)) {
      throw ShapeError(std::string(name_) + ": expected targets of shape " + to_string(wanted.spec.shape) +
                       " and dtype " + std::string(name_of(wanted.spec.dtype)) + ", got " +
                       to_string(targets.spec.shape) + " and " + std::string(name_of(targets.spec.dtype)));
    }
    return std::make_unique<LossMetricState>(loss, wanted.counts_by_known);
  }

 private:
  TargetSpec targets_of(const LossFunction& loss, const TensorSpec& predictions, const TensorSpec& given) const {
    try {
      return loss.targets({&predictions, 1}, {&given, 1})[0];
    } catch (const ShapeError& error) {
      throw ShapeError(std::string(name_) + ": " + error.what());
    }
  }

  /// The loss itself, or one that skips missing targets where there may be some.
  std::shared_ptr<const LossFunction> loss_for(const TargetDomain& domain) const {
    Config::Map options = loss_->options();
    const auto missing =
        std::find_if(options.begin(), options.end(), [](const auto& o) { return o.first == "missing"; });
    if (!domain.may_be_missing) return loss_;
    if (missing == options.end()) {
      throw ShapeError(std::string(name_) + ": expected targets that are all known, got some of a loss that skips NaN");
    }
    missing->second = encode(losses::Missing::kIgnore);
    return make_loss(std::string(loss_->type()), options);
  }

  std::shared_ptr<const LossFunction> loss_;
  std::string_view name_;  // of the registry, which outlives everything
};

}  // namespace

std::shared_ptr<const MetricFunction> make_loss_metric(std::shared_ptr<const LossFunction> loss) {
  if (find_loss(std::string(loss->type())) == nullptr) {
    throw ValueError("metric: expected a loss of laminar's or a function, got " + std::string(loss->type()));
  }
  return std::make_shared<LossMetric>(std::move(loss));
}

}  // namespace laminar
