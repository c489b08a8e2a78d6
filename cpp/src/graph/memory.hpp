// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <vector>

namespace laminar {

/// A stretch of memory that is in use from step `first` to step `last`, both included.
struct Lifetime {
  std::size_t size_bytes;
  int first;
  int last;
};

struct MemoryLayout {
  std::vector<std::size_t> offsets;  ///< one a lifetime, aligned
  std::size_t size_bytes = 0;
};

/// Places stretches so that no two that live at the same time overlap: the largest first, each at the lowest free
/// offset.
MemoryLayout lay_out(const std::vector<Lifetime>& lifetimes);

}  // namespace laminar
