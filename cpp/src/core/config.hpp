// SPDX-License-Identifier: BSD-3-Clause
//
// Options as data. Every options struct lists its fields once:
//
//     struct DenseFields {
//       template <class Self, class Visitor>
//       static void visit(Self& options, Visitor& field) {
//         field("units", options.units);
//         field("use_bias", options.use_bias);
//       }
//     };
//
// Saving, loading, Python keywords, summaries and error texts derive from that list.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "laminar/activation.hpp"
#include "laminar/initializers.hpp"
#include "laminar/losses.hpp"
#include "laminar/metrics.hpp"
#include "laminar/regularizers.hpp"
#include "laminar/shape.hpp"

namespace laminar {

/// A tree of plain values, what JSON or a Python dict of plain values can hold.
struct Config {
  using List = std::vector<Config>;
  using Map = std::vector<std::pair<std::string, Config>>;
  std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Map> value;

  Config() = default;
  template <class T>
  Config(T v) : value(std::move(v)) {}  // NOLINT(google-explicit-constructor)

  const Map* map() const { return std::get_if<Map>(&value); }
  const std::string* text() const { return std::get_if<std::string>(&value); }
  bool is_null() const { return std::holds_alternative<std::monostate>(value); }
  /// The entry of that name in a map, or null.
  const Config* find(std::string_view name) const;
};

/// A value as it reads in an error message.
std::string describe(const Config& config);

/// "; did you mean 'relu'?" when a candidate is near enough, else nothing.
std::string suggestion(std::string_view name, const std::vector<std::string>& candidates);

/// "<where>: expected one of linear, relu, got 'rleu'; did you mean 'relu'?"
std::string expected_one_of(const std::string& where, const std::vector<std::string>& candidates, std::string_view got);

/// ValueError "<where>: expected <expected>, got <got>" unless `ok`.
void expect(bool ok, const std::string& where, const std::string& expected, double got);

/// ValueError when a number that the initializer's kind reads is impossible.
void expect_valid(const Initializer& initializer, const std::string& where);

// Field types. `where` names the option in errors: "Dense: units". decode throws TypeError for the
// wrong kind of value and ValueError for an impossible one.
Config encode(bool value);
Config encode(std::int64_t value);
Config encode(double value);
Config encode(const std::string& value);
Config encode(const Shape& value);
Config encode(const ActivationSpec& value);
Config encode(const Initializer& value);
Config encode(const Regularizer& value);
Config encode(losses::Reduction value);
Config encode(losses::Missing value);
Config encode(metrics::Average value);
Config encode(const metrics::ClassWeights& value);
void decode(const Config& config, const std::string& where, bool& value);
void decode(const Config& config, const std::string& where, std::int64_t& value);
void decode(const Config& config, const std::string& where, double& value);
void decode(const Config& config, const std::string& where, std::string& value);
void decode(const Config& config, const std::string& where, Shape& value);
void decode(const Config& config, const std::string& where, ActivationSpec& value);
void decode(const Config& config, const std::string& where, Initializer& value);
void decode(const Config& config, const std::string& where, Regularizer& value);
void decode(const Config& config, const std::string& where, losses::Reduction& value);
void decode(const Config& config, const std::string& where, losses::Missing& value);
void decode(const Config& config, const std::string& where, metrics::Average& value);
void decode(const Config& config, const std::string& where, metrics::ClassWeights& value);

/// TypeError unless it is one.
const Config::List& list_of(const Config& config, const std::string& where);

template <class T>
Config encode(const std::vector<T>& values) {
  Config::List list;
  for (const T& value : values) list.push_back(encode(value));
  return list;
}
template <class T>
void decode(const Config& config, const std::string& where, std::vector<T>& values) {
  values.clear();
  for (const Config& entry : list_of(config, where)) {
    const std::string place = where + "[" + std::to_string(values.size()) + "]";
    decode(entry, place, values.emplace_back());
  }
}

template <class T>
Config encode(const std::optional<T>& value) {
  return value ? encode(*value) : Config();
}
template <class T>
void decode(const Config& config, const std::string& where, std::optional<T>& value) {
  if (config.is_null()) {
    value.reset();
    return;
  }
  decode(config, where, value.emplace());
}

namespace detail {

struct Encoder {
  Config::Map map;
  template <class T>
  void operator()(const char* name, const T& field) {
    map.emplace_back(name, encode(field));
  }
};

struct Decoder {
  const Config::Map& map;
  std::string owner;
  std::vector<std::string> known;
  template <class T>
  void operator()(const char* name, T& field) {
    known.emplace_back(name);
    for (const auto& [key, entry] : map) {
      if (key == name) decode(entry, owner + ": " + name, field);
    }
  }
};

void reject_unknown(const Config::Map& map, const std::string& owner, const std::vector<std::string>& known);

}  // namespace detail

/// The options' fields in the order they are listed.
template <class Fields, class Options>
Config::Map to_map(const Options& options) {
  detail::Encoder encoder;
  Fields::visit(options, encoder);
  return std::move(encoder.map);
}

/// Options from named values; what is not named keeps its default, an unknown name is a TypeError
/// that proposes the nearest one. `owner` stands in front of every message: "Dense".
template <class Fields, class Options>
Options from_map(const Config::Map& map, const std::string& owner, Options options = {}) {
  detail::Decoder decoder{map, owner, {}};
  Fields::visit(options, decoder);
  detail::reject_unknown(map, owner, decoder.known);
  return options;
}

/// The Python and JSON names of the activations, "relu" and so on.
std::string_view name_of(Activation activation);
/// Whether the derivative is computed from z, so that forward must keep it.
bool needs_pre_activation(Activation activation);
/// Whether the slope jumps at z = 0, where central differences mean nothing.
bool has_kink(Activation activation);

}  // namespace laminar
