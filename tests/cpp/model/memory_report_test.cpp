// SPDX-License-Identifier: BSD-3-Clause
//
// Memory is known beforehand: what is planned, what is allocated, and what the summary says of it.
#include <doctest/doctest.h>

#include <map>

#include "laminar/model.hpp"
#include "model/summary.hpp"
#include "support/losses.hpp"
#include "support/tables.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

struct Stack {
  SymbolicTensor input = Input({.shape = {100}});
  ModelCore model{{input}, {head()}, DType::kFloat32, 1};
  std::vector<float> x = random_vector<float>(64 * 100, 1);
  std::vector<float> y = random_vector<float>(64 * 10, 2);
  View rows{x.data(), {64, 100}};
  View targets{y.data(), {64, 10}};

  Stack() { model.compile(compile_with({losses::SquaredError()}, Adam())); }
  SymbolicTensor head() const {
    const SymbolicTensor hidden = Dense({.units = 1200, .activation = Activation::kGelu})(input);
    return Dense({.units = 10, .name = "head"})(Dropout({.rate = 0.1})(hidden));
  }
};

TEST_CASE("what is allocated is within a tenth of what was planned") {
  Stack data;
  FitSpec spec;
  spec.batch_size = 64;
  std::map<std::string, std::size_t> planned;
  for (const auto& [name, bytes] : data.model.planned_bytes(64)) planned[name] = bytes;
  data.model.fit(context(), {.x = {&data.rows, 1}, .y = {&data.targets, 1}}, spec);
  std::size_t planned_sum = 0;
  std::size_t allocated_sum = 0;
  for (const auto& [name, bytes] : data.model.allocated_bytes()) {
    if (name == "prediction") continue;
    CAPTURE(name);
    CHECK(static_cast<double>(bytes) == doctest::Approx(static_cast<double>(planned[name])).epsilon(0.1));
    planned_sum += planned[name];
    allocated_sum += bytes;
  }
  CHECK(static_cast<double>(allocated_sum) == doctest::Approx(static_cast<double>(planned_sum)).epsilon(0.1));
}

TEST_CASE("a smaller batch grows nothing") {
  Stack data;
  const auto step = [&](std::int64_t rows) {
    View x = data.rows;
    View y = data.targets;
    x.shape.set(0, rows);
    y.shape.set(0, rows);
    data.model.train_on_batch(context(), {.x = {&x, 1}, .y = {&y, 1}});
    return data.model.allocated_bytes();
  };
  const auto largest = step(64);
  CHECK(step(3) == largest);
  CHECK(step(64) == largest);
}

TEST_CASE("the summary shows layers, parameters and memory") {
  Stack data;
  const std::string text = summary(data.model, 64);
  for (const char* part :
       {"Model, float32, seed 1", "dense_1 (Dense)", "(None, 1200)", "121,200", "head (Dense)", "12,010",
        "parameters: 133,210, of which trained: 133,210", "batch size 64", "peak of a training step"}) {
    CAPTURE(std::string(part));
    CHECK(text.find(part) != std::string::npos);
  }
  data.model.layers()[0]->trainable = false;
  CHECK(summary(data.model, 1).find("dense_1 (Dense) (frozen)") != std::string::npos);
  check_throws<ValueError>([&] { summary(data.model, 0); }, {"batch_size", "got 0"});
  const SymbolicTensor free = Input({.shape = {kFree, 2}});
  ModelCore sequences({free}, {Dense({.units = 2})(free)}, DType::kFloat32, 1);
  CHECK(summary(sequences, 1).find("free axes") != std::string::npos);
}

}  // namespace
}  // namespace laminar::test
