// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace laminar {

/// The rows of an epoch, cut into batches of `size`; the last takes what is left. Where no batch may have one row
/// alone, the last two share theirs evenly, or are one batch of three.
struct Batches {
  struct Range {
    std::int64_t first, count;
  };

  std::int64_t rows;
  std::int64_t size;
  bool none_of_one_row = false;

  bool last_has_one_row() const { return (rows - 1) % size == 0; }
  std::int64_t count() const {
    const std::int64_t batches = (rows + size - 1) / size;
    return shares() && size == 2 ? batches - 1 : batches;
  }
  Range operator[](std::int64_t index) const {
    const std::int64_t first = index * size;
    if (!shares() || index + 2 < count() || (size == 2 && index + 1 < count())) {
      return {first, first + size < rows ? size : rows - first};
    }
    const std::int64_t left = size + 1;
    if (size == 2) return {rows - left, left};
    const std::int64_t more = (left + 1) / 2;
    return index + 1 < count() ? Range{rows - left, more} : Range{rows - left + more, left - more};
  }

 private:
  bool shares() const { return none_of_one_row && size > 1 && rows > size && last_has_one_row(); }
};

}  // namespace laminar
