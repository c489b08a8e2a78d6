// SPDX-License-Identifier: BSD-3-Clause
#include "model/model_core.hpp"

#include <algorithm>
#include <cstring>
#include <random>
#include <set>

#include "laminar/error.hpp"
#include "losses/given_loss.hpp"

namespace laminar {
namespace {

std::uint64_t fresh_seed() {
  std::random_device device;
  // 53 bits, so that the seed survives a trip through a JSON number.
  return ((static_cast<std::uint64_t>(device()) << 32) | device()) >> 11;
}

/// History and logs hold one number a name.
void expect_different_names(std::span<const std::shared_ptr<const MetricFunction>> metrics) {
  std::set<std::string_view> names{"loss"};
  for (const auto& metric : metrics) {
    if (names.insert(metric->name()).second) continue;
    const std::string name(metric->name());
    throw ValueError("metrics: expected a name of its own for each, got '" + name + "'" +
                     (name == "loss" ? ", that of the loss" : " twice; give one of them another name"));
  }
}

}  // namespace

ModelCore::ModelCore(std::vector<SymbolicTensor> inputs, std::vector<SymbolicTensor> outputs, DType dtype,
                     std::optional<std::uint64_t> seed, FirstValues first)
    : dtype_(dtype), seed_(seed.value_or(fresh_seed())), inputs_(std::move(inputs)), outputs_(std::move(outputs)) {
  rebuild(first);
}

ModelCore::ModelCore(std::optional<SymbolicTensor> input, std::vector<std::shared_ptr<LayerEntry>> layers, DType dtype,
                     std::optional<std::uint64_t> seed)
    : dtype_(dtype), seed_(seed.value_or(fresh_seed())), layers_(std::move(layers)) {
  if (layers_.empty()) throw ValueError("layers: expected at least one besides the input, got none");
  if (!input) return;
  SymbolicTensor tensor = *input;
  for (const auto& layer : layers_) tensor = call_layer(layer, {tensor}).front();
  inputs_ = {*input};
  outputs_ = {tensor};
  rebuild();
}

void ModelCore::build(std::span<const Shape> examples) {
  if (built()) return;
  if (examples.size() != 1) {
    throw ValueError("x: expected one array for a sequence of layers, got " + std::to_string(examples.size()));
  }
  SymbolicTensor tensor = Input({.shape = examples[0], .dtype = std::nullopt, .name = ""});
  inputs_ = {tensor};
  try {
    for (const auto& layer : layers_) tensor = call_layer(layer, {tensor}).front();
    outputs_ = {tensor};
    rebuild();
  } catch (...) {
    inputs_.clear();
    outputs_.clear();
    graph_ = {};
    throw;
  }
}

void ModelCore::ensure_built(std::span<const View> x) {
  if (built()) return;
  std::vector<Shape> examples;
  for (const View& view : x) {
    if (view.shape.rank() == 0) throw ShapeError("x: expected rows of examples, got a single number");
    examples.push_back(view.shape.from(1));
  }
  build(examples);
}

/// The graph anew from the symbolic tensors; layers that have parameters keep them.
void ModelCore::rebuild(FirstValues first) {
  std::vector<SymbolicTensor> kept;
  for (const auto& [tensor, weight] : added_losses_) kept.push_back(tensor);
  std::vector<ValueId> kept_ids;
  Graph graph = build_graph(inputs_, outputs_, dtype_, kept, &kept_ids);
  Parameters parameters(graph, seed_, first);
  graph_ = std::move(graph);
  added_values_ = std::move(kept_ids);
  parameters_ = std::move(parameters);
  resume_optimizer(0, {});  // the moments are gone
  prepared_.clear();
  layers_.clear();
  for (const GraphLayer& layer : graph_.layers) layers_.push_back(layer.entry);
  plans_.clear();
  if (compiled_) bind_losses();
}

std::vector<SymbolicTensor> ModelCore::call(const std::vector<SymbolicTensor>& inputs) {
  if (!built()) {
    std::vector<Shape> examples;
    examples.reserve(inputs.size());
    for (const SymbolicTensor& input : inputs) examples.push_back(input.shape().from(1));
    build(examples);
  }
  if (inputs.size() != inputs_.size()) {
    throw ValueError("expected " + std::to_string(inputs_.size()) + " inputs, one an input of the model, got " +
                     std::to_string(inputs.size()));
  }
  std::vector<std::vector<SymbolicTensor>> replaced(graph_.values.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) replaced[static_cast<std::size_t>(graph_.inputs[i])] = {inputs[i]};
  for (const GraphNode& node : graph_.nodes) {
    std::vector<SymbolicTensor> arguments;
    for (const ValueId input : node.inputs) arguments.push_back(replaced[static_cast<std::size_t>(input)].front());
    const auto results = call_layer(graph_.layers[static_cast<std::size_t>(node.layer)].entry, arguments);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      replaced[static_cast<std::size_t>(node.outputs[i])] = {results[i]};
    }
  }
  std::vector<SymbolicTensor> outputs;
  for (const ValueId output : graph_.outputs) outputs.push_back(replaced[static_cast<std::size_t>(output)].front());
  return outputs;
}

