// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/arena.hpp"
#include "graph/graph.hpp"
#include "model/parameters.hpp"

namespace laminar {

/// What layers compute from their parameters once for many predictions: weights packed for the kernels.
///
/// Predictions at the same time share one set, which never changes: when parameters have changed, a new one is made,
/// and the old one goes with the last prediction that holds it. Weights that change between any two predictions are
/// not packed, nor are those that somebody else may write to.
class PreparedCache {
 public:
  struct Set {
    std::uint64_t version = 0;
    Arena memory;
    std::vector<void*> pointers;  ///< by prepared tensor of the graph
    std::vector<Tensor> tensors;
  };

  /// The set that belongs to the present parameters; null where there is none.
  std::shared_ptr<const Set> find_or_make(const Context& context, const Graph& graph, const Parameters& parameters);

  void clear();
  std::size_t bytes() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Set> set_;
  std::uint64_t seen_version_ = ~std::uint64_t{0};  ///< of the last prediction
};

}  // namespace laminar
