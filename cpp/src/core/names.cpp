// SPDX-License-Identifier: BSD-3-Clause
//
// The words that stand for activations and initializers in Python and in model files, with the numbers that belong
// to each.
#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "core/config.hpp"
#include "laminar/error.hpp"

namespace laminar {
namespace {

struct ActivationEntry {
  std::string_view name;
  bool reads_z;
  bool kink;
};
// In the order of Activation. The slope of selu jumps at 0, that of elu (alpha 1) does not.
constexpr std::array<ActivationEntry, 13> kActivations{{{"linear", false, false},
                                                        {"sigmoid", false, false},
                                                        {"tanh", false, false},
                                                        {"relu", false, true},
                                                        {"leaky_relu", false, true},
                                                        {"elu", false, false},
                                                        {"selu", false, true},
                                                        {"gelu", true, false},
                                                        {"gelu_tanh", true, false},
                                                        {"silu", true, false},
                                                        {"softplus", false, false},
                                                        {"exponential", false, false},
                                                        {"softmax", false, false}}};

/// A number that goes with a name.
template <class T>
struct NumberOf {
  std::string_view name;
  double T::*member;
};
constexpr std::array<NumberOf<ActivationSpec>, 1> kSlope{{{"slope", &ActivationSpec::slope}}};

using InitializerNumber = NumberOf<Initializer>;
constexpr std::array<InitializerNumber, 1> kValue{{{"value", &Initializer::value}}};
constexpr std::array<InitializerNumber, 2> kNormal{{{"mean", &Initializer::mean}, {"stddev", &Initializer::stddev}}};
constexpr std::array<InitializerNumber, 2> kUniform{{{"low", &Initializer::low}, {"high", &Initializer::high}}};
constexpr std::array<InitializerNumber, 1> kGain{{{"gain", &Initializer::gain}}};

struct InitializerEntry {
  std::string_view name;
  std::span<const InitializerNumber> numbers;  ///< the members that this kind reads
};
// In the order of Initializer::Kind.
constexpr std::array<InitializerEntry, 12> kInitializers{{{"zeros", {}},
                                                          {"ones", {}},
                                                          {"constant", kValue},
                                                          {"normal", kNormal},
                                                          {"uniform", kUniform},
                                                          {"he_normal", kGain},
                                                          {"he_uniform", kGain},
                                                          {"glorot_normal", kGain},
                                                          {"glorot_uniform", kGain},
                                                          {"lecun_normal", kGain},
                                                          {"lecun_uniform", kGain},
                                                          {"orthogonal", kGain}}};

const ActivationEntry& entry_of(Activation activation) { return kActivations[static_cast<std::size_t>(activation)]; }
const InitializerEntry& entry_of(Initializer::Kind kind) { return kInitializers[static_cast<std::size_t>(kind)]; }

/// The index of the entry that is called `name`; ValueError when there is none.
template <class Entries>
std::size_t index_of(const Entries& entries, const std::string& where, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& entry : entries) {
    if (entry.name == name) return names.size();
    names.emplace_back(entry.name);
  }
  throw ValueError(expected_one_of(where, names, name));
}

/// The name in "relu" or in {"type": "relu", ...}.
const std::string& type_of(const Config& config, const std::string& where, const char* expected) {
  if (const std::string* name = config.text()) return *name;
  const Config* type = config.find("type");
  if (type != nullptr && type->text() != nullptr) return *type->text();
  throw TypeError(where + ": expected " + expected + ", got " + describe(config));
}

/// Reads the named numbers of {"type": ..., name: number}; TypeError when there are others.
template <class T>
void decode_numbers(const Config& config, const std::string& owner, std::span<const NumberOf<T>> numbers, T& value) {
  if (config.map() == nullptr) return;
  std::vector<std::string> known{"type"};
  for (const NumberOf<T>& number : numbers) {
    known.emplace_back(number.name);
    const Config* entry = config.find(number.name);
    if (entry != nullptr) decode(*entry, owner + ": " + std::string(number.name), value.*number.member);
  }
  detail::reject_unknown(*config.map(), owner, known);
}

}  // namespace

std::string_view name_of(Activation activation) { return entry_of(activation).name; }
bool needs_pre_activation(Activation activation) { return entry_of(activation).reads_z; }
bool has_kink(Activation activation) { return entry_of(activation).kink; }

Config encode(const ActivationSpec& value) {
  std::string name(name_of(value.kind));
  if (value.kind != Activation::kLeakyRelu || value == ActivationSpec(value.kind)) return name;
  return Config::Map{{"type", std::move(name)}, {"slope", value.slope}};
}

void decode(const Config& config, const std::string& where, ActivationSpec& value) {
  const std::string& name = type_of(config, where, "the name of an activation");
  ActivationSpec spec(static_cast<Activation>(index_of(kActivations, where, name)));
  const std::span<const NumberOf<ActivationSpec>> numbers(kSlope.data(), spec.kind == Activation::kLeakyRelu ? 1 : 0);
  decode_numbers(config, where + ": " + name, numbers, spec);
  expect(std::isfinite(spec.slope), where + ": slope", "a finite number", spec.slope);
  value = spec;
}

Config encode(const Initializer& value) {
  const InitializerEntry& entry = entry_of(value.kind);
  const Initializer defaults{.kind = value.kind};
  const bool plain = std::all_of(entry.numbers.begin(), entry.numbers.end(), [&](const InitializerNumber& number) {
    return value.*number.member == defaults.*number.member;
  });
  if (plain) return std::string(entry.name);
  Config::Map map{{"type", std::string(entry.name)}};
  for (const InitializerNumber& number : entry.numbers)
    map.emplace_back(std::string(number.name), value.*number.member);
  return map;
}

void decode(const Config& config, const std::string& where, Initializer& value) {
  const std::string& name = type_of(config, where, "the name of an initializer");
  Initializer initializer{.kind = static_cast<Initializer::Kind>(index_of(kInitializers, where, name))};
  decode_numbers(config, where + ": " + name, entry_of(initializer.kind).numbers, initializer);
  expect_valid(initializer, where);
  value = initializer;
}

void expect_valid(const Initializer& initializer, const std::string& where) {
  const InitializerEntry& entry = entry_of(initializer.kind);
  const std::string owner = where + ": " + std::string(entry.name);
  for (const InitializerNumber& number : entry.numbers) {
    const double value = initializer.*number.member;
    expect(std::isfinite(value), owner + ": " + std::string(number.name), "a finite number", value);
  }
  if (initializer.kind == Initializer::Kind::kNormal) {
    expect(initializer.stddev >= 0, owner + ": stddev", "a number of 0 or more", initializer.stddev);
  } else if (initializer.kind == Initializer::Kind::kUniform) {
    expect(initializer.low <= initializer.high, owner + ": low", "at most high", initializer.low);
  } else if (!entry.numbers.empty() && entry.numbers[0].member == &Initializer::gain) {
    expect(initializer.gain >= 0, owner + ": gain", "a number of 0 or more", initializer.gain);
  }
}

}  // namespace laminar
