// SPDX-License-Identifier: BSD-3-Clause
#include "model/objective.hpp"

#include <algorithm>
#include <array>

#include "core/parallel.hpp"

namespace laminar {
namespace {

template <class T>
void fill_scales(T* scales, const T* weights, std::int64_t rows, double factor) {
  for (std::int64_t i = 0; i < rows; ++i) {
    scales[i] = static_cast<T>(weights == nullptr ? factor : factor * static_cast<double>(weights[i]));
  }
}

/// Sum over blocks whose number depends on n alone, so that any number of threads adds in one order.
template <class T>
double sum_in_blocks(const Context& context, std::int64_t n, const T* x, double (*sum)(std::int64_t, const T*)) {
  constexpr std::int64_t kBlocks = 64;
  constexpr std::int64_t kSmallestBlock = 8192;
  const std::int64_t block = std::max(kSmallestBlock, ((n + kBlocks - 1) / kBlocks + 63) / 64 * 64);
  std::array<double, kBlocks> partial{};
  const std::int64_t count = (n + block - 1) / block;
  parallel_for(context, count, 4, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      partial[static_cast<std::size_t>(b)] = sum(std::min(block, n - b * block), x + b * block);
    }
  });
  double total = 0.0;
  for (const double part : partial) total += part;
  return total;
}

}  // namespace

WeightedSum weighted_sum(const Tensor& losses, const Tensor& weights, WeightedSum start) {
  return dispatch_float(losses.dtype(), [&]<class T>() {
    WeightedSum sum = start;
    const std::int64_t rows = losses.shape().size();
    for (std::int64_t i = 0; i < rows; ++i) {
      const double weight = weights.empty() ? 1.0 : static_cast<double>(weights.as<const T>()[i]);
      if (weight != 0.0) sum.losses += weight * static_cast<double>(losses.as<const T>()[i]);
      sum.weights += weight;
    }
    return sum;
  });
}

BatchLoss combine_losses(const Execution& execution, std::span<const GraphLoss> losses,
                         std::span<const Tensor> weights) {
  BatchLoss result{.empty = true};
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const WeightedSum sum = weighted_sum(execution.losses(i), weights[i]);
    const bool counts = sum.weights > 0.0;
    if (i == 0) result.weight = sum.weights;
    if (counts) {
      result.empty = false;
      result.loss += losses[i].weight * sum.losses / sum.weights;
    }
    if (execution.plan().scales.empty()) continue;
    const Tensor scales = execution.scales(i);
    dispatch_float(scales.dtype(), [&]<class T>() {
      fill_scales(scales.as<T>(), weights[i].as<const T>(), scales.shape().size(),
                  counts ? losses[i].weight / sum.weights : 0.0);
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
      const kernels::Kernels<T>& kernels = context.kernels<T>();
      const std::int64_t n = view.shape().size();
      double sum = 0.0;
      if (regularizer->l1 != 0.0) {
        sum += regularizer->l1 * sum_in_blocks<T>(context, n, view.as<const T>(), kernels.sum_of_magnitudes);
      }
      if (regularizer->l2 != 0.0) {
        sum += regularizer->l2 * sum_in_blocks<T>(context, n, view.as<const T>(), kernels.sum_of_squares);
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
