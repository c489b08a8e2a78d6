// SPDX-License-Identifier: BSD-3-Clause
#include "model/flat_loss.hpp"

#include <doctest/doctest.h>

#include "support/losses.hpp"
#include "support/tables.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

struct Regression {
  SymbolicTensor input = Input({.shape = {3}});
  ModelCore model;
  std::vector<float> x = random_vector<float>(20 * 3, 1);
  std::vector<float> y = random_vector<float>(20 * 2, 2);
  View rows{x.data(), {20, 3}};
  View targets{y.data(), {20, 2}};

  explicit Regression(DType dtype) : model({input}, {head()}, dtype, 1) {
    model.compile(compile_with({losses::SquaredError()}, Adam()));
  }
  SymbolicTensor head() const {
    const SymbolicTensor hidden = Dense({.units = 4, .activation = Activation::kTanh})(input);
    return Dense({.units = 2, .kernel_regularizer = Regularizer{.l2 = 0.3}})(Dropout({.rate = 0.5})(hidden));
  }
  Arrays arrays() const { return {.x = {&rows, 1}, .y = {&targets, 1}}; }
};

TEST_CASE("a flat loss is the evaluated loss, and its gradient is what central differences say") {
  Regression data(DType::kFloat64);
  std::vector<double> theta;
  std::vector<double> gradient;
  double loss = 0.0;
  {
    ModelCore::FlatLoss flat(data.model, context(), data.arrays());
    CHECK(flat.size() == 3 * 4 + 4 + 4 * 2 + 2);
    theta.resize(static_cast<std::size_t>(flat.size()));
    gradient.resize(theta.size());
    flat.read(theta.data());
    for (double& number : theta) number += 0.25;
    loss = flat.evaluate(theta.data(), gradient.data());
    std::vector<double> ignored(theta.size());
    for (std::size_t i = 0; i < theta.size(); ++i) {
      constexpr double kStep = 1e-6;
      std::vector<double> above = theta;
      std::vector<double> below = theta;
      above[i] += kStep;
      below[i] -= kStep;
      const double slope =
          (flat.evaluate(above.data(), ignored.data()) - flat.evaluate(below.data(), ignored.data())) / (2.0 * kStep);
      // Rounding of J, about 1e-16, over the step.
      CHECK(gradient[i] == doctest::Approx(slope).epsilon(1e-7));
    }
    flat.write(theta.data());
    CHECK_THROWS_AS(data.model.train_on_batch(context(), data.arrays()), StateError);
  }
  CHECK(data.model.evaluate(context(), data.arrays(), 0)["loss"] == doctest::Approx(loss).epsilon(1e-12));
  CHECK(data.model.steps == 0);
}

TEST_CASE("float32 parameters are written rounded, and frozen ones are left out") {
  Regression data(DType::kFloat32);
  data.model.layers()[0]->trainable = false;
  const Tensor frozen = data.model.parameters().view(0);
  const std::vector<float> before(frozen.as<float>(), frozen.as<float>() + frozen.shape().size());
  ModelCore::FlatLoss flat(data.model, context(), data.arrays());
  CHECK(flat.size() == 4 * 2 + 2);
  std::vector<double> theta(10, 0.1);
  flat.write(theta.data());
  flat.read(theta.data());
  CHECK(theta == std::vector<double>(10, static_cast<double>(0.1F)));
  std::vector<double> gradient(10);
  flat.evaluate(theta.data(), gradient.data());
  CHECK(std::equal(before.begin(), before.end(), frozen.as<float>()));
}

TEST_CASE("a flat loss says what is wrong") {
  Regression data(DType::kFloat64);
  {
    ModelCore::FlatLoss flat(data.model, context(), data.arrays());
    std::vector<double> before(static_cast<std::size_t>(flat.size()));
    flat.read(before.data());
    const std::vector<double> theta(before.size(), 1e300);
    std::vector<double> gradient(theta.size());
    check_throws<DivergedError>([&] { flat.evaluate(theta.data(), gradient.data()); },
                                {"minimize", "loss is inf", "at a point that was tried"});
    flat.write(before.data());
  }
  data.model.set_trainable(false);
  CHECK(!data.model.trainable());
  check_throws<ValueError>([&] { ModelCore::FlatLoss(data.model, context(), data.arrays()); },
                           {"minimize", "expected a layer that trains"});
  data.model.set_trainable(true);
  data.model.train_on_batch(context(), data.arrays());
}

}  // namespace
}  // namespace laminar::test
