// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/arena.hpp"
#include "graph/graph.hpp"
#include "optimizers/optimizer_rule.hpp"

namespace laminar {

/// What parameters and state are before anybody has trained or loaded them.
enum class FirstValues {
  kDrawn,  ///< what their initializers say
  kZero,   ///< for who fills them in at once: an initializer takes time, and some take memory
};

/// The parameters and state of a model: named views into the arenas of its layers, and beside them gradients and
/// moments laid out in the same way.
///
/// Layers that a model is first to build share one arena, so that an optimizer step, a norm or a copy is one pass.
/// Layers that came with an arena from another model stay where they are.
class Parameters {
 public:
  Parameters() = default;
  /// Gives memory and first values to the layers that have none.
  Parameters(const Graph& graph, std::uint64_t seed, FirstValues first = FirstValues::kDrawn);

  std::size_t count() const { return views_.size(); }
  const Tensor& view(std::size_t index) const { return views_[index]; }
  /// Those of a layer lie next to each other.
  std::span<const Tensor> views(std::size_t first, std::size_t count) const { return {views_.data() + first, count}; }
  const Tensor& state_view(std::size_t index) const { return state_views_[index]; }
  std::span<const Tensor> state_views(std::size_t first, std::size_t count) const {
    return {state_views_.data() + first, count};
  }
  std::span<void* const> pointers() const { return pointers_; }
  std::span<void* const> state_pointers() const { return state_pointers_; }
  /// The arenas the views point into; they live as long as anybody holds them.
  const std::vector<std::shared_ptr<ParameterStorage>>& storages() const { return storages_; }

  /// Goes up whenever the parameters change, in whichever model.
  std::uint64_t version() const;
  void note_change() const;
  /// Whether somebody holds views to write through, so that the version says nothing.
  bool on_loan() const;
  /// Until what is returned is gone, somebody may write to the parameters.
  std::shared_ptr<void> lend() const;

  std::size_t bytes() const;  ///< of one buffer laid out like the parameters, padding included
  std::size_t gradient_bytes() const { return gradients_.size_bytes(); }

  /// Gradient memory, zero at first; made at the first call.
  void ensure_gradients();
  std::span<void* const> gradient_pointers() const { return gradient_pointers_; }
  Tensor gradient(std::size_t index) const { return {gradient_pointers_[index], views_[index].spec}; }

  /// Moment buffers, zero at first; made when there are fewer than `count`, dropped by `clear_moments`.
  void ensure_moments(int count);
  void clear_moments() { moments_.clear(); }
  void zero_moment(int which);
  int moments() const { return static_cast<int>(moments_.size()); }
  Tensor moment(int which, std::size_t index) const;

  /// Stretches of parameters that train, as long as memory and freezing allow; `frozen` by parameter.
  void find_runs(const std::vector<bool>& trainable);
  struct Run {
    std::int64_t n;
    void* parameters;
    std::size_t offset;  ///< bytes into gradients and moments
  };
  std::span<const Run> runs() const { return runs_; }
  void* gradients_of(const Run& run) const { return gradients_.data() + run.offset; }
  void* moments_of(const Run& run, int which) const {
    return moments_[static_cast<std::size_t>(which)].data() + run.offset;
  }

 private:
  void allocate(const Graph& graph, std::uint64_t seed, FirstValues first);

  std::vector<Tensor> views_;
  std::vector<Tensor> state_views_;
  std::vector<void*> pointers_;
  std::vector<void*> state_pointers_;
  std::vector<std::size_t> offsets_;  ///< bytes into gradients and moments, by parameter
  std::size_t bytes_ = 0;
  std::vector<std::shared_ptr<ParameterStorage>> storages_;
  Arena gradients_;
  std::vector<void*> gradient_pointers_;
  std::vector<Arena> moments_;
  std::vector<Run> runs_;
};

}  // namespace laminar
