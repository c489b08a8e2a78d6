// SPDX-License-Identifier: BSD-3-Clause
#include "model/prepared.hpp"

#include <utility>

namespace laminar {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

std::shared_ptr<PreparedCache::Set> make_set(const Graph& graph) {
  std::size_t bytes = 0;
  for (const GraphParameter& prepared : graph.prepared) bytes += align_up(size_bytes(prepared.spec));
  auto set = std::make_shared<PreparedCache::Set>();
  set->memory = Arena(bytes);
  std::byte* next = set->memory.data();
  for (const GraphParameter& prepared : graph.prepared) {
    set->pointers.push_back(next);
    set->tensors.push_back({next, prepared.spec});
    next += align_up(size_bytes(prepared.spec));
  }
  return set;
}

void fill(const Context& context, const Graph& graph, const Parameters& parameters, PreparedCache::Set& set) {
  for (const GraphLayer& layer : graph.layers) {
    if (layer.prepared.empty()) continue;
    const std::span tensors(set.tensors);
    layer.entry->layer->prepare(context, parameters.views(at(layer.parameters.front()), layer.parameters.size()),
                                tensors.subspan(at(layer.prepared.front()), layer.prepared.size()));
  }
}

}  // namespace

std::shared_ptr<const PreparedCache::Set> PreparedCache::find_or_make(const Context& context, const Graph& graph,
                                                                      const Parameters& parameters) {
  if (graph.prepared.empty() || parameters.on_loan()) return nullptr;
  const std::uint64_t version = parameters.version();
  const std::lock_guard lock(mutex_);
  if (set_ != nullptr && set_->version == version) return set_;
  if (std::exchange(seen_version_, version) != version) return nullptr;
  // Memory that no running prediction holds serves again.
  if (set_ == nullptr || set_.use_count() > 1) set_ = make_set(graph);
  fill(context, graph, parameters, *set_);
  set_->version = version;
  return set_;
}

void PreparedCache::clear() {
  const std::lock_guard lock(mutex_);
  set_.reset();
  seen_version_ = ~std::uint64_t{0};
}

std::size_t PreparedCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return set_ == nullptr ? 0 : set_->memory.size_bytes();
}

}  // namespace laminar
