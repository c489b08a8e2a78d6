// SPDX-License-Identifier: BSD-3-Clause
#include "core/config.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "laminar/error.hpp"

namespace laminar {
namespace {

constexpr std::size_t kLongestText = 60;  // of a value in a message, in characters
constexpr std::size_t kLongestList = 8;   // in elements

std::string describe_number(double value) {
  std::array<char, 32> buffer{};
  const std::to_chars_result result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  std::string text(buffer.data(), result.ptr);
  // 2.0 where 2 was wanted must not read "got 2".
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

std::string quote(std::string_view text) {
  if (text.size() <= kLongestText) return "'" + std::string(text) + "'";
  return "'" + std::string(text.substr(0, kLongestText)) + "...'";
}

template <class Items, class Describe>
std::string describe_items(const Items& items, const Describe& describe_item) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += ", ";
    if (i == kLongestList) return text + "...";
    text += describe_item(items[i]);
  }
  return text;
}

/// Case and separators apart, names that are written alike are the same.
std::string simplified(std::string_view name) {
  std::string result;
  for (const char c : name) {
    if (c == '_' || c == '-' || c == ' ') continue;
    result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

/// Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  // Rows i - 2, i - 1 and i of the table d[i][j], the distance of the first i letters from the first j.
  std::vector<std::size_t> before_last(to.size() + 1), last(to.size() + 1), current(to.size() + 1);
  for (std::size_t j = 0; j <= to.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) current[j] = std::min(current[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, current);
  }
  return last[to.size()];
}

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

template <class T>
const T& get(const Config& config, const std::string& where, const char* expected) {
  if (const T* value = std::get_if<T>(&config.value)) return *value;
  throw TypeError(where + ": expected " + expected + ", got " + describe(config));
}

/// The strings that stand for the values of an enum.
template <class Enum, std::size_t n>
using Names = std::array<std::pair<const char*, Enum>, n>;

constexpr Names<losses::Reduction, 2> kReductions{
    {{"mean", losses::Reduction::kMean}, {"sum", losses::Reduction::kSum}}};
constexpr Names<losses::Missing, 2> kMissing{
    {{"error", losses::Missing::kError}, {"ignore", losses::Missing::kIgnore}}};
constexpr Names<metrics::Average, 3> kAverages{
    {{"binary", metrics::Average::kBinary}, {"macro", metrics::Average::kMacro}, {"micro", metrics::Average::kMicro}}};

template <class Enum, std::size_t n>
Config encode_name(const Names<Enum, n>& names, Enum value) {
  const auto entry = std::find_if(names.begin(), names.end(), [&](const auto& name) { return name.second == value; });
  return std::string(entry->first);
}

template <class Enum, std::size_t n>
void decode_name(const Config& config, const std::string& where, const Names<Enum, n>& names, Enum& value) {
  std::vector<std::string> known;
  for (const auto& [name, named] : names) known.emplace_back(name);
  const std::string* text = config.text();
  if (text == nullptr) throw TypeError(where + ": expected one of " + join(known) + ", got " + describe(config));
  const auto entry = std::find_if(names.begin(), names.end(), [&](const auto& name) { return name.first == *text; });
  if (entry == names.end()) throw ValueError(expected_one_of(where, known, *text));
  value = entry->second;
}

}  // namespace

const Config* Config::find(std::string_view name) const {
  const Map* entries = map();
  if (entries == nullptr) return nullptr;
  for (const auto& [key, entry] : *entries) {
    if (key == name) return &entry;
  }
  return nullptr;
}

std::string describe(const Config& config) {
  struct Describe {
    std::string operator()(std::monostate) const { return "None"; }
    std::string operator()(bool value) const { return value ? "True" : "False"; }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return describe_number(value); }
    std::string operator()(const std::string& value) const { return quote(value); }
    std::string operator()(const Config::List& value) const { return "[" + describe_items(value, describe) + "]"; }
    std::string operator()(const Config::Map& value) const {
      return "{" +
             describe_items(value,
                            [](const auto& entry) { return quote(entry.first) + ": " + describe(entry.second); }) +
             "}";
    }
  };
  return std::visit(Describe{}, config.value);
}

std::string suggestion(std::string_view name, const std::vector<std::string>& candidates) {
  // Nobody mistypes that much; and comparing takes time that grows with the length.
  if (name.size() > kLongestText) return "";
  const std::string wanted = simplified(name);
  const std::string* nearest = nullptr;
  std::size_t smallest = std::numeric_limits<std::size_t>::max();
  for (const std::string& candidate : candidates) {
    const std::string other = simplified(candidate);
    const std::size_t distance = edit_distance(wanted, other);
    const std::size_t tolerated = std::max<std::size_t>(1, (std::max(wanted.size(), other.size()) + 1) / 4);
    if (distance > tolerated || distance >= wanted.size() || distance >= smallest) continue;
    smallest = distance;
    nearest = &candidate;
  }
  return nearest == nullptr ? "" : "; did you mean '" + *nearest + "'?";
}

