// SPDX-License-Identifier: BSD-3-Clause
#include "graph/symbolic.hpp"

#include <set>

#include "laminar/error.hpp"
#include "laminar/sequential.hpp"

namespace laminar {

/// Not one node within the other: a graph may be thousands of calls deep.
SymbolicNode::~SymbolicNode() {
  std::vector<SymbolicTensor> open = std::move(inputs);
  while (!open.empty()) {
    const std::shared_ptr<const SymbolicNode> node = open.back().node();
    open.pop_back();
    if (node.use_count() > 1) continue;
    std::atomic_thread_fence(std::memory_order_acquire);  // what others read of it, they have read
    open.insert(open.end(), node->inputs.begin(), node->inputs.end());
    node->inputs.clear();
  }
}

std::string label(const LayerEntry& entry) {
  const std::string type(entry.layer->type());
  return entry.name.empty() ? type : entry.name + " (" + type + ")";
}

Inference infer_with_label(const LayerEntry& entry, Mode mode, ActivationSpec activation,
                           std::span<const TensorSpec> inputs) {
  try {
    Inference inference = entry.layer->infer(mode, activation, inputs);
    for (const ParameterSpec& parameter : inference.parameters) size_bytes(parameter.spec);  // throws on overflow
    return inference;
  } catch (const ShapeError& error) {
    throw ShapeError(label(entry) + ": " + error.what());
  }
}

std::vector<SymbolicTensor> call_layer(const std::shared_ptr<LayerEntry>& entry,
                                       const std::vector<SymbolicTensor>& inputs) {
  std::vector<TensorSpec> specs;
  specs.reserve(inputs.size());
  for (const SymbolicTensor& input : inputs) specs.push_back({input.shape(), input.dtype()});
  auto node = std::make_shared<SymbolicNode>();
  node->entry = entry;
  node->inputs = inputs;
  node->outputs = infer_with_label(*entry, Mode::kTrain, entry->layer->activation(), specs).outputs;
  std::vector<SymbolicTensor> outputs;
  for (std::size_t i = 0; i < node->outputs.size(); ++i) outputs.emplace_back(node, static_cast<int>(i));
  return outputs;
}

std::vector<SymbolicTensor> calls_of(const LayerEntry& entry, const std::vector<SymbolicTensor>& outputs) {
  std::vector<SymbolicTensor> calls;
  std::set<const SymbolicNode*> seen;
  std::vector<SymbolicTensor> open = outputs;
  while (!open.empty()) {
    const std::shared_ptr<const SymbolicNode> node = open.back().node();
    open.pop_back();
    if (!seen.insert(node.get()).second) continue;
    if (node->entry.get() == &entry) calls.emplace_back(node, 0);
    open.insert(open.end(), node->inputs.begin(), node->inputs.end());
  }
  return calls;
}

const Shape& SymbolicTensor::shape() const { return node_->outputs[static_cast<std::size_t>(output_)].shape; }
DType SymbolicTensor::dtype() const { return node_->outputs[static_cast<std::size_t>(output_)].dtype; }

LayerRef::LayerRef(std::shared_ptr<const Layer> layer, std::string name) : entry_(std::make_shared<LayerEntry>()) {
  entry_->layer = std::move(layer);
  entry_->name = std::move(name);
}

SymbolicTensor LayerRef::operator()(const SymbolicTensor& input) const { return (*this)(std::vector{input}); }

SymbolicTensor LayerRef::operator()(const std::vector<SymbolicTensor>& inputs) const {
  return call_layer(entry_, inputs).front();
}

const std::string& LayerRef::name() const { return entry_->name; }
bool LayerRef::trainable() const { return entry_->trainable; }
void LayerRef::set_trainable(bool trainable) { entry_->trainable = trainable; }

SymbolicTensor Input(InputOptions options) {
  const DType dtype = options.dtype.value_or(DType::kFloat32);
  if (dtype != DType::kInt32 && !is_float(dtype)) {
    throw TypeError("Input: dtype: expected float32, float64 or int32, got " + std::string(name_of(dtype)));
  }
  auto node = std::make_shared<SymbolicNode>();
  node->outputs = {{options.shape.with_leading(kFree), is_float(dtype) ? DType::kFloat32 : dtype}};
  node->input_name = std::move(options.name);
  return {node, 0};
}

void Sequential::add(const Item& item) {
  if (item.layer_) {
    layers_.push_back(*item.layer_);
    return;
  }
  if (item.input_->node()->entry != nullptr) {
    throw ValueError("Sequential: expected an Input or a layer, got the output of " +
                     label(*item.input_->node()->entry));
  }
  if (input_ || !layers_.empty()) throw ValueError("Sequential: expected an Input in the first place only");
  input_ = item.input_;
}

}  // namespace laminar
