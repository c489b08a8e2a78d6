// SPDX-License-Identifier: BSD-3-Clause
//
// What a shared library that links liblaminar.a offers to the program that loads it.
#include "plugin.hpp"

#include <cstdint>
#include <laminar/laminar.hpp>
#include <vector>

namespace lm = laminar;

const void* plugin_state() { return &lm::available_isas(); }

const char* plugin_isa() { return lm::default_isa().c_str(); }

double plugin_loss(int threads) {
  constexpr std::int64_t kRows = 512;
  constexpr std::int64_t kFeatures = 64;
  std::vector<float> x(kRows * kFeatures);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 7) - 3.0F;
  std::vector<std::int32_t> y(kRows);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<std::int32_t>(i % 3);
  lm::Model<float> model(lm::Sequential{lm::Dense({.units = 64, .activation = lm::Activation::kTanh}),
                                        lm::Dense({.units = 3, .activation = lm::Activation::kSoftmax})},
                         {.seed = 0, .threads = threads, .isa = "generic"});
  model.compile({.optimizer = lm::Adam(), .loss = lm::losses::CrossEntropy()});
  return model.fit(lm::View(x.data(), {kRows, kFeatures}), lm::View(y), {.epochs = 3})["loss"].back();
}

bool plugin_catches() {
  try {
    lm::load_model<float>("");
  } catch (const lm::ValueError&) {
    return false;
  } catch (const lm::FileError& error) {
    return error.code() != 0;
  }
  return false;
}
