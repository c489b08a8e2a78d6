// SPDX-License-Identifier: BSD-3-Clause
//
// A model's structure as plain data, and a model from it: what copies, pickles and files are made of.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/config.hpp"
#include "model/model_core.hpp"

namespace laminar {

/// {"dtype", "seed", "inputs", "layers", "calls", "outputs", "added_losses"}; of a stack of layers without shape only
/// the first two and "layers".
Config::Map describe_architecture(const ModelCore& model);
/// The same, with what `options_of` says of each layer.
using LayerOptions = std::function<Config::Map(const LayerEntry& layer)>;
Config::Map describe_architecture(const ModelCore& model, const LayerOptions& options_of);

/// Makes the handle of one layer of a described model.
using LayerMaker = std::function<std::shared_ptr<LayerEntry>(const std::string& type, const Config::Map& options,
                                                             const std::string& name, bool trainable)>;
std::shared_ptr<LayerEntry> make_layer_entry(const std::string& type, const Config::Map& options,
                                             const std::string& name, bool trainable);

/// Asked before parameters get memory; throws to refuse. Not asked where the structure has no shapes yet.
using GraphCheck = std::function<void(const Graph& graph)>;

/// A model with fresh layers of that structure. ValueError when the structure makes no sense.
std::unique_ptr<ModelCore> make_model(Config::Map architecture, const LayerMaker& maker = make_layer_entry,
                                      const GraphCheck& check = nullptr, FirstValues first = FirstValues::kDrawn);

}  // namespace laminar
