// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "core/context.hpp"

namespace laminar {

// Sums in double over blocks that n alone fixes: the same bits at any number of threads.

/// sum x^2
template <class T>
double sum_of_squares(const Context& context, std::int64_t n, const T* x);

/// sum |x|
template <class T>
double sum_of_magnitudes(const Context& context, std::int64_t n, const T* x);

}  // namespace laminar
