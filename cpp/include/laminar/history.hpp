// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace laminar {

/// Named numbers of an epoch or an evaluation in the order in which they are shown, "loss" first.
class Logs {
 public:
  using Entry = std::pair<std::string, double>;

  Logs() = default;
  Logs(std::initializer_list<Entry> entries) : entries_(entries) {}

  void emplace_back(std::string name, double value) { entries_.emplace_back(std::move(name), value); }

  /// ValueError, listing the names there are, when there is none such.
  double operator[](std::string_view name) const;
  bool contains(std::string_view name) const;

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  std::size_t size() const { return entries_.size(); }

 private:
  std::vector<Entry> entries_;
};

/// What `fit` went through: one number an epoch for the loss, the penalties included, and each metric;
/// the names of validation have "val_" in front.
struct History {
  std::vector<std::int64_t> epochs;  ///< their numbers, from 0
  std::vector<std::pair<std::string, std::vector<double>>> values;

  /// ValueError, listing the names there are, when there is none such.
  const std::vector<double>& operator[](std::string_view name) const;
};

}  // namespace laminar
