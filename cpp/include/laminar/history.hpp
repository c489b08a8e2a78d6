// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// What training and evaluation have measured.
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
///
/// \code{.cpp}
/// const Logs logs{{"loss", 0.25}, {"accuracy", 0.9}};
/// assert(logs["accuracy"] == 0.9 && !logs.contains("val_loss"));
/// for (const auto& [name, value] : logs) std::printf("%s %.4f\n", name.c_str(), value);
/// \endcode
class Logs {
 public:
  /// A name and its number.
  using Entry = std::pair<std::string, double>;

  /// No numbers yet.
  Logs() = default;
  /// Numbers in this order.
  /// \param entries names and numbers; a name is given once
  Logs(std::initializer_list<Entry> entries) : entries_(entries) {}

  /// Adds a number behind the others.
  /// \param name  one that is not there yet
  /// \param value its number
  void emplace_back(std::string name, double value) { entries_.emplace_back(std::move(name), value); }

  /// The number of a name.
  /// \param name "loss", say
  /// \return its value
  /// \throws ValueError that lists the names there are, if there is none such
  double operator[](std::string_view name) const;
  /// Whether there is a number of that name.
  /// \param name "val_loss", say
  /// \return true if there is one
  bool contains(std::string_view name) const;

  /// For range-based loops over entries.
  /// \return the first entry
  auto begin() const { return entries_.begin(); }
  /// For range-based loops over entries.
  /// \return behind the last entry
  auto end() const { return entries_.end(); }
  /// How many numbers there are.
  /// \return at least 0
  std::size_t size() const { return entries_.size(); }

 private:
  std::vector<Entry> entries_;
};

/// What `fit` went through: one number an epoch for the loss, the penalties included, and each metric;
/// the names of validation have "val_" in front.
struct History {
  std::vector<std::int64_t> epochs;  ///< their numbers, from 0
  /// Names with one number an epoch, "loss" first; NaN in epochs that had no such number.
  std::vector<std::pair<std::string, std::vector<double>>> values;

  /// The numbers of a name.
  /// \param name "loss" or "val_accuracy", say
  /// \return one number for each of `epochs`
  /// \throws ValueError that lists the names there are, if there is none such
  const std::vector<double>& operator[](std::string_view name) const;
};

}  // namespace laminar
