// SPDX-License-Identifier: BSD-3-Clause
//
// Loads a model, trained in Python or by train.cpp, and lets several threads predict with it at once.
//
//     serve PATH [THREADS]     a classifier of float32 features whose first layer is dense; 4 threads
#include <laminar/laminar.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace lm = laminar;

namespace {

constexpr int kRequests = 20'000;
constexpr int kWarmUp = 1'000;

/// Answers requests of one row and returns how long each took, in microseconds. Prediction is a constant member
/// function: threads share the model without a lock, each with memory of its own.
std::vector<double> answer(const lm::Model<float>& model, std::int64_t features, std::int64_t outputs, int thread) {
  std::vector<float> row(static_cast<std::size_t>(features));
  std::vector<float> result(static_cast<std::size_t>(outputs));
  std::vector<double> times;
  times.reserve(kRequests);
  for (int request = -kWarmUp; request < kRequests; ++request) {
    std::fill(row.begin(), row.end(), static_cast<float>((request + thread) % 17) / 17.0F);
    const auto begin = std::chrono::steady_clock::now();
    model.predict(lm::View(row.data(), {1, features}), lm::MutableView(result.data(), {1, outputs}));
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    if (request >= 0) times.push_back(took.count());
  }
  return times;
}

void serve(const std::string& path, int threads) {
  // One thread for each call: the threads are the requests' here.
  lm::Model<float> model = lm::load_model<float>(path, {.threads = 1});
  const std::int64_t features = model.parameters().front().shape[0];
  const std::vector<float> row(static_cast<std::size_t>(features));
  const std::int64_t outputs = model.output_shape(lm::View(row.data(), {1, features}))[1];
  std::printf("%s: %d features, %d outputs, %s\n", path.c_str(), static_cast<int>(features), static_cast<int>(outputs),
              model.isa().c_str());

  std::vector<std::vector<double>> times(static_cast<std::size_t>(threads));
  std::vector<std::thread> team;
  team.reserve(times.size());
  for (int i = 0; i < threads; ++i) {
    team.emplace_back([&, i] { times[static_cast<std::size_t>(i)] = answer(model, features, outputs, i); });
  }
  for (std::thread& member : team) member.join();

  std::vector<double> all;
  for (const auto& of_thread : times) all.insert(all.end(), of_thread.begin(), of_thread.end());
  std::sort(all.begin(), all.end());
  const auto percentile = [&](double share) { return all[static_cast<std::size_t>(share * (all.size() - 1))]; };
  std::printf(
      "one row, %d threads at once, %zu requests, microseconds: 50 %% %.2f, 90 %% %.2f, 99 %% %.2f, 99.9 %% %.2f\n",
      threads, all.size(), percentile(0.5), percentile(0.9), percentile(0.99), percentile(0.999));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 2 || argc > 3) throw std::invalid_argument("usage: serve PATH [THREADS]");
    serve(argv[1], argc == 3 ? std::max(1, std::stoi(argv[2])) : 4);
  } catch (const lm::Error& error) {  // no such file, or not a model
    std::fprintf(stderr, "laminar: %s\n", error.what());
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
