// SPDX-License-Identifier: BSD-3-Clause
#include "layers/registry.hpp"

#include "laminar/error.hpp"

namespace laminar {
namespace {

struct Entry {
  const char* type;
  std::shared_ptr<const Layer> (*make)(const Config::Map& options);
};

constexpr Entry kLayers[] = {
    {"Activation", make_activation},
    {"Add", make_add},
    {"BatchNormalization", make_batch_normalization},
    {"Concatenate", make_concatenate},
    {"Dense", make_dense},
    {"Dropout", make_dropout},
    {"Flatten", make_flatten},
    {"GaussianNoise", make_gaussian_noise},
    {"LayerNormalization", make_layer_normalization},
    {"Normalization", make_normalization},
    {"Reshape", make_reshape},
};

}  // namespace

std::shared_ptr<const Layer> make_layer(const std::string& type, const Config::Map& options) {
  std::vector<std::string> known;
  for (const Entry& entry : kLayers) {
    if (type == entry.type) return entry.make(options);
    known.emplace_back(entry.type);
  }
  throw ValueError("unknown layer type '" + type + "'" + suggestion(type, known));
}

}  // namespace laminar
