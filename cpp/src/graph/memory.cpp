// SPDX-License-Identifier: BSD-3-Clause
#include "graph/memory.hpp"

#include <algorithm>
#include <numeric>

#include "core/arena.hpp"

namespace laminar {

MemoryLayout lay_out(const std::vector<Lifetime>& lifetimes) {
  MemoryLayout layout;
  layout.offsets.assign(lifetimes.size(), 0);
  std::vector<std::size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return lifetimes[a].size_bytes > lifetimes[b].size_bytes; });

  std::vector<std::size_t> placed;  // by offset
  for (const std::size_t index : order) {
    const Lifetime& item = lifetimes[index];
    const std::size_t size = align_up(item.size_bytes);
    std::size_t offset = 0;
    for (const std::size_t other : placed) {
      const Lifetime& taken = lifetimes[other];
      if (taken.last < item.first || item.last < taken.first) continue;
      if (offset + size <= layout.offsets[other]) break;
      offset = std::max(offset, layout.offsets[other] + align_up(taken.size_bytes));
    }
    layout.offsets[index] = offset;
    layout.size_bytes = std::max(layout.size_bytes, offset + size);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), index,
                                   [&](std::size_t a, std::size_t b) { return layout.offsets[a] < layout.offsets[b]; }),
                  index);
  }
  return layout;
}

}  // namespace laminar
