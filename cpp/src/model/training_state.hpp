// SPDX-License-Identifier: BSD-3-Clause
//
// What a model is trained with and how far it has come, as plain data. Weights and moments are apart from it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/config.hpp"
#include "model/model_core.hpp"

namespace laminar {

/// {"steps", "epochs", "learning_rate_factor", "optimizer_steps", "accumulated", "compiled"}; the last is null or
/// {"optimizer", "losses", "loss_weights", "metrics"}, each part {"type", "options"}.
Config::Map describe_training(const ModelCore& model);

/// Make losses and metrics of a described model.
using LossMaker =
    std::function<std::shared_ptr<const LossFunction>(const std::string& type, const Config::Map& options)>;
using MetricMaker =
    std::function<std::shared_ptr<const MetricFunction>(const std::string& type, const Config::Map& options)>;

/// Compiles the model as described and sets its counters; the moments start afresh. ValueError when the description
/// makes no sense.
void restore_training(ModelCore& model, const Config::Map& training, const LossMaker& make_loss,
                      const MetricMaker& make_metric);

}  // namespace laminar
