// SPDX-License-Identifier: BSD-3-Clause
#include "model/epoch_order.hpp"

#include <limits>

#include "core/rng.hpp"

namespace laminar {

void EpochOrder::shuffle(std::uint64_t seed, std::int64_t epoch, std::int64_t rows) {
  const auto count = static_cast<std::size_t>(rows);
  const bool fits = rows <= std::numeric_limits<std::uint32_t>::max();
  narrow_.resize(fits ? count : 0);
  wide_.resize(fits ? 0 : count);
  if (fits) {
    permutation(seed, static_cast<std::uint64_t>(epoch), narrow_);
  } else {
    permutation(seed, static_cast<std::uint64_t>(epoch), wide_);
  }
}

std::span<const std::int64_t> EpochOrder::rows(std::int64_t first, std::int64_t count) {
  if (narrow_.empty()) {
    return std::span<const std::int64_t>(wide_).subspan(static_cast<std::size_t>(first),
                                                        static_cast<std::size_t>(count));
  }
  const auto begin = narrow_.begin() + first;
  rows_.assign(begin, begin + count);
  return rows_;
}

}  // namespace laminar
