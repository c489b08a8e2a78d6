// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// All of laminar but the adaptor for Eigen, laminar/eigen.hpp, which needs Eigen's headers.
#pragma once

#include "laminar/activation.hpp"
#include "laminar/dtype.hpp"
#include "laminar/error.hpp"
#include "laminar/history.hpp"
#include "laminar/initializers.hpp"
#include "laminar/io.hpp"
#include "laminar/layers.hpp"
#include "laminar/losses.hpp"
#include "laminar/metrics.hpp"
#include "laminar/model.hpp"
#include "laminar/optimizers.hpp"
#include "laminar/regularizers.hpp"
#include "laminar/runtime.hpp"
#include "laminar/schedules.hpp"
#include "laminar/sequential.hpp"
#include "laminar/shape.hpp"
#include "laminar/training.hpp"
#include "laminar/version.hpp"
#include "laminar/view.hpp"

/// Neural networks on CPUs.
namespace laminar {}
