// SPDX-License-Identifier: BSD-3-Clause
#include "model/parameters.hpp"

#include <algorithm>
#include <cstring>

#include "core/bytes.hpp"
#include "initializers/initialize.hpp"
#include "laminar/error.hpp"

namespace laminar {
namespace {

// Random streams of the initializers, away from those of the nodes.
constexpr std::uint32_t kFirstParameterStream = 0x40000000;
constexpr std::uint32_t kFirstStateStream = 0x60000000;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

std::string text(const TensorSpec& spec) { return to_string(spec.shape) + ", " + std::string(name_of(spec.dtype)); }

/// What another model has built must have the shape and the dtype that this one needs.
void expect_as_built(const LayerEntry& entry, const std::vector<GraphParameter>& table, const std::vector<int>& numbers,
                     const std::vector<TensorSpec>& built) {
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const GraphParameter& wanted = table[at(numbers[i])];
    if (built[i] == wanted.spec) continue;
    throw ShapeError(label(entry) + ": expected inputs that fit its " + wanted.name + " of shape " + text(built[i]) +
                     ", which it brings from another model, got inputs that need " + text(wanted.spec));
  }
}

void fill(const Tensor& tensor, const std::vector<double>& values) {
  dispatch_float(tensor.dtype(), [&]<class T>() {
    std::transform(values.begin(), values.end(), tensor.as<T>(), [](double value) { return static_cast<T>(value); });
  });
}

}  // namespace

Parameters::Parameters(const Graph& graph, std::uint64_t seed, FirstValues first) {
  allocate(graph, seed, first);
  for (const GraphLayer& layer : graph.layers) {
    const LayerEntry& entry = *layer.entry;
    if (entry.storage == nullptr) continue;
    if (std::find(storages_.begin(), storages_.end(), entry.storage) == storages_.end()) {
      storages_.push_back(entry.storage);
    }
    for (std::size_t i = 0; i < layer.parameters.size(); ++i) {
      views_.push_back({entry.storage->parameters.data() + entry.parameter_offsets[i], entry.parameter_specs[i]});
      pointers_.push_back(views_.back().data);
      offsets_.push_back(bytes_);
      bytes_ += align_up(size_bytes(entry.parameter_specs[i]));
    }
    for (std::size_t i = 0; i < layer.state.size(); ++i) {
      state_views_.push_back({entry.storage->state.data() + entry.state_offsets[i], entry.state_specs[i]});
      state_pointers_.push_back(state_views_.back().data);
    }
  }
}

std::uint64_t Parameters::version() const {
  std::uint64_t sum = 0;
  for (const auto& storage : storages_) sum += storage->version.load(std::memory_order_acquire);
  return sum;
}

void Parameters::note_change() const {
  for (const auto& storage : storages_) storage->version.fetch_add(1, std::memory_order_release);
}

bool Parameters::on_loan() const {
  return std::any_of(storages_.begin(), storages_.end(),
                     [](const auto& storage) { return storage->loans.load(std::memory_order_acquire) != 0; });
}

std::shared_ptr<void> Parameters::lend() const {
  for (const auto& storage : storages_) storage->loans.fetch_add(1, std::memory_order_release);
  return {nullptr, [storages = storages_](void*) {
            for (const auto& storage : storages) {
              storage->version.fetch_add(1, std::memory_order_release);
              storage->loans.fetch_sub(1, std::memory_order_release);
            }
          }};
}

void Parameters::allocate(const Graph& graph, std::uint64_t seed, FirstValues first) {
  auto storage = std::make_shared<ParameterStorage>();
  storage->dtype = graph.dtype;
  std::size_t parameter_bytes = 0;
  std::size_t state_bytes = 0;
  std::vector<const GraphLayer*> fresh;
  for (const GraphLayer& layer : graph.layers) {
    LayerEntry& entry = *layer.entry;
    if (layer.parameters.empty() && layer.state.empty()) continue;
    if (entry.storage != nullptr) {
      expect_as_built(entry, graph.parameters, layer.parameters, entry.parameter_specs);
      expect_as_built(entry, graph.state, layer.state, entry.state_specs);
      continue;
    }
    fresh.push_back(&layer);
    for (const int parameter : layer.parameters) {
      parameter_bytes += align_up(size_bytes(graph.parameters[at(parameter)].spec));
    }
    for (const int state : layer.state) state_bytes += align_up(size_bytes(graph.state[at(state)].spec));
  }
  storage->parameters = Arena(parameter_bytes);
  storage->state = Arena(state_bytes);

  // Nothing below throws, so that a failed build leaves the layers as they were.
  std::size_t parameter_offset = 0;
  std::size_t state_offset = 0;
  for (const GraphLayer* layer : fresh) {
    LayerEntry& entry = *layer->entry;
    entry.storage = storage;
    entry.parameter_specs.clear();
    entry.parameter_offsets.clear();
    entry.state_specs.clear();
    entry.state_offsets.clear();
    for (const int index : layer->parameters) {
      const GraphParameter& parameter = graph.parameters[at(index)];
      entry.parameter_specs.push_back(parameter.spec);
      entry.parameter_offsets.push_back(parameter_offset);
      if (first == FirstValues::kDrawn) {
        initialize(parameter.initializer, seed, kFirstParameterStream + static_cast<std::uint32_t>(index),
                   {storage->parameters.data() + parameter_offset, parameter.spec});
      }
      parameter_offset += align_up(size_bytes(parameter.spec));
    }
    for (const int index : layer->state) {
      const GraphParameter& state = graph.state[at(index)];
      entry.state_specs.push_back(state.spec);
      entry.state_offsets.push_back(state_offset);
      const Tensor tensor{storage->state.data() + state_offset, state.spec};
      if (first == FirstValues::kDrawn && state.values.empty()) {
        initialize(state.initializer, seed, kFirstStateStream + static_cast<std::uint32_t>(index), tensor);
      } else if (first == FirstValues::kDrawn) {
        fill(tensor, state.values);
      }
      state_offset += align_up(size_bytes(state.spec));
    }
  }
}

std::size_t Parameters::bytes() const { return bytes_; }

void Parameters::ensure_gradients() {
  if (!gradient_pointers_.empty() || views_.empty()) return;
  gradients_ = Arena(bytes_);
  for (const std::size_t offset : offsets_) gradient_pointers_.push_back(gradients_.data() + offset);
}

void Parameters::ensure_moments(int count) {
  while (moments() < count) moments_.emplace_back(bytes_);
}

void Parameters::zero_moment(int which) {
  const Arena& moment = moments_[static_cast<std::size_t>(which)];
  clear_bytes(moment.data(), moment.size_bytes());
}

Tensor Parameters::moment(int which, std::size_t index) const {
  return {moments_[static_cast<std::size_t>(which)].data() + offsets_[index], views_[index].spec};
}

void Parameters::find_runs(const std::vector<bool>& trainable) {
  runs_.clear();
  for (std::size_t i = 0; i < views_.size(); ++i) {
    if (!trainable[i]) continue;
    const auto element = size_bytes(views_[i].dtype());
    const auto n = views_[i].shape().size();
    if (!runs_.empty()) {
      // The padding between neighbours is zero everywhere and stays so.
      Run& run = runs_.back();
      const std::size_t end = align_up(static_cast<std::size_t>(run.n) * element);
      if (static_cast<std::byte*>(run.parameters) + end == views_[i].data && run.offset + end == offsets_[i]) {
        run.n = static_cast<std::int64_t>(end / element) + n;
        continue;
      }
    }
    runs_.push_back({n, views_[i].data, offsets_[i]});
  }
}

}  // namespace laminar
