// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "graph/plan.hpp"

namespace laminar {

/// The tensors of a plan that is being made, and the memory behind them. Several tensors may share a buffer; each use
/// stretches the buffer's life, and from the lives come the places.
class PlanTensors {
 public:
  static constexpr int kNoBuffer = -1;

  explicit PlanTensors(Plan& plan) : plan_(plan) {}

  int new_buffer(Place place, const TensorSpec& spec);
  int new_arena_buffer(const TensorSpec& spec) { return new_buffer({Source::kArena, 0}, spec); }

  /// A tensor of the step that is being emitted; returns its number.
  int use(int buffer, const TensorSpec& spec);
  /// One without memory, of which a step may ask the shape.
  int use_shape(const TensorSpec& spec);
  /// The buffer outlives the last step.
  void keep_to_the_end(int buffer) { buffer_at(buffer).last = now(); }

  /// The tensors that `body` uses.
  template <class Body>
  Range range(Body&& body) {
    const int first = static_cast<int>(plan_.tensors.size());
    body();
    return {first, static_cast<int>(plan_.tensors.size()) - first};
  }
  /// New arena tensors; their buffers are appended to `*keep` where given.
  Range fresh(const std::vector<TensorSpec>& specs, std::vector<int>* keep = nullptr);
  /// Tensors on buffers of an earlier step.
  Range again(const std::vector<int>& buffers, const std::vector<TensorSpec>& specs);
  /// Parameters or state of a layer.
  Range external(Source source, const std::vector<int>& numbers, const std::vector<GraphParameter>& table);

  bool in_arena(int buffer) const { return buffer_at(buffer).place.source == Source::kArena; }
  std::size_t size_bytes(int buffer) const { return buffer_at(buffer).size_bytes; }
  /// Gives a buffer that would lie in the arena to somebody else.
  void move_to(int buffer, Place place) { buffer_at(buffer).place = place; }

  /// Lays the arena out and fills Plan::places, and Plan::row_bytes where rows are shared out.
  void assign_places();

 private:
  void note_rows();

  struct Buffer {
    Place place;  // kArena: the offset is found at the end
    std::size_t size_bytes = 0;
    int first = 0;
    int last = 0;
  };

  int now() const { return static_cast<int>(plan_.steps.size()); }
  Buffer& buffer_at(int index) { return buffers_[static_cast<std::size_t>(index)]; }
  const Buffer& buffer_at(int index) const { return buffers_[static_cast<std::size_t>(index)]; }

  Plan& plan_;
  std::vector<Buffer> buffers_;
  std::vector<int> tensor_buffers_;  // by tensor
};

}  // namespace laminar
