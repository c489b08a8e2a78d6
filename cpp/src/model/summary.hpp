// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

#include "model/model_core.hpp"

namespace laminar {

/// A model's layers with their shapes and parameters, and its memory at a batch size, as a table of text under `title`.
std::string summary(ModelCore& model, std::int64_t batch_size, const std::string& title = "Model");

}  // namespace laminar
