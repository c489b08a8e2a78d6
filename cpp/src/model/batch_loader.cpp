// SPDX-License-Identifier: BSD-3-Clause
#include "model/batch_loader.hpp"

#include <cmath>

namespace laminar {
namespace {

TensorSpec batch_spec(const BatchSource& source, DType dtype, std::int64_t rows) {
  Shape shape = source.shape();
  shape.set(0, rows);
  return {shape, dtype};
}

}  // namespace

std::size_t BatchLoader::bytes_needed(const Graph& graph, const DataSet& data, std::int64_t rows) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < data.n_inputs(); ++i) {
    bytes += align_up(size_bytes(batch_spec(data.input(i), graph.value(graph.inputs[i]).spec.dtype, rows)));
  }
  for (std::size_t i = 0; i < data.targets().size(); ++i) {
    bytes += align_up(size_bytes(batch_spec(data.targets()[i], data.target_specs()[i].spec.dtype, rows)));
  }
  // Three times: class weights multiply into a copy, and there may be shares of known targets.
  return bytes + 3 * data.weights().size() * align_up(static_cast<std::size_t>(rows) * size_bytes(graph.dtype));
}

void BatchLoader::load(const Context& context, const Graph& graph, const DataSet& data, Rows rows,
                       std::size_t n_losses) {
  rows_ = rows.numbers.empty() ? rows.count : static_cast<std::int64_t>(rows.numbers.size());
  staging_.reserve(bytes_needed(graph, data, rows_));
  std::size_t offset = 0;
  inputs_.clear();
  input_shapes_.clear();
  for (std::size_t i = 0; i < data.n_inputs(); ++i) {
    const TensorSpec spec = batch_spec(data.input(i), graph.value(graph.inputs[i]).spec.dtype, rows_);
    inputs_.push_back(place(context, data.input(i), spec, rows, offset));
    input_shapes_.push_back(spec.shape);
  }
  targets_.clear();
  target_specs_.clear();
  for (std::size_t i = 0; i < data.targets().size(); ++i) {
    const TensorSpec spec = batch_spec(data.targets()[i], data.target_specs()[i].spec.dtype, rows_);
    targets_.push_back(place(context, data.targets()[i], spec, rows, offset));
    target_specs_.push_back(spec);
  }
  weights_.clear();
  for (std::size_t loss = 0; loss < n_losses; ++loss) {
    const bool given = loss < data.weights().size() && data.weights()[loss].view().data != nullptr;
    const TensorSpec spec{{rows_}, graph.dtype};
    Tensor weights;
    if (given) weights = {const_cast<void*>(place(context, data.weights()[loss], spec, rows, offset)), spec};
    weights_.push_back(weights);
  }
  if (!class_weights_.empty()) apply_class_weights(graph, data, offset);
  known_.clear();
  for (std::size_t loss = 0; loss < n_losses; ++loss) {
    const bool by_known = loss < targets_.size() && data.target_specs()[loss].counts_by_known;
    known_.push_back(by_known ? count_known(graph, loss, offset) : Tensor{});
  }
}

const void* BatchLoader::place(const Context& context, const BatchSource& source, const TensorSpec& spec, Rows rows,
                               std::size_t& offset) {
  if (rows.numbers.empty()) {
    if (const void* direct = source.direct(rows.first, rows.count, spec.dtype)) return direct;
  }
  const Tensor batch{staging_.data() + offset, spec};
  offset += align_up(size_bytes(spec));
  if (rows.numbers.empty()) {
    source.copy(context, rows.first, batch);
  } else {
    source.gather(context, rows.numbers, batch);
  }
  return batch.data;
}

void BatchLoader::apply_class_weights(const Graph& graph, const DataSet& data, std::size_t& offset) {
  const TensorSpec spec{{rows_}, graph.dtype};
  // The caller's own weights may be read in place: never write there.
  const Tensor product{staging_.data() + offset, spec};
  const bool labels = data.target_specs()[0].spec.dtype == DType::kInt32;
  dispatch_float(graph.dtype, [&]<class T>() {
    const auto class_weight = [&](std::int64_t i) {
      if (labels) return class_weights_[static_cast<std::size_t>(static_cast<const std::int32_t*>(targets_[0])[i])];
      const T y = static_cast<const T*>(targets_[0])[i];
      return std::isnan(y) ? 1.0 : class_weights_[static_cast<std::size_t>(y)];
    };
    for (std::int64_t i = 0; i < rows_; ++i) {
      const T weight = weights_[0].empty() ? T(1) : weights_[0].as<const T>()[i];
      product.as<T>()[i] = weight * static_cast<T>(class_weight(i));
    }
  });
  offset += align_up(size_bytes(spec));
  weights_[0] = product;
}

Tensor BatchLoader::count_known(const Graph& graph, std::size_t target, std::size_t& offset) {
  const Tensor known{staging_.data() + offset, {{rows_}, graph.dtype}};
  offset += align_up(size_bytes(known.spec));
  dispatch_float(graph.dtype, [&]<class T>() {
    for (std::int64_t i = 0; i < rows_; ++i) {
      known.as<T>()[i] = static_cast<T>(known_share(this->target(target), i));
    }
  });
  return known;
}

void BatchLoader::describe(std::vector<Shape>& inputs, std::vector<TensorSpec>& targets) const {
  inputs.assign(input_shapes_.begin(), input_shapes_.end());
  targets.assign(target_specs_.begin(), target_specs_.end());
}

}  // namespace laminar
