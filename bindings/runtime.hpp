// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "core/context.hpp"

namespace laminar {

/// The threads and kernels of this Python process; the core itself knows no such global.
Context current_context();

}  // namespace laminar
