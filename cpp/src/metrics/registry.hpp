// SPDX-License-Identifier: BSD-3-Clause
//
// Where a metric enters: one declaration here, one line in registry.cpp.
#pragma once

#include <memory>

#include "losses/registry.hpp"
#include "metrics/metric.hpp"

namespace laminar {

using MakeMetric = std::shared_ptr<const MetricFunction>(const Config::Map& options);
MakeMetric make_accuracy;
MakeMetric make_error_rate;
MakeMetric make_f1;
MakeMetric make_precision;
MakeMetric make_r2;
MakeMetric make_recall;
MakeMetric make_root_mean_squared_error;
MakeMetric make_top_k_accuracy;

/// The weighted mean of a loss.
std::shared_ptr<const MetricFunction> make_loss_metric(std::shared_ptr<const LossFunction> loss);

}  // namespace laminar
