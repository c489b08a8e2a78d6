// SPDX-License-Identifier: BSD-3-Clause
//
// Where a loss enters: one declaration here, one line in registry.cpp.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "losses/loss_function.hpp"

namespace laminar {

using MakeLoss = std::shared_ptr<const LossFunction>(const Config::Map& options);
MakeLoss make_binary_cross_entropy;
MakeLoss make_cross_entropy;
MakeLoss make_huber;
MakeLoss make_mean_absolute_error;
MakeLoss make_mean_squared_error;
MakeLoss make_pinball;
MakeLoss make_poisson;
MakeLoss make_squared_error;

struct LossEntry {
  const char* type;  ///< "CrossEntropy", the class
  const char* name;  ///< "cross_entropy", the string that stands for it with its default options
  MakeLoss* make;
};

/// The entry of that type or name, or null.
const LossEntry* find_loss(const std::string& type_or_name);

/// The names of all losses.
std::vector<std::string> loss_names();

}  // namespace laminar
