// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "graph/graph.hpp"
#include "model/batch_source.hpp"
#include "model/sparse_source.hpp"

namespace laminar {

/// The arrays of one call, in model order. y and the weights have one entry an output, without data where there is
/// none.
struct Arrays {
  std::span<const View> x;
  std::span<const View> y = {};
  std::span<const View> sample_weight = {};
};

/// What the losses of a model want of the data; fixed when it is compiled.
struct LossInputs {
  int output;                           ///< whose y and weight it takes, or -1
  std::vector<TensorSpec> predictions;  ///< batch axis free
};

/// The arrays of one call after the door: shapes, lengths and values are right. Nothing is copied.
class DataSet {
 public:
  enum class Scan { kValues, kShapesOnly };

  /// Checks everything, or throws and stays as it was before (what it held may be gone).
  void open(const Context& context, const Graph& graph, std::span<const GraphLoss> losses,
            std::span<const LossInputs> loss_inputs, const Arrays& arrays, Scan scan = Scan::kValues);
  /// Inputs only; there are no targets and weights then.
  void open_inputs(const Context& context, const Graph& graph, std::span<const View> x, Scan scan = Scan::kValues);

  /// The inputs of another, which have been checked; there are no targets and weights then.
  void take_inputs(const DataSet& other);

  std::int64_t rows() const { return rows_; }
  std::size_t n_inputs() const { return inputs_.size(); }
  const BatchSource& input(std::size_t index) const {
    return std::visit([](const BatchSource& source) -> const BatchSource& { return source; }, inputs_[index]);
  }
  std::span<const ArraySource> targets() const { return targets_; }
  /// The targets as the caller shaped them: (m,) where the model sees (m, 1).
  std::span<const View> given_targets() const { return given_targets_; }
  std::span<const TargetSpec> target_specs() const { return target_specs_; }
  /// One a loss; without data where every example weighs 1.
  std::span<const ArraySource> weights() const { return weights_; }

 private:
  void clear();
  void open_input(const Context& context, const Graph& graph, std::size_t index, std::span<const View> x, Scan scan);
  void open_targets(const Context& context, const Graph& graph, std::span<const GraphLoss> losses,
                    std::span<const LossInputs> loss_inputs, const Arrays& arrays, Scan scan);
  void open_weight(const Context& context, const Graph& graph, std::size_t output, const View& weight, Scan scan);

  std::int64_t rows_ = 0;
  std::vector<std::variant<ArraySource, SparseSource>> inputs_;  ///< by value: a repeated call allocates nothing
  std::vector<ArraySource> targets_;
  std::vector<View> given_targets_;
  std::vector<ArraySource> weights_;
  std::vector<TargetSpec> target_specs_;
  std::vector<TensorSpec> given_;  ///< shapes that target_specs_ were made for, so that a repeated call asks nobody
};

}  // namespace laminar
