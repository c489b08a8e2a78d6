// SPDX-License-Identifier: BSD-3-Clause
#include "graph/plan_tensors.hpp"

#include <algorithm>

#include "graph/memory.hpp"

namespace laminar {

int PlanTensors::new_buffer(Place place, const TensorSpec& spec) {
  buffers_.push_back({place, laminar::size_bytes(spec), now(), now()});
  return static_cast<int>(buffers_.size()) - 1;
}

int PlanTensors::use(int buffer, const TensorSpec& spec) {
  buffer_at(buffer).last = std::max(buffer_at(buffer).last, now());
  plan_.tensors.push_back(spec);
  tensor_buffers_.push_back(buffer);
  return static_cast<int>(plan_.tensors.size()) - 1;
}

int PlanTensors::use_shape(const TensorSpec& spec) {
  plan_.tensors.push_back(spec);
  tensor_buffers_.push_back(kNoBuffer);
  return static_cast<int>(plan_.tensors.size()) - 1;
}

Range PlanTensors::fresh(const std::vector<TensorSpec>& specs, std::vector<int>* keep) {
  return range([&] {
    for (const TensorSpec& spec : specs) {
      const int buffer = new_arena_buffer(spec);
      if (keep != nullptr) keep->push_back(buffer);
      use(buffer, spec);
    }
  });
}

Range PlanTensors::again(const std::vector<int>& buffers, const std::vector<TensorSpec>& specs) {
  return range([&] {
    for (std::size_t i = 0; i < specs.size(); ++i) use(buffers[i], specs[i]);
  });
}

Range PlanTensors::external(Source source, const std::vector<int>& numbers, const std::vector<GraphParameter>& table) {
  return range([&] {
    for (const int number : numbers) {
      const auto at = static_cast<std::size_t>(number);
      use(new_buffer({source, at}, table[at].spec), table[at].spec);
    }
  });
}

void PlanTensors::assign_places() {
  std::vector<Lifetime> lifetimes;
  std::vector<Buffer*> in_arena;
  for (Buffer& buffer : buffers_) {
    if (buffer.place.source != Source::kArena) continue;
    // Threads that share rows out are at different steps at the same time.
    const bool apart = plan_.row_shares > 1;
    lifetimes.push_back({buffer.size_bytes, apart ? 0 : buffer.first, apart ? now() : buffer.last});
    in_arena.push_back(&buffer);
  }
  const MemoryLayout layout = lay_out(lifetimes);
  for (std::size_t i = 0; i < in_arena.size(); ++i) in_arena[i]->place.at = layout.offsets[i];
  plan_.arena_bytes = layout.size_bytes;
  for (const int buffer : tensor_buffers_) {
    plan_.places.push_back(buffer == kNoBuffer ? Place{} : buffer_at(buffer).place);
  }
  if (plan_.row_shares > 1) note_rows();
}

void PlanTensors::note_rows() {
  for (std::size_t i = 0; i < plan_.tensors.size(); ++i) {
    const TensorSpec& spec = plan_.tensors[i];
    const Source source = plan_.places[i].source;
    const bool has_rows = spec.shape.rank() > 0 && spec.shape[0] > 0 && source != Source::kParameter &&
                          source != Source::kState && source != Source::kPrepared;
    plan_.row_bytes.push_back(has_rows ? laminar::size_bytes(spec) / static_cast<std::size_t>(spec.shape[0]) : 0);
  }
}

}  // namespace laminar
