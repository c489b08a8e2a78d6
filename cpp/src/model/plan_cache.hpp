// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include "graph/plan.hpp"

namespace laminar {

/// Plans by request, the latest used first. Safe to use from several threads.
class PlanCache {
 public:
  std::shared_ptr<const Plan> find_or_make(const Graph& graph, std::span<const GraphLoss> losses,
                                           const PlanRequest& request) {
    if (auto plan = find(request)) return plan;
    // Made without the lock: a layer of the caller's own may be asked for its shapes, and wait for other threads.
    auto plan = std::make_shared<const Plan>(make_plan(graph, losses, request));
    const std::lock_guard lock(mutex_);
    if (plans_.size() == kMost) plans_.pop_back();
    plans_.insert(plans_.begin(), plan);
    return plan;
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    plans_.clear();
  }

 private:
  std::shared_ptr<const Plan> find(const PlanRequest& request) {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(plans_.begin(), plans_.end(), [&](const auto& plan) { return plan->request == request; });
    if (found == plans_.end()) return nullptr;
    std::rotate(plans_.begin(), found, found + 1);
    return plans_.front();
  }

  // Enough for a training batch, its remainder, evaluation and a good many sizes of prediction.
  static constexpr std::size_t kMost = 32;
  std::mutex mutex_;
  std::vector<std::shared_ptr<const Plan>> plans_;
};

}  // namespace laminar
