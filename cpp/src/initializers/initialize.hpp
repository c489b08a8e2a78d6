// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "core/rng.hpp"
#include "core/tensor.hpp"
#include "laminar/initializers.hpp"

namespace laminar {

/// Fills a parameter; the same (initializer, seed, stream, shape) gives the same values in both
/// dtypes up to rounding, on any number of threads. (Normal numbers take a logarithm and a cosine of the C library,
/// so that another library may change the last bit of a double.)
void initialize(const Initializer& initializer, std::uint64_t seed, std::uint32_t stream, const Tensor& parameter);

/// fan_in and fan_out of a parameter's shape: the product of all axes but the last, and the last.
struct Fans {
  std::int64_t in;
  std::int64_t out;
};
Fans fans(const Shape& shape);

// What `initialize` chooses from; values are computed in double and rounded to the parameter's dtype.
void fill_constant(double value, const Tensor& parameter);
void fill_normal(double mean, double stddev, const RandomStream& random, const Tensor& parameter);
void fill_uniform(double low, double high, const RandomStream& random, const Tensor& parameter);
/// Normal or uniform numbers of mean 0 and the variance that the kind asks for.
void fill_scaled(const Initializer& initializer, const RandomStream& random, const Tensor& parameter);
void fill_orthogonal(double gain, const RandomStream& random, const Tensor& parameter);

}  // namespace laminar
