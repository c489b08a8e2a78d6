// SPDX-License-Identifier: BSD-3-Clause
//
// What stands behind the handles with which a user builds a graph.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/arena.hpp"
#include "laminar/layers.hpp"
#include "layers/layer.hpp"

namespace laminar {

/// Parameters and state of the layers that one model was first to build. Models that share a layer share its storage.
struct ParameterStorage {
  DType dtype;
  Arena parameters;
  Arena state;
  std::atomic<std::uint64_t> version{0};  ///< goes up when parameters have changed
  std::atomic<int> loans{0};              ///< how many outside may write to them at any time
};

/// A layer in use: its mathematics, its name, whether it trains, and where its parameters live.
struct LayerEntry {
  std::shared_ptr<const Layer> layer;
  std::string name;  ///< empty until a model gives one
  bool trainable = true;

  // Set by the first model that builds it.
  std::shared_ptr<ParameterStorage> storage;
  std::vector<TensorSpec> parameter_specs;
  std::vector<TensorSpec> state_specs;
  std::vector<std::size_t> parameter_offsets;  ///< bytes into storage->parameters
  std::vector<std::size_t> state_offsets;      ///< bytes into storage->state
};

/// One call of a layer, or an input where `entry` is null.
struct SymbolicNode {
  SymbolicNode() = default;
  SymbolicNode(const SymbolicNode&) = delete;
  SymbolicNode& operator=(const SymbolicNode&) = delete;
  ~SymbolicNode();

  std::shared_ptr<LayerEntry> entry;
  mutable std::vector<SymbolicTensor> inputs;  ///< taken away by the destructor of who held them last
  std::vector<TensorSpec> outputs;             ///< kFloat32 stands for the model's dtype
  std::string input_name;
};

/// Applies a layer; one tensor an output.
std::vector<SymbolicTensor> call_layer(const std::shared_ptr<LayerEntry>& entry,
                                       const std::vector<SymbolicTensor>& inputs);

/// The first output of every call of a layer that `outputs` depend on.
std::vector<SymbolicTensor> calls_of(const LayerEntry& entry, const std::vector<SymbolicTensor>& outputs);

/// The name errors give a layer: "dense_1 (Dense)", or the type alone while it has no name.
std::string label(const LayerEntry& entry);

/// Calls infer and puts the layer's label in front of what it throws.
Inference infer_with_label(const LayerEntry& entry, Mode mode, ActivationSpec activation,
                           std::span<const TensorSpec> inputs);

}  // namespace laminar
