// SPDX-License-Identifier: BSD-3-Clause
//
// Trains a classifier and tests it on rows that it has not seen.
//
//     train                 two spirals, which it writes to spirals.csv first
//     train --data PATH     a CSV file whose last column is the label, or a folder with MNIST's files
#include <laminar/eigen.hpp>
#include <laminar/laminar.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string_view>

#include "data.hpp"

namespace lm = laminar;

namespace {

Data read(int argc, char** argv) {
  if (argc == 1) {
    write_spirals("spirals.csv", 400);
    return read_csv("spirals.csv");
  }
  if (argc != 3 || std::string_view(argv[1]) != "--data") throw std::invalid_argument("usage: train [--data PATH]");
  return std::filesystem::is_directory(argv[2]) ? read_idx(argv[2]) : read_csv(argv[2]);
}

lm::Model<float> build(std::int64_t features, std::int64_t classes) {
  lm::Model<float> model(
      lm::Sequential{
          lm::Input({.shape = {features}}),
          lm::Dense({.units = 128, .activation = lm::Activation::kRelu}),
          lm::Dropout({.rate = 0.2}),
          lm::Dense({.units = 64, .activation = lm::Activation::kRelu}),
          lm::Dense({.units = classes, .activation = lm::Activation::kSoftmax}),
      },
      {.seed = 0});
  model.compile({
      .optimizer = lm::Adam({.learning_rate = 1e-3}),
      .loss = lm::losses::CrossEntropy(),
      .metrics = {"accuracy"},
  });
  return model;
}

/// True, where the loss is small enough, stops.
bool print_epoch(std::int64_t epoch, const lm::Logs& logs) {
  if (epoch % 5 != 4) return false;
  std::printf("epoch %3d", static_cast<int>(epoch) + 1);
  for (const auto& [name, value] : logs) std::printf("  %s %.4f", name.c_str(), value);
  std::printf("\n");
  return logs["loss"] < 0.005;
}

/// The share of rows whose largest probability is that of their label, reckoned on Eigen's side.
double accuracy(const lm::Model<float>& model, const Examples& test, Eigen::Index classes) {
  lm::RowMajorMatrix<float> probabilities(test.x.rows(), classes);
  model.predict(lm::as_view(test.x), lm::as_mutable_view(probabilities));
  Eigen::Index right = 0;
  for (Eigen::Index row = 0; row < probabilities.rows(); ++row) {
    Eigen::Index best = 0;
    probabilities.row(row).maxCoeff(&best);
    right += best == test.labels(row) ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>(test.labels.size());
}

void run(const Data& data) {
  const int classes = std::max(data.train.labels.maxCoeff(), data.test.labels.maxCoeff()) + 1;
  std::printf("%d rows to train, %d to test, %d features, %d classes\n", static_cast<int>(data.train.x.rows()),
              static_cast<int>(data.test.x.rows()), static_cast<int>(data.train.x.cols()), classes);

  lm::Model<float> model = build(data.train.x.cols(), classes);
  std::printf("%s", model.summary().c_str());
  // Eigen's matrices are column-major by default: laminar reads them where they lie.
  model.fit(lm::as_view(data.train.x), lm::as_view(data.train.labels),
            {
                .epochs = data.train.x.rows() > 5000 ? 10 : 100,
                .validation_x = {lm::as_view(data.test.x)},
                .validation_y = {lm::as_view(data.test.labels)},
                .on_epoch = print_epoch,
            });

  const auto kernel = lm::as_map(model.parameters().front());  // an Eigen::Map on the model's own numbers
  std::printf("the first kernel is %d x %d, its norm %.3f\n", static_cast<int>(kernel.rows()),
              static_cast<int>(kernel.cols()), static_cast<double>(kernel.norm()));
  lm::save_model(model, "model.safetensors");  // for serve.cpp, or for Python's laminar.load_model
  std::printf("test accuracy: %.2f %%\n", 100.0 * accuracy(model, data.test, classes));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(read(argc, argv));
  } catch (const lm::Error& error) {  // what laminar has to say about the data
    std::fprintf(stderr, "laminar: %s\n", error.what());
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
