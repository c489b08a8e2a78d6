// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace laminar {

/// The random order in which an epoch takes its rows, in 4 bytes a row as long as their numbers fit.
class EpochOrder {
 public:
  /// Draws the order of so many rows in that epoch.
  void shuffle(std::uint64_t seed, std::int64_t epoch, std::int64_t rows);

  /// The numbers of the rows at the places [first, first + count), until the next call.
  std::span<const std::int64_t> rows(std::int64_t first, std::int64_t count);

 private:
  std::vector<std::uint32_t> narrow_;
  std::vector<std::int64_t> wide_;  ///< instead, for more rows than 32 bits count
  std::vector<std::int64_t> rows_;
};

}  // namespace laminar
