// SPDX-License-Identifier: BSD-3-Clause
//
// Options as JSON text and back.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/config.hpp"

namespace laminar {

/// The same text for the same values, in their order. ValueError for numbers that JSON has not and text that is not
/// UTF-8.
std::string to_json(const Config& config);

/// How much text from a stranger may ask for.
struct JsonLimits {
  int depth = 32;              ///< of lists and maps in each other
  std::size_t text = 1 << 16;  ///< bytes of a text or number as it stands there
  std::size_t bytes;           ///< that the values may take in memory
};

/// FormatError, "byte 12: ...", for what is not JSON, beyond the limits, or a map with one key twice.
Config parse_json(std::string_view text, const JsonLimits& limits);

}  // namespace laminar
