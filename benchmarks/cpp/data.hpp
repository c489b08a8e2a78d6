// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <vector>

#include "core/arena.hpp"

namespace laminar::bench {

/// Numbers at the start of a cache line, as the library's arenas have them
template <class T>
class Array {
 public:
  Array(std::int64_t size, double low, double high) : size_(size), arena_(static_cast<std::size_t>(size) * sizeof(T)) {
    std::uint64_t random = static_cast<std::uint64_t>(size);
    for (std::int64_t i = 0; i < size; ++i) {
      random = random * 6364136223846793005u + 1442695040888963407u;  // Knuth's, as a standard engine takes seconds
      data()[i] = static_cast<T>(low + (high - low) * static_cast<double>(random >> 11) * 0x1p-53);
    }
  }
  T* data() const { return reinterpret_cast<T*>(arena_.data()); }
  std::int64_t size() const { return size_; }

 private:
  std::int64_t size_;
  Arena arena_;
};

template <class T>
using Shared = std::shared_ptr<const Array<T>>;

template <class T>
Shared<T> uniform(std::int64_t size, double low = -2, double high = 2) {
  return std::make_shared<const Array<T>>(size, low, high);
}

/// All numbers of the arrays, one array after the other
template <class T>
std::vector<double> concatenate(std::initializer_list<Shared<T>> arrays) {
  std::vector<double> numbers;
  for (const Shared<T>& array : arrays) {
    if (array) numbers.insert(numbers.end(), array->data(), array->data() + array->size());
  }
  return numbers;
}

}  // namespace laminar::bench
