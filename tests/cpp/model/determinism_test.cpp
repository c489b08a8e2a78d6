// SPDX-License-Identifier: BSD-3-Clause
//
// Same build, instruction set, seed and data: the same bits at any number of threads, resumed or in one go.
#include <doctest/doctest.h>

#include "laminar/model.hpp"
#include "laminar/runtime.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

constexpr std::int64_t kRows = 300;
constexpr std::int64_t kFeatures = 40;

template <class T>
struct Training {
  std::vector<T> x = random_vector<T>(kRows * kFeatures, 1);
  std::vector<std::int32_t> y;

  Training() {
    for (std::int64_t i = 0; i < kRows; ++i) y.push_back(static_cast<std::int32_t>(i * i % 7));
  }

  /// Large enough that threads are worth it: 130 k multiply-adds an example.
  Model<T> model(const std::string& isa, int threads,
                 const Optimizer& optimizer = Adam({.learning_rate = 1e-3})) const {
    Model<T> model(
        Sequential{
            Input({.shape = {kFeatures}}),
            Dense({.units = 300, .activation = Activation::kRelu, .kernel_regularizer = Regularizer{1e-3, 1e-3}}),
            Dropout({.rate = 0.3}), Dense({.units = 350, .activation = Activation::kTanh}),
            Dense({.units = 7, .activation = Activation::kSoftmax})},
        {.seed = 5, .threads = threads, .isa = isa});
    model.compile({.optimizer = optimizer, .loss = losses::CrossEntropy(), .metrics = {"accuracy"}});
    return model;
  }

  void fit(Model<T>& model, std::int64_t epochs, std::int64_t initial_epoch = 0) const {
    model.fit(View(x.data(), {kRows, kFeatures}), View(y),
              {.batch_size = 64, .epochs = epochs, .initial_epoch = initial_epoch, .validation_split = 0.1});
  }
};

template <class T>
void check_threads() {
  const Training<T> data;
  for (const std::string& isa : available_isas()) {
    CAPTURE(isa);
    Model<T> serial = data.model(isa, 1);
    const auto first = serial.weights();
    data.fit(serial, 2);
    CHECK(serial.isa() == isa);
    CHECK(serial.weights() != first);
    for (const int threads : {2, 3, 4}) {
      CAPTURE(threads);
      Model<T> model = data.model(isa, threads);
      data.fit(model, 2);
      CHECK(model.weights() == serial.weights());
      CHECK(model.predict(View(data.x.data(), {kRows, kFeatures})) ==
            serial.predict(View(data.x.data(), {kRows, kFeatures})));
    }
  }
}

TEST_CASE("weights after fit are the same bits at 1, 2, 3 and 4 threads, dropout and shuffling included") {
  check_threads<float>();
  check_threads<double>();
}

/// Branches, views and sums in small steps.
template <class T>
Model<T> small_graph(const std::string& isa, int threads) {
  const SymbolicTensor x = Input({.shape = {kFeatures}});
  const SymbolicTensor a = Dense({.units = 48, .activation = Activation::kRelu})(x);
  const SymbolicTensor b = ActivationLayer({.activation = Activation::kTanh})(Dropout({.rate = 0.5})(a));
  const SymbolicTensor c = Flatten()(Reshape({.target_shape = {6, 8}})(Dense({.units = 48})(b)));
  const SymbolicTensor d = Concatenate()({Add()({a, c}), x});
  return Model<T>({x}, {Dense({.units = 5, .activation = Activation::kSoftmax})(d), c},
                  {.seed = 5, .threads = threads, .isa = isa});
}

template <class T>
void check_shared_rows() {
  const Training<T> data;
  for (const std::string& isa : available_isas()) {
    CAPTURE(isa);
    const Model<T> serial = small_graph<T>(isa, 1);
    for (const std::int64_t rows : {31, 32, 33, 47, 63, 64, 100, 299}) {
      CAPTURE(rows);
      const std::vector<View> x{View(data.x.data(), {rows, kFeatures})};
      const auto expected = serial.predict(x);
      for (const int threads : {2, 3, 4, 7}) {
        CAPTURE(threads);
        const Model<T> model = small_graph<T>(isa, threads);
        for (int again = 0; again < 3; ++again) CHECK(model.predict(x) == expected);
      }
    }
  }
}

TEST_CASE("threads that share rows out predict the same bits") {
  check_shared_rows<float>();
  check_shared_rows<double>();
}

TEST_CASE("three times one epoch is one time three, to the last bit") {
  const Training<float> data;
  for (const std::string& isa : available_isas()) {
    CAPTURE(isa);
    Model<float> whole = data.model(isa, 1);
    data.fit(whole, 3);
    Model<float> resumed = data.model(isa, 2);
    Model<float> again = data.model(isa, 1);
    for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
      data.fit(resumed, epoch + 1, epoch);
      data.fit(again, 1);
    }
    CHECK(resumed.weights() == whole.weights());
    CHECK(again.weights() == whole.weights());
    CHECK(resumed.steps() == 15);
    CHECK(resumed.epochs() == 3);
  }
}

/// Schedules by step and by epoch, clipping, an average and several batches a step.
Optimizer everything() {
  const schedules::ExponentialDecay by_epoch(
      {.initial_learning_rate = 1e-2, .decay_rate = 0.8, .by = schedules::By::kEpoch});
  return Adam({.learning_rate = schedules::Warmup({.learning_rate = by_epoch, .warmup_steps = 4}),
               .update = {.global_clipnorm = 0.5, .ema_momentum = 0.9, .gradient_accumulation_steps = 2}});
}

TEST_CASE("the same with everything that an optimizer may be asked for, at any number of threads") {
  const Training<float> data;
  for (const std::string& isa : available_isas()) {
    CAPTURE(isa);
    Model<float> whole = data.model(isa, 1, everything());
    data.fit(whole, 3);
    Model<float> resumed = data.model(isa, 3, everything());
    for (std::int64_t epoch = 0; epoch < 3; ++epoch) data.fit(resumed, epoch + 1, epoch);
    CHECK(resumed.weights() == whole.weights());
    CHECK(resumed.averaged_weights() == whole.averaged_weights());
    CHECK(resumed.averaged_weights() != whole.weights());
    CHECK(resumed.steps() == 9);  // of five batches an epoch
  }
}

TEST_CASE("another seed gives other weights, and the same seed the same") {
  const Training<float> data;
  const auto start = [&](std::uint64_t seed) {
    return Model<float>(Sequential{Input({.shape = {3}}), Dense({.units = 4})}, {.seed = seed}).weights();
  };
  CHECK(start(1) == start(1));
  CHECK(start(1) != start(2));
}

}  // namespace
}  // namespace laminar::test