void ModelCore::compile(CompileSpec spec) {
  const Access::Writing guard(access_);
  std::swap(compile_spec_, spec);
  const bool before = std::exchange(compiled_, true);
  if (built()) {
    try {
      bind_losses();
    } catch (...) {
      compile_spec_ = std::move(spec);
      compiled_ = before;
      if (before) bind_losses();
      throw;
    }
  }
  // A new optimizer starts afresh; the counters of steps and epochs belong to the model and go on.
  parameters_.clear_moments();
  learning_rate_factor = 1.0;
  resume_optimizer(0, {});
}

/// The compiled losses and metrics on the values of the present graph.
void ModelCore::bind_losses() {
  const std::size_t n = graph_.outputs.size();
  const CompileSpec& spec = compile_spec_;
  if (spec.losses.size() > n || spec.metrics.size() > n ||
      (!spec.loss_weights.empty() && spec.loss_weights.size() != n)) {
    throw ValueError("loss: expected one for each of " + std::to_string(n) + " outputs, got " +
                     std::to_string(std::max(spec.losses.size(), spec.metrics.size())));
  }
  losses_.clear();
  loss_inputs_.clear();
  metrics_.assign(n, {});
  int target = 0;
  for (std::size_t i = 0; i < spec.losses.size(); ++i) {
    if (spec.losses[i] == nullptr) continue;
    const double weight = spec.loss_weights.empty() ? 1.0 : spec.loss_weights[i];
    losses_.push_back({spec.losses[i], {graph_.outputs[i]}, target++, 1, weight});
    loss_inputs_.push_back({static_cast<int>(i), {graph_.value(graph_.outputs[i]).spec}});
  }
  for (std::size_t i = 0; i < added_values_.size(); ++i) {
    losses_.push_back({make_given_loss(), {added_values_[i]}, target, 0, added_losses_[i].second});
    loss_inputs_.push_back({-1, {graph_.value(added_values_[i]).spec}});
  }
  for (std::size_t i = 0; i < spec.metrics.size(); ++i) {
    expect_different_names(spec.metrics[i]);
    metrics_[i] = spec.metrics[i];
  }
  plans_.clear();
  // They remember what the losses before wanted of their targets.
  pool_.clear();
  training_.data = {};
}

void ModelCore::add_loss(const SymbolicTensor& tensor, double weight) { add_losses({{tensor, weight}}); }

void ModelCore::add_losses(const std::vector<std::pair<SymbolicTensor, double>>& losses, FirstValues first) {
  const Access::Writing guard(access_);
  for (const auto& [tensor, weight] : losses) {
    const Shape& shape = tensor.shape();
    const bool one_each = shape.rank() == 1 || (shape.rank() == 2 && shape[1] == 1);
    if (!one_each) {
      throw ShapeError("add_loss: tensor: expected one number an example, shape (None,) or (None, 1), got " +
                       to_string(shape));
    }
  }
  if (!built()) throw StateError("add_loss: the model has no shape yet; give it an Input or build it first");
  if (averages_in_use_) throw StateError("add_loss: the averaged weights are in use; wait until they no longer are");
  const std::size_t before = added_losses_.size();
  added_losses_.insert(added_losses_.end(), losses.begin(), losses.end());
  try {
    rebuild(first);
  } catch (...) {
    added_losses_.erase(added_losses_.begin() + static_cast<std::ptrdiff_t>(before), added_losses_.end());
    throw;
  }
}

