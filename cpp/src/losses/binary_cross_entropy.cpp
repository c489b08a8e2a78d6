// SPDX-License-Identifier: BSD-3-Clause
//
// L_i = mean or sum over j of -(y_ij log p_ij + (1 - y_ij) log(1 - p_ij)); with p = sigmoid(z), dL/dz = p - y
//
// A target that is missing adds 0 to the sum, also of the mean form: its L_i stays 1/k of the sum, and the mean over
// the batch divides by sum_i w_i n_i / k instead of sum_i w_i, n_i of the k targets of example i being known.
#include <cmath>
#include <cstring>
#include <limits>

#include "losses/elementwise_loss.hpp"
#include "losses/registry.hpp"

namespace laminar {
namespace {

struct BinaryCrossEntropyFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("from_logits", options.from_logits);
    field("reduce_outputs", options.reduce_outputs);
    field("missing", options.missing);
  }
};

class BinaryCrossEntropyFunction final : public ElementwiseLoss<BinaryCrossEntropyFunction> {
 public:
  explicit BinaryCrossEntropyFunction(losses::BinaryCrossEntropyOptions options)
      : ElementwiseLoss(options.reduce_outputs, {.kind = TargetDomain::Kind::kUnitInterval,
                                                 .may_be_missing = options.missing == losses::Missing::kIgnore}),
        options_(options) {}

  std::string_view type() const override { return "BinaryCrossEntropy"; }
  Config::Map options() const override { return to_map<BinaryCrossEntropyFields>(options_); }

  std::vector<TargetSpec> targets(std::span<const TensorSpec> predictions,
                                  std::span<const TensorSpec> given) const override {
    std::vector<TargetSpec> specs = ElementwiseLoss::targets(predictions, given);
    specs[0].counts_by_known = skips_missing() && options_.reduce_outputs == losses::Reduction::kMean;
    return specs;
  }

  bool fuses(ActivationSpec activation) const override {
    return !options_.from_logits && activation.kind == Activation::kSigmoid;
  }

  /// Where the predictions are logits that must stay what they are, a place for p.
  std::vector<TensorSpec> scratch(std::span<const TensorSpec> predictions) const override {
    if (!options_.from_logits) return {};
    return {predictions[0]};
  }

  void forward(const LossForwardCall& call) const override {
    dispatch_float(call.predictions[0].dtype(), [&]<class T>() {
      if (call.fused || options_.from_logits) return forward_from_logits<T>(call);
      of_known<T>([this](T p, T y) { return value(p, y); },
                  [&](const auto& term) { sum_by_example<T>(call, factor(call.predictions[0]), term); });
    });
  }

  void backward(const LossBackwardCall& call) const override {
    if (!call.d_predictions[0].wanted()) return;
    dispatch_float(call.predictions[0].dtype(), [&]<class T>() {
      if (call.fused || options_.from_logits) return backward_from_logits<T>(call);
      of_known<T>([this](T p, T y) { return derivative(p, y); },
                  [&](const auto& term) { differentiate<T>(call, factor(call.predictions[0]), term); });
    });
  }

  // Probabilities are clipped to [eps, 1 - eps]; outside, the gradient is 0.
  template <class T>
  T value(T p, T y) const {
    const T q = p < kLowest<T> ? kLowest<T> : p > kHighest<T> ? kHighest<T> : p;
    return -(y * std::log(q) + (1 - y) * std::log1p(-q));
  }
  template <class T>
  T derivative(T p, T y) const {
    return p < kLowest<T> || p > kHighest<T> ? T(0) : (p - y) / (p * (1 - p));
  }

 private:
  template <class T>
  static constexpr T kLowest = std::numeric_limits<T>::epsilon();
  template <class T>
  static constexpr T kHighest = 1 - std::numeric_limits<T>::epsilon();

  bool skips_missing() const { return options_.missing == losses::Missing::kIgnore; }

  /// body(formula), with a formula that gives 0 for a missing target where there may be some.
  template <class T, class Formula, class Body>
  void of_known(const Formula& formula, const Body& body) const {
    if (!skips_missing()) return body(formula);
    body([&](T p, T y) { return std::isnan(y) ? T(0) : formula(p, y); });
  }

  template <class T>
  void forward_from_logits(const LossForwardCall& call) const {
    const auto [count, outputs] = examples_of(call.predictions[0].shape());
    const T* z = call.predictions[0].as<const T>();
    T* z_to_p = call.fused ? call.predictions[0].as<T>() : call.scratch[0].as<T>();
    const T reduction = static_cast<T>(factor(call.predictions[0]));
    parallel_for(call.context, count, example_grain(outputs),
                 [&, outputs = outputs](std::int64_t begin, std::int64_t end) {
                   const std::int64_t first = begin * outputs;
                   const std::int64_t n = (end - begin) * outputs;
                   if (!call.fused) std::memcpy(z_to_p + first, z + first, static_cast<std::size_t>(n) * sizeof(T));
                   call.context.kernels<T>().binary_cross_entropy({.rows = end - begin,
                                                                   .columns = outputs,
                                                                   .z_to_p = z_to_p + first,
                                                                   .targets = call.targets[0].as<const T>() + first,
                                                                   .reduction = reduction,
                                                                   .losses = call.losses.as<T>() + begin,
                                                                   .skip_missing = skips_missing()});
                 });
  }

  template <class T>
  void backward_from_logits(const LossBackwardCall& call) const {
    const double reduction = factor(call.predictions[0]);
    const auto differentiate_at = [&](const LossBackwardCall& at) {
      of_known<T>([](T p, T y) { return p - y; }, [&](const auto& term) { differentiate<T>(at, reduction, term); });
    };
    if (call.fused) return differentiate_at(call);
    const Tensor& p = call.scratch[0];
    const T* z = call.predictions[0].as<const T>();
    const std::int64_t n = call.predictions[0].shape().size();
    parallel_for_elements(call.context, n, example_grain(1), [&](std::int64_t begin, std::int64_t end) {
      call.context.kernels<T>().activate(
          {.n = end - begin, .activation = Activation::kSigmoid, .slope = 0, .z = z + begin, .a = p.as<T>() + begin});
    });
    differentiate_at({call.context, {&p, 1}, call.targets, call.scales, call.d_predictions, false, {}});
  }

  losses::BinaryCrossEntropyOptions options_;
};

}  // namespace

std::shared_ptr<const LossFunction> make_binary_cross_entropy(const Config::Map& options) {
  return std::make_shared<BinaryCrossEntropyFunction>(
      from_map<BinaryCrossEntropyFields, losses::BinaryCrossEntropyOptions>(options, "BinaryCrossEntropy"));
}

losses::BinaryCrossEntropy::BinaryCrossEntropy(BinaryCrossEntropyOptions options)
    : Loss(std::make_shared<BinaryCrossEntropyFunction>(options)) {}

}  // namespace laminar
