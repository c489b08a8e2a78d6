// SPDX-License-Identifier: BSD-3-Clause
//
// Options as JSON text and back.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

#include "core/config.hpp"

namespace laminar {

/// How much text from a stranger may ask for.
struct JsonLimits {
  int depth = 32;              ///< of lists and maps in each other
  std::size_t text = 1 << 16;  ///< bytes of a text or number as it stands there
  /// That the values may take in memory; where entries are handed over, those of one. No text asks for more than 24
  /// times its length.
  std::size_t bytes = std::numeric_limits<std::size_t>::max();
};

/// The same text for the same values, in their order. ValueError for numbers that JSON has not, text that is not UTF-8,
/// and what is longer or deeper than the limits allow to read.
std::string to_json(const Config& config);

/// FormatError, "byte 12: ...", for what is not JSON, beyond the limits, or a map with one key twice.
Config parse_json(std::string_view text, const JsonLimits& limits);

/// Who is handed the entries of a map one by one.
class EntryReader {
 public:
  virtual ~EntryReader() = default;
  /// Before the first.
  virtual void expect(std::size_t entries) = 0;
  virtual void take(std::string key, Config value) = 0;
};

/// The same for a text that is a map, of which only one entry is in memory at a time. Whether one of its keys comes
/// twice is for the reader to say.
void parse_json_map(std::string_view text, const JsonLimits& limits, EntryReader& reader);

}  // namespace laminar
