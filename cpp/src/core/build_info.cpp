// SPDX-License-Identifier: BSD-3-Clause
#include "core/build_info.hpp"

#include "kernels/table.hpp"

namespace laminar {

std::vector<std::pair<std::string, std::string>> build_info() {
#if defined(__clang__)
  const std::string compiler = std::string("Clang ") + __clang_version__;
#else
  const std::string compiler = std::string("GCC ") + __VERSION__;
#endif
#ifdef _OPENMP
  const std::string openmp = std::to_string(_OPENMP);
#else
  const std::string openmp = "none";
#endif
  return {{"compiler", compiler}, {"eigen", kernels::generic::eigen_version()}, {"openmp", openmp}};
}

}  // namespace laminar
