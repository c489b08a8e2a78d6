// SPDX-License-Identifier: BSD-3-Clause
#include "losses/registry.hpp"

#include "laminar/error.hpp"

namespace laminar {
namespace {

constexpr LossEntry kLosses[] = {
    {"BinaryCrossEntropy", "binary_cross_entropy", make_binary_cross_entropy},
    {"CrossEntropy", "cross_entropy", make_cross_entropy},
    {"Huber", "huber", make_huber},
    {"MeanAbsoluteError", "mean_absolute_error", make_mean_absolute_error},
    {"MeanSquaredError", "mean_squared_error", make_mean_squared_error},
    {"Pinball", "pinball", make_pinball},
    {"Poisson", "poisson", make_poisson},
    {"SquaredError", "squared_error", make_squared_error},
};

}  // namespace

const LossEntry* find_loss(const std::string& type_or_name) {
  for (const LossEntry& entry : kLosses) {
    if (type_or_name == entry.type || type_or_name == entry.name) return &entry;
  }
  return nullptr;
}

std::vector<std::string> loss_names() {
  std::vector<std::string> names;
  for (const LossEntry& entry : kLosses) names.emplace_back(entry.name);
  return names;
}

std::shared_ptr<const LossFunction> make_loss(const std::string& type, const Config::Map& options) {
  if (const LossEntry* entry = find_loss(type)) return entry->make(options);
  throw ValueError(expected_one_of("loss", loss_names(), type));
}

}  // namespace laminar
