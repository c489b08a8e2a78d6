// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "core/context.hpp"
#include "laminar/optimizers.hpp"
#include "model/parameters.hpp"

namespace laminar {

/// Limits the gradients of the parameters that train, in place:
///
///     g = min(max(g, -clipvalue), clipvalue), or g *= clipnorm / max(||g||, clipnorm)
///
/// with the norm of each parameter's gradient or, for global_clipnorm, of all together. A norm that overflows leaves a
/// gradient as it is; false then.
bool clip_gradients(const Context& context, const UpdateOptions& options, const Parameters& parameters,
                    const std::vector<bool>& trained);

}  // namespace laminar
