// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <vector>

#include "core/arena.hpp"
#include "model/data_set.hpp"

namespace laminar {

/// Which rows make a batch: some of them by number, or a stretch.
struct Rows {
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::span<const std::int64_t> numbers = {};  ///< instead of the stretch, where not empty
};

/// Brings rows into the shape and dtype the plan reads: in place where they already have it, else through a staging
/// buffer of its own.
class BatchLoader {
 public:
  /// Weight of each class, by label, multiplied into the sample weights; empty for none.
  void set_class_weights(std::vector<double> weights) { class_weights_ = std::move(weights); }

  void load(const Context& context, const Graph& graph, const DataSet& data, Rows rows, std::size_t n_losses);

  std::int64_t rows() const { return rows_; }
  std::span<const void* const> inputs() const { return inputs_; }
  std::span<const void* const> targets() const { return targets_; }
  Tensor target(std::size_t index) const { return {const_cast<void*>(targets_[index]), target_specs_[index]}; }
  /// (m,) in the model's dtype, one a loss; empty where every example weighs 1.
  std::span<const Tensor> weights() const { return weights_; }
  /// (m,) as `weights`: the share of an example's targets that are known, by which it counts in the mean over the
  /// batch; empty where every example counts whole.
  std::span<const Tensor> known() const { return known_; }
  /// Fills in the shapes that the loaded batch asks of a plan.
  void describe(std::vector<Shape>& inputs, std::vector<TensorSpec>& targets) const;
  std::size_t staging_bytes() const { return staging_.size_bytes(); }

  /// Staging bytes that a batch of these rows needs when nothing can be read in place.
  static std::size_t bytes_needed(const Graph& graph, const DataSet& data, std::int64_t rows);

 private:
  const void* place(const Context& context, const BatchSource& source, const TensorSpec& spec, Rows rows,
                    std::size_t& offset);
  void apply_class_weights(const Graph& graph, const DataSet& data, std::size_t& offset);
  /// The share of each example's targets that are known.
  Tensor count_known(const Graph& graph, std::size_t target, std::size_t& offset);

  std::int64_t rows_ = 0;
  std::vector<const void*> inputs_;
  std::vector<const void*> targets_;
  std::vector<Tensor> weights_;
  std::vector<Tensor> known_;
  std::vector<Shape> input_shapes_;
  std::vector<TensorSpec> target_specs_;
  std::vector<double> class_weights_;
  Arena staging_;
};

}  // namespace laminar
