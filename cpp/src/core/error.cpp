// SPDX-License-Identifier: BSD-3-Clause
#include "laminar/error.hpp"

#include <system_error>

namespace laminar {

FileError::FileError(int code, const std::string& path)
    : Error(path + ": " + std::generic_category().message(code)), code_(code), path_(path) {}

}  // namespace laminar
