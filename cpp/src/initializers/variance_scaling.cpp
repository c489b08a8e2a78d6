// SPDX-License-Identifier: BSD-3-Clause
//
// Var w = gain^2 times: He 2 / fan_in, Glorot 2 / (fan_in + fan_out), LeCun 1 / fan_in, so that activations and
// gradients keep their size from layer to layer.
// References: He et al., "Delving deep into rectifiers", ICCV 2015; Glorot and Bengio, "Understanding the difficulty
// of training deep feedforward neural networks", AISTATS 2010; LeCun et al., "Efficient BackProp", 1998.
#include <cmath>

#include "initializers/initialize.hpp"

namespace laminar {
namespace {

double variance(Initializer::Kind kind, const Fans& fans) {
  const double in = static_cast<double>(fans.in);
  const double out = static_cast<double>(fans.out);
  switch (kind) {
    case Initializer::Kind::kHeNormal:
    case Initializer::Kind::kHeUniform:
      return 2 / in;
    case Initializer::Kind::kGlorotNormal:
    case Initializer::Kind::kGlorotUniform:
      return 2 / (in + out);
    default:
      return 1 / in;
  }
}

}  // namespace

void fill_scaled(const Initializer& initializer, const RandomStream& random, const Tensor& parameter) {
  if (parameter.shape().size() == 0) return;
  const Initializer::Kind kind = initializer.kind;
  const double stddev = initializer.gain * std::sqrt(variance(kind, fans(parameter.shape())));
  if (kind == Initializer::Kind::kHeUniform || kind == Initializer::Kind::kGlorotUniform ||
      kind == Initializer::Kind::kLecunUniform) {
    const double limit = std::sqrt(3.0) * stddev;  // uniform in (-a, a) has variance a^2 / 3
    fill_uniform(-limit, limit, random, parameter);
  } else {
    fill_normal(0.0, stddev, random, parameter);
  }
}

}  // namespace laminar
