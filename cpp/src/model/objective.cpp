// SPDX-License-Identifier: BSD-3-Clause
#include "model/objective.hpp"

#include "core/parallel.hpp"
#include "ops/reduce.hpp"

namespace laminar {
namespace {

template <class T>
void fill_scales(T* scales, const T* weights, std::int64_t rows, double factor) {
  for (std::int64_t i = 0; i < rows; ++i) {
    scales[i] = static_cast<T>(weights == nullptr ? factor : factor * static_cast<double>(weights[i]));
  }
}

}  // namespace

WeightedSum weighted_sum(const Tensor& losses, const Tensor& weights, const Tensor& known, WeightedSum start) {
  return dispatch_float(losses.dtype(), [&]<class T>() {
    WeightedSum sum = start;
    const std::int64_t rows = losses.shape().size();
    for (std::int64_t i = 0; i < rows; ++i) {
      const double weight = weights.empty() ? 1.0 : static_cast<double>(weights.as<const T>()[i]);
      const double share = known.empty() ? 1.0 : static_cast<double>(known.as<const T>()[i]);
      if (weight != 0.0) sum.losses += weight * static_cast<double>(losses.as<const T>()[i]);
      sum.weights += weight;
      sum.known += weight * share;
    }
    return sum;
  });
}

BatchLoss combine_losses(const Execution& execution, std::span<const GraphLoss> losses, std::span<const Tensor> weights,
                         std::span<const Tensor> known) {
  BatchLoss result{.empty = true};
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const WeightedSum sum = weighted_sum(execution.losses(i), weights[i], known.empty() ? Tensor{} : known[i]);
    const bool counts = sum.known > 0.0;
    if (i == 0) result.weight = sum.weights;
    result.all_weights += sum.known;
    if (counts) result.empty = false;
    result.loss += losses[i].weight * sum.mean();
    if (execution.plan().scales.empty()) continue;
    const Tensor scales = execution.scales(i);
    dispatch_float(scales.dtype(), [&]<class T>() {
      fill_scales(scales.as<T>(), weights[i].as<const T>(), scales.shape().size(),
                  counts ? losses[i].weight / sum.known : 0.0);
    });
  }
  return result;
}

double penalty(const Context& context, const Graph& graph, const Parameters& parameters, double weight) {
  double total = 0.0;
  for (std::size_t i = 0; i < graph.parameters.size(); ++i) {
    const auto& regularizer = graph.parameters[i].regularizer;
    if (!regularizer || weight <= 0.0) continue;
    const Tensor& view = parameters.view(i);
    dispatch_float(view.dtype(), [&]<class T>() {
      const std::int64_t n = view.shape().size();
      double sum = 0.0;
      if (regularizer->l1 != 0.0) {
        sum += regularizer->l1 * sum_of_magnitudes(context, n, view.as<const T>());
      }
      if (regularizer->l2 != 0.0) {
        sum += regularizer->l2 * sum_of_squares(context, n, view.as<const T>());
      }
      total += sum / (2.0 * weight);
    });
  }
  return total;
}

void add_penalty_gradients(const Context& context, const Graph& graph, const Parameters& parameters,
                           const std::vector<bool>& wanted, std::span<void* const> gradients, double weight) {
  for (std::size_t i = 0; i < graph.parameters.size(); ++i) {
    const auto& regularizer = graph.parameters[i].regularizer;
    if (!regularizer || !wanted[i] || weight <= 0.0) continue;
    const Tensor& view = parameters.view(i);
    dispatch_float(view.dtype(), [&]<class T>() {
      T* gradient = static_cast<T*>(gradients[i]);
      const T* w = view.as<const T>();
      parallel_for_elements(context, view.shape().size(), 32768, [&](std::int64_t begin, std::int64_t end) {
        context.kernels<T>().add_penalty_gradient(end - begin, static_cast<T>(regularizer->l1 / (2.0 * weight)),
                                                  static_cast<T>(regularizer->l2 / weight), w + begin,
                                                  gradient + begin);
      });
    });
  }
}

}  // namespace laminar
