// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "graph/execution.hpp"
#include "model/batch_loader.hpp"
#include "model/data_set.hpp"
#include "model/epoch_order.hpp"
#include "model/prepared.hpp"

namespace laminar {

/// What one running call needs of its own: data, staging, arena, and the request of its plan.
struct Workspace {
  DataSet data;
  BatchLoader loader;
  Execution execution;
  PlanRequest request;
  std::vector<void*> outputs;
  std::vector<void*> gradients;  ///< where each parameter's goes
  std::vector<void*> state;      ///< stands for the model's own, where a call may not change it
  Arena state_memory;
  std::shared_ptr<const PreparedCache::Set> prepared;  ///< of a prediction
  EpochOrder order;                                    ///< of the rows, where they are shuffled

  std::size_t bytes() const { return execution.arena_bytes() + loader.staging_bytes(); }
};

/// Workspaces that wait for the next call; each of several concurrent predictions takes one.
class WorkspacePool {
 public:
  class Lease {
   public:
    explicit Lease(WorkspacePool& pool) : pool_(pool), workspace_(pool.take()) {}
    ~Lease() { pool_.give_back(std::move(workspace_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Workspace& operator*() const { return *workspace_; }
    Workspace* operator->() const { return workspace_.get(); }

   private:
    WorkspacePool& pool_;
    std::unique_ptr<Workspace> workspace_;
  };

  std::size_t bytes() const {
    const std::lock_guard lock(mutex_);
    std::size_t total = 0;
    for (const auto& workspace : idle_) total += workspace->bytes();
    return total;
  }

  void clear() {
    std::vector<std::unique_ptr<Workspace>> gone;  // without the lock: objects of the caller's may go with them
    const std::lock_guard lock(mutex_);
    gone.swap(idle_);
  }

 private:
  std::unique_ptr<Workspace> take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<Workspace>();
    std::unique_ptr<Workspace> workspace = std::move(idle_.back());
    idle_.pop_back();
    return workspace;
  }
  void give_back(std::unique_ptr<Workspace> workspace) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(workspace));
  }

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Workspace>> idle_;
};

}  // namespace laminar
