// SPDX-License-Identifier: BSD-3-Clause
#include "model/epoch_sums.hpp"

#include <doctest/doctest.h>

#include "laminar/model.hpp"
#include "support/losses.hpp"
#include "support/tables.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

/// A model whose predictions are its inputs, so that batches change no bit of them.
struct Data {
  std::vector<double> x = random_vector<double>(101 * 3, 1, 0.05, 0.95);
  std::vector<double> y = random_vector<double>(101 * 3, 2, 0.0, 1.0);
  std::vector<double> weight = random_vector<double>(101, 3, 0.0, 2.0);
  View inputs{x.data(), {101, 3}};
  View targets{y.data(), {101, 3}};
  View weights{weight};
  SymbolicTensor input = Input({.shape = {3}});
  ModelCore model{{input}, {ActivationLayer({.activation = Activation::kLinear})(input)}, DType::kFloat64, 1};

  Data() {
    CompileSpec spec = compile_with({losses::BinaryCrossEntropy()});
    spec.metrics = {{make_metric("accuracy"), make_metric("mean_absolute_error")}};
    model.compile(spec);
  }
};

TEST_CASE("an evaluation is the same to the last bit however the rows are cut into batches") {
  Data data;
  for (const bool weighted : {false, true}) {
    const Arrays arrays{
        .x = {&data.inputs, 1}, .y = {&data.targets, 1}, .sample_weight = {&data.weights, weighted ? 1U : 0U}};
    const Logs whole = data.model.evaluate(context(), arrays, 101);
    for (const std::int64_t batch_size : {1, 2, 7, 50, 100, 1000}) {
      CAPTURE(batch_size);
      const Logs cut = data.model.evaluate(context(), arrays, batch_size);
      for (const auto& [name, value] : whole) {
        CAPTURE(name);
        CHECK(cut[name] == value);
      }
    }
  }
}

TEST_CASE("an epoch's loss is the mean over its examples, the short last batch weighing less") {
  Data data;
  const Arrays arrays{.x = {&data.inputs, 1}, .y = {&data.targets, 1}, .sample_weight = {&data.weights, 1}};
  FitSpec spec;
  spec.batch_size = 32;
  data.model.fit(context(), arrays, spec);  // it has no parameters: nothing changes
  const Logs evaluated = data.model.evaluate(context(), arrays, 0);
  const History& history = data.model.history();
  CHECK(history["loss"][0] == doctest::Approx(evaluated["loss"]).epsilon(1e-12));
  CHECK(history["mean_absolute_error"][0] == doctest::Approx(evaluated["mean_absolute_error"]).epsilon(1e-12));
}

TEST_CASE("names that are not there are refused") {
  const Logs logs{{"loss", 1.0}, {"accuracy", 0.5}};
  CHECK(logs["accuracy"] == 0.5);
  CHECK(logs.contains("loss"));
  CHECK_FALSE(logs.contains("val_loss"));
  check_throws<ValueError>([&] { static_cast<void>(logs["acuracy"]); },
                           {"loss", "accuracy", "did you mean 'accuracy'"});
  check_throws<ValueError>([] { static_cast<void>(History()["loss"]); }, {"loss"});
}

}  // namespace
}  // namespace laminar::test