std::string expected_one_of(const std::string& where, const std::vector<std::string>& candidates,
                            std::string_view got) {
  return where + ": expected one of " + join(candidates) + ", got " + quote(got) + suggestion(got, candidates);
}

void expect(bool ok, const std::string& where, const std::string& expected, double got) {
  if (!ok) throw ValueError(where + ": expected " + expected + ", got " + describe_number(got));
}

void detail::reject_unknown(const Config::Map& map, const std::string& owner, const std::vector<std::string>& known) {
  for (const auto& [key, entry] : map) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    if (known.empty()) throw TypeError(owner + ": expected no options, got " + quote(key));
    throw TypeError(owner + ": expected options among " + join(known) + ", got " + quote(key) + suggestion(key, known));
  }
}

const Config::List& list_of(const Config& config, const std::string& where) {
  return get<Config::List>(config, where, "a list");
}

Config encode(bool value) { return value; }
Config encode(std::int64_t value) { return value; }
Config encode(double value) { return value; }
Config encode(const std::string& value) { return value; }

Config encode(const Shape& value) {
  Config::List axes;
  for (const std::int64_t length : value) {
    Config& axis = axes.emplace_back();
    if (length != kFree) axis.value = length;
  }
  return axes;
}

Config encode(const Regularizer& value) { return Config::Map{{"l1", value.l1}, {"l2", value.l2}}; }

Config encode(losses::Reduction value) { return encode_name(kReductions, value); }
Config encode(losses::Missing value) { return encode_name(kMissing, value); }
Config encode(metrics::Average value) { return encode_name(kAverages, value); }

Config encode(const metrics::ClassWeights& value) {
  if (value.empty()) return {};
  Config::Map weights;
  for (const auto& [label, weight] : value) weights.emplace_back(std::to_string(label), weight);
  return weights;
}

void decode(const Config& config, const std::string& where, bool& value) {
  value = get<bool>(config, where, "True or False");
}

void decode(const Config& config, const std::string& where, std::int64_t& value) {
  value = get<std::int64_t>(config, where, "an integer");
}

void decode(const Config& config, const std::string& where, double& value) {
  const std::int64_t* integer = std::get_if<std::int64_t>(&config.value);
  value = integer != nullptr ? static_cast<double>(*integer) : get<double>(config, where, "a number");
}

void decode(const Config& config, const std::string& where, std::string& value) {
  value = get<std::string>(config, where, "a string");
}

void decode(const Config& config, const std::string& where, Shape& value) {
  const auto& axes = get<Config::List>(config, where, "a list of axis lengths");
  if (axes.size() > static_cast<std::size_t>(Shape::kMaxRank)) {
    throw ValueError(where + ": expected at most " + std::to_string(Shape::kMaxRank) + " axes, got " +
                     std::to_string(axes.size()));
  }
  Shape shape;
  for (const Config& axis : axes) {
    std::int64_t length = kFree;
    if (!axis.is_null()) {
      length = get<std::int64_t>(axis, where, "integers or None as axis lengths");
      if (length < 0) throw ValueError(where + ": expected axis lengths of 0 or more, got " + std::to_string(length));
    }
    shape.append(length);
  }
  value = shape;
}

void decode(const Config& config, const std::string& where, Regularizer& value) {
  struct Fields {
    static void visit(Regularizer& regularizer, detail::Decoder& field) {
      field("l1", regularizer.l1);
      field("l2", regularizer.l2);
    }
  };
  const auto& entries = get<Config::Map>(config, where, "a mapping of l1 and l2");
  value = from_map<Fields, Regularizer>(entries, where);
  expect(std::isfinite(value.l1) && value.l1 >= 0, where + ": l1", "a finite number of 0 or more", value.l1);
  expect(std::isfinite(value.l2) && value.l2 >= 0, where + ": l2", "a finite number of 0 or more", value.l2);
}

void decode(const Config& config, const std::string& where, losses::Reduction& value) {
  decode_name(config, where, kReductions, value);
}
void decode(const Config& config, const std::string& where, losses::Missing& value) {
  decode_name(config, where, kMissing, value);
}
void decode(const Config& config, const std::string& where, metrics::Average& value) {
  decode_name(config, where, kAverages, value);
}

void decode(const Config& config, const std::string& where, metrics::ClassWeights& value) {
  value.clear();
  if (config.is_null()) return;
  for (const auto& [key, entry] : get<Config::Map>(config, where, "a mapping of class to weight")) {
    std::int64_t label = -1;
    const auto [end, failure] = std::from_chars(key.data(), key.data() + key.size(), label);
    if (failure != std::errc() || end != key.data() + key.size()) {
      throw TypeError(where + ": expected whole numbers as classes, got " + quote(key));
    }
    decode(entry, where + "[" + key + "]", value.emplace_back(label, 1.0).second);
  }
}

}  // namespace laminar
