// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "laminar/error.hpp"

namespace laminar {

/// The name that was given to a metric, or its own.
inline std::string name_or(const std::optional<std::string>& given, const char* own) {
  if (given && given->empty()) throw ValueError(std::string(own) + ": name: expected a text, got ''");
  return given.value_or(own);
}

/// The fields of a metric that has nothing but a name.
struct NamedFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("name", options.name);
  }
};

}  // namespace laminar
