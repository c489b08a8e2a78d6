// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace laminar {

/// How this copy of the library was built: "compiler", "eigen", "openmp".
std::vector<std::pair<std::string, std::string>> build_info();

}  // namespace laminar