std::vector<std::pair<ValueId, double>> ModelCore::added_losses() const {
  std::vector<std::pair<ValueId, double>> result;
  for (std::size_t i = 0; i < added_values_.size(); ++i) result.emplace_back(added_values_[i], added_losses_[i].second);
  return result;
}

void ModelCore::expect_compiled(const char* what) const {
  if (compiled_ && (built() ? !losses_.empty() : true)) return;
  throw StateError(std::string(what) + ": call compile(optimizer, loss) first" +
                   (compiled_ ? "; the model was compiled without a loss" : ""));
}

bool ModelCore::trainable() const {
  return std::any_of(layers_.begin(), layers_.end(), [](const auto& layer) { return layer->trainable; });
}

void ModelCore::set_trainable(bool trainable) {
  for (const auto& layer : layers_) layer->trainable = trainable;
}

std::vector<bool> ModelCore::trainable_parameters() const {
  std::vector<bool> result;
  for (const GraphParameter& parameter : graph_.parameters) {
    result.push_back(trains(parameter.layer));
  }
  return result;
}

RandomPosition ModelCore::random() const {
  return {seed_, static_cast<std::uint64_t>(dropout_frozen_ ? frozen_draw_ : next_draw())};
}

std::int64_t ModelCore::next_draw() const {
  if (!compiled_ || compile_spec_.optimizer == nullptr) return steps;
  // Modulo 2^64: a step may be told to take any number of batches.
  const auto batches_a_step = static_cast<std::uint64_t>(compile_spec_.optimizer->accumulates());
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(steps) * batches_a_step +
                                   static_cast<std::uint64_t>(accumulated_.batches));
}

void ModelCore::freeze_dropout(bool frozen) {
  dropout_frozen_ = frozen;
  frozen_draw_ = next_draw();
}

Context ModelCore::sized_for(const Context& context, const Plan& plan) {
  // Multiply-adds. A loop of a microsecond gains from a second thread that is awake, so a step of several may.
  constexpr double kWorthThreads = 1 << 16;
  // A few hundred microseconds: more than it takes to wake a thread up.
  constexpr double kWorthWaking = 1 << 24;
  const double work = (plan.request.gradients() ? 3.0 : 1.0) * plan.flops;
  Context sized = context;
  if (work < kWorthThreads) sized.threads = 1;
  sized.busy = work >= kWorthWaking;
  return sized;
}

void ModelCore::set_weights(std::span<const View> weights) {
  const std::vector<std::pair<std::string, Tensor>> own = named_weights();
  if (weights.size() != own.size()) {
    throw ValueError("weights: expected " + std::to_string(own.size()) + " arrays, got " +
                     std::to_string(weights.size()));
  }
  for (std::size_t i = 0; i < own.size(); ++i) {
    const auto& [name, tensor] = own[i];
    if (weights[i].sparse != nullptr) throw array_expected("weights[" + std::to_string(i) + "]");
    if (weights[i].shape == tensor.shape()) continue;
    throw ShapeError("weights[" + std::to_string(i) + "] (" + name + "): expected shape " + to_string(tensor.shape()) +
                     ", got " + to_string(weights[i].shape));
  }
  const Access::Writing guard(access_, Access::Nested::kAllowed);
  const Context serial;
  for (std::size_t i = 0; i < own.size(); ++i) copy_array(serial, weights[i], own[i].second);
  parameters_.note_change();
}

std::vector<std::pair<std::string, Tensor>> ModelCore::named_weights() const {
  std::vector<std::pair<std::string, Tensor>> result;
  for (const GraphLayer& layer : graph_.layers) {
    for (const int index : layer.parameters) {
      const auto i = static_cast<std::size_t>(index);
      result.emplace_back(graph_.parameters[i].name, parameters_.view(i));
    }
    for (const int index : layer.state) {
      const auto i = static_cast<std::size_t>(index);
      result.emplace_back(graph_.state[i].name, parameters_.state_view(i));
    }
  }
  return result;
}

std::vector<Tensor> ModelCore::weights() const {
  std::vector<Tensor> result;
  for (auto& [name, tensor] : named_weights()) result.push_back(tensor);
  return result;
}

}  // namespace laminar
