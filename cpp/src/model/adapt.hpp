// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "core/context.hpp"
#include "graph/symbolic.hpp"
#include "laminar/view.hpp"

namespace laminar {

/// One number a feature.
struct FeatureStatistics {
  std::vector<double> mean, std;
};

/// Mean and biased standard deviation over all axes of x but the last; throws where x is empty, not finite or does not
/// fit the layer, a Normalization.
FeatureStatistics statistics_for(const Context& context, const LayerEntry& layer, const View& x);

/// Makes them the layer's state where it is part of a model, what it starts from otherwise.
void adapt(LayerEntry& layer, const FeatureStatistics& statistics);

}  // namespace laminar
