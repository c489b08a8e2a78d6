// SPDX-License-Identifier: BSD-3-Clause
//
// A warm training step and a warm prediction into the caller's memory ask the allocator for nothing.
#include <doctest/doctest.h>

#include <cstdlib>
#include <memory>
#include <new>

#include "laminar/model.hpp"
#include "laminar/runtime.hpp"
#include "support/allocations.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

constexpr std::int64_t kRows = 40;
constexpr std::int64_t kFeatures = 300;

template <class T>
Model<T> warm_model(const std::string& isa, int threads, const Optimizer& optimizer) {
  Model<T> model(
      Sequential{Input({.shape = {kFeatures}}),
                 Dense({.units = 520, .activation = Activation::kGelu, .kernel_regularizer = Regularizer{1e-4, 1e-4}}),
                 Dropout({.rate = 0.2}), Dense({.units = 260}), BatchNormalization(),
                 ActivationLayer({.activation = Activation::kRelu}), LayerNormalization(),
                 GaussianNoise({.stddev = 0.1}), Dense({.units = 10, .activation = Activation::kSoftmax})},
      {.seed = 1, .threads = threads, .isa = isa});
  model.compile({.optimizer = optimizer, .loss = losses::CrossEntropy(), .metrics = {"accuracy"}});
  return model;
}

/// A schedule, clipping, an average and several batches a step.
Optimizer everything() {
  return SGD({.learning_rate = schedules::Warmup({.learning_rate = schedules::CosineDecay({.decay_steps = 50})}),
              .momentum = 0.9,
              .update = {.global_clipnorm = 1.0, .ema_momentum = 0.9, .gradient_accumulation_steps = 2}});
}

template <class T>
void check(const std::string& isa, int threads, const Optimizer& optimizer) {
  CAPTURE(isa);
  CAPTURE(threads);
  Model<T> model = warm_model<T>(isa, threads, optimizer);
  const std::vector<T> x = random_vector<T>(kRows * kFeatures, 1);
  const std::vector<double> doubles = random_vector<double>(kRows * kFeatures, 1);  // converted by float models
  const std::vector<std::int64_t> y(kRows, 3);
  const std::vector<float> weight(kRows, 0.5F);
  std::vector<T> out(kRows * 10);
  const View rows(x.data(), {kRows, kFeatures});
  const View other(doubles.data(), {kRows, kFeatures});
  const auto use = [&] {
    model.train_on_batch(rows, View(y));
    model.train_on_batch(other, View(y), View(weight));
    model.predict(rows, MutableView(out.data(), {kRows, 10}));
    model.predict(other, MutableView(out.data(), {kRows, 10}));
  };
  use();
  const CountAllocations allocations;
  for (int i = 0; i < 100; ++i) use();
  CHECK(allocations.count() == 0);
}

TEST_CASE("the counter sees malloc, new and aligned new" * doctest::skip(!CountAllocations::works())) {
  const CountAllocations allocations;
  const auto number = std::make_unique<volatile int>(1);
  void* volatile block = std::malloc(10);
  std::free(block);
  void* volatile aligned = ::operator new (64, std::align_val_t{64});
  ::operator delete (aligned, std::align_val_t{64});
  CHECK(allocations.count() == 3);
}

TEST_CASE("100 warm steps and predictions allocate nothing" * doctest::skip(!CountAllocations::works())) {
  const std::vector<std::string> isas = default_isa() == "generic" ? std::vector<std::string>{"generic"}
                                                                   : std::vector<std::string>{default_isa(), "generic"};
  for (const std::string& isa : isas) {
    for (const int threads : {1, 2}) {
      check<float>(isa, threads, Adam());
      check<float>(isa, threads, everything());
      check<double>(isa, threads, SGD({.learning_rate = 0.01, .momentum = 0.9}));
    }
  }
}

TEST_CASE("predictions of any length of a free axis allocate nothing" * doctest::skip(!CountAllocations::works())) {
  const SymbolicTensor x = Input({.shape = {kFree, 4}});
  const Model<float> model(x, Dense({.units = 3})(x));
  const std::vector<float> numbers(6 * 5 * 4, 1.0F);
  std::vector<float> out(6 * 5 * 3);
  const auto use = [&] {
    for (const std::int64_t length : {5, 2}) {
      model.predict(View(numbers.data(), {6, length, 4}), MutableView(out.data(), {6, length, 3}));
    }
  };
  use();
  const CountAllocations allocations;
  for (int i = 0; i < 100; ++i) use();
  CHECK(allocations.count() == 0);
}

}  // namespace
}  // namespace laminar::test
