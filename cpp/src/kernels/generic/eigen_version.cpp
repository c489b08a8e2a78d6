// SPDX-License-Identifier: BSD-3-Clause
#include <Eigen/Core>
#include <string>

#include "kernels/table.hpp"

namespace laminar::kernels::generic {

const char* eigen_version() {
  static const std::string version = std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) +
                                     "." + std::to_string(EIGEN_MINOR_VERSION);
  return version.c_str();
}

}  // namespace laminar::kernels::generic
