// SPDX-License-Identifier: BSD-3-Clause
#include "core/config.hpp"

#include <limits>

#include "support/tensors.hpp"

namespace laminar::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <class T>
T read(const Config& config) {
  T value;
  decode(config, "Dense: option", value);
  return value;
}

TEST_CASE("every activation has a name that leads back to it") {
  for (int i = 0; i <= static_cast<int>(Activation::kSoftmax); ++i) {
    const auto activation = static_cast<Activation>(i);
    const std::string name(name_of(activation));
    CHECK(describe(encode(ActivationSpec(activation))) == "'" + name + "'");
    CHECK(read<ActivationSpec>(name) == ActivationSpec(activation));
    CHECK(read<ActivationSpec>(Config::Map{{"type", name}}) == ActivationSpec(activation));
  }
  CHECK(name_of(Activation::kGeluTanh) == "gelu_tanh");
  CHECK(name_of(Activation::kSoftmax) == "softmax");
}

TEST_CASE("leaky relu carries its slope") {
  const ActivationSpec leaky(Activation::kLeakyRelu, 0.2);
  CHECK(describe(encode(leaky)) == "{'type': 'leaky_relu', 'slope': 0.2}");
  CHECK(read<ActivationSpec>(encode(leaky)) == leaky);
  CHECK(read<ActivationSpec>(std::string("leaky_relu")).slope == 0.01);
}

TEST_CASE("wrong activations are named") {
  check_throws<ValueError>(
      [] { read<ActivationSpec>(std::string("rleu")); },
      {"Dense: option: expected one of linear, sigmoid, tanh, relu,", "got 'rleu'; did you mean 'relu'?"});
  check_throws<TypeError>([] { read<ActivationSpec>(1.0); },
                          {"Dense: option: expected the name of an activation", "1.0"});
  check_throws<TypeError>([] { read<ActivationSpec>(Config()); }, {"got None"});
  check_throws<TypeError>([] { read<ActivationSpec>(Config::Map{{"slope", 1.0}}); }, {"got {'slope': 1.0}"});
  check_throws<TypeError>(
      [] {
        read<ActivationSpec>(Config::Map{{"type", std::string("relu")}, {"slope", 1.0}});
      },
      {"Dense: option: relu: expected options among type, got 'slope'"});
  check_throws<ValueError>(
      [] {
        read<ActivationSpec>(Config::Map{{"type", std::string("leaky_relu")}, {"slope", kInfinity}});
      },
      {"Dense: option: slope: expected a finite number, got inf"});
}

TEST_CASE("what backward reads and where slopes jump") {
  for (int i = 0; i <= static_cast<int>(Activation::kSoftmax); ++i) {
    const auto activation = static_cast<Activation>(i);
    CAPTURE(i);
    CHECK(needs_pre_activation(activation) ==
          (activation == Activation::kGelu || activation == Activation::kGeluTanh || activation == Activation::kSilu));
    CHECK(has_kink(activation) ==
          (activation == Activation::kRelu || activation == Activation::kLeakyRelu || activation == Activation::kSelu));
  }
}

TEST_CASE("initializers survive being written and read") {
  using namespace initializers;
  const std::vector<std::pair<Initializer, std::string>> forms{
      {zeros(), "'zeros'"},
      {ones(), "'ones'"},
      {constant(2), "{'type': 'constant', 'value': 2.0}"},
      {normal(), "'normal'"},
      {normal(0.5, 1), "{'type': 'normal', 'mean': 1.0, 'stddev': 0.5}"},
      {uniform(-1, 2), "{'type': 'uniform', 'low': -1.0, 'high': 2.0}"},
      {he_normal(), "'he_normal'"},
      {he_uniform(2), "{'type': 'he_uniform', 'gain': 2.0}"},
      {glorot_normal(), "'glorot_normal'"},
      {glorot_uniform(), "'glorot_uniform'"},
      {lecun_normal(), "'lecun_normal'"},
      {lecun_uniform(), "'lecun_uniform'"},
      {orthogonal(1.5), "{'type': 'orthogonal', 'gain': 1.5}"},
  };
  for (const auto& [initializer, form] : forms) {
    CHECK(describe(encode(initializer)) == form);
    CHECK(read<Initializer>(encode(initializer)) == initializer);
  }
}

TEST_CASE("wrong initializers are named") {
  check_throws<ValueError>([] { read<Initializer>(std::string("he_norm")); },
                           {"expected one of zeros, ones,", "got 'he_norm'"});
  check_throws<TypeError>(
      [] {
        read<Initializer>(Config::Map{{"type", std::string("he_normal")}, {"gian", 2.0}});
      },
      {"Dense: option: he_normal: expected options among type, gain, got 'gian'; did you mean 'gain'?"});
  check_throws<TypeError>(
      [] {
        read<Initializer>(Config::Map{{"type", std::string("zeros")}, {"gain", 2.0}});
      },
      {"Dense: option: zeros", "got 'gain'"});
  check_throws<ValueError>(
      [] {
        read<Initializer>(Config::Map{{"type", std::string("normal")}, {"stddev", -1.0}});
      },
      {"Dense: option: normal: stddev: expected a number of 0 or more, got -1.0"});
  check_throws<ValueError>([] { initializers::he_normal(-1); }, {"he_normal: gain", "got -1.0"});
  check_throws<ValueError>([] { initializers::constant(kInfinity); },
                           {"constant: value: expected a finite number, got inf"});
  check_throws<ValueError>([] { initializers::uniform(1, 0); }, {"uniform: low: expected at most high"});
}

}  // namespace
}  // namespace laminar::test
