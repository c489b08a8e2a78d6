// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "laminar/layers.hpp"
#include "layers/layer.hpp"

namespace laminar {

// One a layer; each is also one line of the table in registry.cpp.
std::shared_ptr<const Layer> make_activation(const Config::Map& options);
std::shared_ptr<const Layer> make_add(const Config::Map& options);
std::shared_ptr<const Layer> make_batch_normalization(const Config::Map& options);
std::shared_ptr<const Layer> make_concatenate(const Config::Map& options);
std::shared_ptr<const Layer> make_dense(const Config::Map& options);
std::shared_ptr<const Layer> make_dropout(const Config::Map& options);
std::shared_ptr<const Layer> make_flatten(const Config::Map& options);
std::shared_ptr<const Layer> make_gaussian_noise(const Config::Map& options);
std::shared_ptr<const Layer> make_layer_normalization(const Config::Map& options);
std::shared_ptr<const Layer> make_normalization(const Config::Map& options);
std::shared_ptr<const Layer> make_reshape(const Config::Map& options);

}  // namespace laminar
