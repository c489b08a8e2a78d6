// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// Penalties on weights.
#pragma once

namespace laminar {

/// A penalty on a kernel W that is part of the loss: (l1 * sum |W| + l2 * sum W^2) / (2 m), with m
/// the sum of the batch's sample weights (the number of examples where there are none).
///
/// Its gradient is (l1 sign(W) + 2 l2 W) / (2 m) with sign(0) = 0.
///
/// \code{.cpp}
/// Dense layer({.units = 8, .kernel_regularizer = Regularizer{.l2 = 0.1}});
/// \endcode
struct Regularizer {
  double l1 = 0.0;  ///< of the sum of magnitudes, at least 0
  double l2 = 0.0;  ///< of the sum of squares, at least 0

  /// Whether both factors are the same.
  /// \return false if either differs
  bool operator==(const Regularizer&) const = default;
};

}  // namespace laminar
