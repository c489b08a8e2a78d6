// SPDX-License-Identifier: BSD-3-Clause
//
// L_i = factor sum_j value(p_ij, y_ij): what most losses are. Such a loss is a value, a derivative and a reduction.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/parallel.hpp"
#include "losses/loss_function.hpp"

namespace laminar {

/// Examples that outweigh waking a thread up.
std::int64_t example_grain(std::int64_t outputs);

/// 1, or 1 / outputs.
double reduction_factor(losses::Reduction reduction, std::int64_t outputs);

/// Changes when a difference p - y changes its sign or becomes 0.
std::uint64_t hash_of_difference_signs(const LossForwardCall& call);

/// sum_j term(j) in double: eight sums side by side, whose order depends on n alone, hide the latency of the addition.
template <class Term>
double sum_in_lanes(std::int64_t n, const Term& term) {
  constexpr std::int64_t kLanes = 8;
  std::array<double, kLanes> lanes{};
  std::int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) {
      lanes[static_cast<std::size_t>(lane)] += static_cast<double>(term(j + lane));
    }
  }
  for (std::size_t lane = 0; j < n; ++j, ++lane) lanes[lane] += static_cast<double>(term(j));
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/// losses[i] = factor sum_j value(p_ij, y_ij)
template <class T, class Value>
void sum_by_example(const LossForwardCall& call, double factor, const Value& value) {
  const auto [count, outputs] = examples_of(call.predictions[0].shape());
  const T* predictions = call.predictions[0].as<const T>();
  const T* targets = call.targets[0].as<const T>();
  T* losses = call.losses.as<T>();
  parallel_for(
      call.context, count, example_grain(outputs), [&, outputs = outputs](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          const T* p = predictions + i * outputs;
          const T* y = targets + i * outputs;
          losses[i] = static_cast<T>(factor * sum_in_lanes(outputs, [&](std::int64_t j) { return value(p[j], y[j]); }));
        }
      });
}

/// d_predictions[i, j] (+)= scales[i] factor derivative(p_ij, y_ij)
template <class T, class Derivative>
void differentiate(const LossBackwardCall& call, double factor, const Derivative& derivative) {
  const Gradient& gradient = call.d_predictions[0];
  if (!gradient.wanted()) return;
  const auto [count, outputs] = examples_of(call.predictions[0].shape());
  const T* predictions = call.predictions[0].as<const T>();
  const T* targets = call.targets[0].as<const T>();
  const T* scales = call.scales.as<const T>();
  T* out = gradient.tensor.as<T>();
  parallel_for(call.context, count, example_grain(outputs),
               [&, outputs = outputs](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const T* p = predictions + i * outputs;
                   const T* y = targets + i * outputs;
                   T* d = out + i * outputs;
                   const T scale = scales[i] * static_cast<T>(factor);
                   if (gradient.adds()) {
                     for (std::int64_t j = 0; j < outputs; ++j) d[j] += scale * derivative(p[j], y[j]);
                   } else {
                     for (std::int64_t j = 0; j < outputs; ++j) d[j] = scale * derivative(p[j], y[j]);
                   }
                 }
               });
}

/// Base of the losses that have the same formula for every output. Derived has
/// `template <class T> T value(T p, T y) const` and `derivative` likewise; both pass NaN on.
template <class Derived>
class ElementwiseLoss : public LossFunction {
 public:
  std::vector<TargetSpec> targets(std::span<const TensorSpec> predictions,
                                  std::span<const TensorSpec> given) const override {
    return {same_shape_target(predictions, given, domain_)};
  }

  void forward(const LossForwardCall& call) const override {
    dispatch_float(call.predictions[0].dtype(), [&]<class T>() {
      sum_by_example<T>(call, factor(call.predictions[0]), [this](T p, T y) { return derived().value(p, y); });
    });
  }

  void backward(const LossBackwardCall& call) const override {
    dispatch_float(call.predictions[0].dtype(), [&]<class T>() {
      differentiate<T>(call, factor(call.predictions[0]), [this](T p, T y) { return derived().derivative(p, y); });
    });
  }

 protected:
  explicit ElementwiseLoss(losses::Reduction reduction, TargetDomain domain = {})
      : reduction_(reduction), domain_(domain) {}

  double factor(const Tensor& predictions) const {
    return reduction_factor(reduction_, examples_of(predictions.shape()).outputs);
  }

 private:
  const Derived& derived() const { return static_cast<const Derived&>(*this); }

  losses::Reduction reduction_;
  TargetDomain domain_;
};

/// The fields of a loss without options.
struct NoOptions {
  template <class Self, class Visitor>
  static void visit(Self&, Visitor&) {}
};

}  // namespace laminar
