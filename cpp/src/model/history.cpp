// SPDX-License-Identifier: BSD-3-Clause
#include "laminar/history.hpp"

#include <algorithm>

#include "core/config.hpp"
#include "laminar/error.hpp"

namespace laminar {
namespace {

template <class Entries>
const auto& find(const Entries& entries, std::string_view name) {
  std::vector<std::string> known;
  for (const auto& entry : entries) {
    if (entry.first == name) return entry.second;
    known.push_back(entry.first);
  }
  throw ValueError(expected_one_of("name", known, name));
}

}  // namespace

double Logs::operator[](std::string_view name) const { return find(entries_, name); }

bool Logs::contains(std::string_view name) const {
  return std::any_of(begin(), end(), [&](const Entry& entry) { return entry.first == name; });
}

const std::vector<double>& History::operator[](std::string_view name) const { return find(values, name); }

}  // namespace laminar
