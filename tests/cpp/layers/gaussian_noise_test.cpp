// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "layers/layer_check.hpp"

namespace laminar::test {
namespace {

LayerCase noise(double stddev) {
  return {"stddev " + std::to_string(stddev),
          {{9}},
          [stddev](const std::vector<SymbolicTensor>& x) { return GaussianNoise({.stddev = stddev})(x[0]); },
          {}};
}

TEST_CASE("GaussianNoise: gradients of one noise, bits on any number of threads") {
  for (const double stddev : {0.0, 0.3, 5.0}) check_layer(noise(stddev));
}

TEST_CASE("GaussianNoise has the standard deviation it says, fresh each call and step, and none when predicting") {
  const SymbolicTensor x = Input({.shape = {3000}});
  const GaussianNoise layer({.stddev = 0.5});
  ModelCore model({x}, {layer(x), layer(x)}, DType::kFloat64, 1);
  model.compile(compile_with({losses::SquaredError(), losses::SquaredError()}));
  const Numbers zeros(3000, 0.0);
  const View view(zeros.data(), {1, 3000});
  const std::vector<View> targets{view, view};
  const auto sum_of_noises = [&] {  // d (p^2 / 2) / dx = p = z
    Numbers dx(3000);
    std::vector<void*> to{dx.data()};
    model.value_and_grad(context(), {.x = {&view, 1}, .y = targets}, {.parameters = false, .inputs = true}, {}, to);
    return dx;
  };
  const Numbers first = sum_of_noises();
  double square = 0;
  for (const double z : first) square += z * z / 3000;
  CHECK(std::abs(square - 0.5) < 5 * 0.5 * std::sqrt(2.0 / 3000));  // two independent noises of variance 1/4
  CHECK(sum_of_noises() == first);
  model.steps = 1;
  CHECK(sum_of_noises() != first);
  Numbers out(3000, 1.0);
  Numbers other(3000, 1.0);
  const std::vector<void*> to{out.data(), other.data()};
  model.predict(context(), {&view, 1}, 0, to);
  CHECK(out == zeros);
}

TEST_CASE("GaussianNoise refuses impossible standard deviations") {
  for (const double stddev : {-0.1, HUGE_VAL, std::nan("")}) {
    check_throws<ValueError>([&] { GaussianNoise({.stddev = stddev}); }, {"GaussianNoise: stddev", "at least 0"});
  }
}

}  // namespace
}  // namespace laminar::test
