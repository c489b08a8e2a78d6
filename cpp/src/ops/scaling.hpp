// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "core/context.hpp"

namespace laminar {

/// y = factor * x; y may be x.
template <class T>
void scale(const Context& context, std::int64_t n, T factor, const T* x, T* y);

/// x = min(max(x, -limit), limit).
template <class T>
void clip(const Context& context, std::int64_t n, T limit, T* x);

/// average += share * (x - average).
template <class T>
void move_average(const Context& context, std::int64_t n, T share, const T* x, T* average);

}  // namespace laminar
