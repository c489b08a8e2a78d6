// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <utility>

#include "cases.hpp"

namespace laminar::bench {

struct Shape {
  std::int64_t rows, columns;
  std::int64_t size() const { return rows * columns; }
};

/// A kernel on matrices: so many of them, passed over so many times in all.
template <class T>
Case make_case(const char* kernel, Shape shape, int arrays, int passes, std::function<Problem()> make) {
  const double bytes = static_cast<double>(shape.size()) * sizeof(T);
  return {kernel,         std::to_string(shape.rows) + " x " + std::to_string(shape.columns),
          kDtype<T>,      0,
          passes * bytes, arrays * bytes,
          std::move(make)};
}

}  // namespace laminar::bench
