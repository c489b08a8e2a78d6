// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "losses/loss_function.hpp"

namespace laminar {

/// L = the prediction itself: a tensor of the graph that already is a loss, (m,) or (m, 1). It takes no target.
std::shared_ptr<const LossFunction> make_given_loss();

}  // namespace laminar
