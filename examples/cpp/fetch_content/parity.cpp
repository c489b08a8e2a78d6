// SPDX-License-Identifier: BSD-3-Clause
//
// Learns whether two bits are the same.
#include <laminar/laminar.hpp>

#include <cstdint>
#include <cstdio>
#include <vector>

namespace lm = laminar;

int main() {
  const std::vector<float> bits{0, 0, 0, 1, 1, 0, 1, 1};
  const std::vector<std::int32_t> same{1, 0, 0, 1};
  const lm::View x(bits.data(), {4, 2});

  lm::Model<float> model(lm::Sequential{lm::Dense({.units = 8, .activation = lm::Activation::kTanh}),
                                        lm::Dense({.units = 2, .activation = lm::Activation::kSoftmax})},
                         {.seed = 0});
  model.compile({.optimizer = lm::Adam({.learning_rate = 0.05}), .loss = lm::losses::CrossEntropy()});
  model.fit(x, lm::View(same), {.epochs = 200});

  const std::vector<float> probabilities = model.predict(x);
  bool right = true;
  for (std::size_t i = 0; i < same.size(); ++i) {
    const double yes = probabilities[2 * i + 1];
    std::printf("%.0f %.0f: %.3f\n", static_cast<double>(bits[2 * i]), static_cast<double>(bits[2 * i + 1]), yes);
    right = right && (yes > 0.5) == (same[i] == 1);
  }
  return right ? 0 : 1;
}
