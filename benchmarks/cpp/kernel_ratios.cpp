// SPDX-License-Identifier: BSD-3-Clause
//
// Times every case with the kernels of one instruction set and with Eigen compiled with the same flags, interleaved, on
// the same data and one thread. Prints one JSON object a line; kernel_ratios.py makes a table of them.
//
//     laminar_ratios_avx512 [part of a kernel's name]
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "cases.hpp"
#include "core/cpu.hpp"
#include "core/denormals.hpp"
#include "eigen_best/eigen_best.hpp"
#include "roofline.hpp"

namespace laminar::kernels::eigen_table {
void fill(KernelTable& table);  // cpp/src/kernels/generic, with the flags of the instruction set
const char* eigen_version();
}  // namespace laminar::kernels::eigen_table

namespace laminar::bench {
namespace {

constexpr double kBatchSeconds = 100e-6;  // of calls between two looks at the clock, so that the looks cost nothing
constexpr double kCaseSeconds = 0.06;
constexpr int kLeastRounds = 5;
constexpr int kMostRounds = 101;
constexpr int kNotRunnable = 77;

struct Contender {
  const char* name;
  Target target;
  std::vector<double> seconds = {};  ///< of one call, a number a round

  double least() const { return *std::min_element(seconds.begin(), seconds.end()); }
  double median() const {
    std::vector<double> sorted = seconds;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

double seconds_of(const Problem& problem, const Target& target, int calls) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < calls; ++i) problem.run(target);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Whether two targets compute the same up to rounding and the errors of their exp, tanh and so on
bool agree(const Case& measured, const Target& one, const Target& other) {
  std::vector<double> results[2];
  const Target* targets[] = {&one, &other};
  for (int i = 0; i < 2; ++i) {
    const Problem problem = measured.make();
    problem.run(*targets[i]);
    results[i] = problem.outputs();
  }
  double scale = 0;
  for (const double number : results[0]) scale = std::max(scale, std::abs(number));
  const double limit = scale * (measured.dtype == "f32" ? 1e-5 : 1e-12);
  return std::equal(results[0].begin(), results[0].end(), results[1].begin(), results[1].end(),
                    [=](double x, double y) { return std::abs(x - y) <= limit; });
}

void measure(const Case& measured, std::vector<Contender>& contenders) {
  const Problem problem = measured.make();
  std::vector<int> calls;
  double round_seconds = 0;
  for (Contender& contender : contenders) {
    contender.seconds.clear();
    const double first = seconds_of(problem, contender.target, 1);
    const double warm = first > kBatchSeconds ? first : seconds_of(problem, contender.target, 10) / 10;
    calls.push_back(std::max(1, static_cast<int>(kBatchSeconds / std::max(warm, 1e-9))));
    round_seconds += calls.back() * warm;
  }
  const int rounds = std::clamp(static_cast<int>(kCaseSeconds / round_seconds), kLeastRounds, kMostRounds);
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < contenders.size(); ++i) {
      // Each goes first as often as any other.
      const std::size_t turn = (i + static_cast<std::size_t>(round)) % contenders.size();
      const double seconds = seconds_of(problem, contenders[turn].target, calls[turn]);
      contenders[turn].seconds.push_back(seconds / calls[turn]);
    }
  }
}

void print(const Case& measured, const char* isa, double limit_seconds, const std::vector<Contender>& contenders) {
  std::printf("{\"kernel\": \"%s\", \"shape\": \"%s\", \"dtype\": \"%s\", \"isa\": \"%s\", \"limit_us\": %.6g",
              measured.kernel.c_str(), measured.shape.c_str(), measured.dtype.c_str(), isa, limit_seconds * 1e6);
  for (const Contender& contender : contenders) {
    std::printf(", \"%s_us\": %.6g, \"%s_median_us\": %.6g", contender.name, contender.least() * 1e6, contender.name,
                contender.median() * 1e6);
  }
  std::printf("}\n");
  std::fflush(stdout);
}

/// Eigen has a faster form of these in which it gives up accuracy.
bool has_rough_form(const std::string& kernel) {
  return kernel == "sigmoid" || kernel.starts_with("gelu") || kernel.starts_with("silu");
}

int run(const char* isa, const char* filter) {
  const std::vector<std::string>& available = available_isas();
  if (std::find(available.begin(), available.end(), isa) == available.end()) {
    std::fprintf(stderr, "this machine does not run %s\n", isa);
    return kNotRunnable;
  }
  kernels::KernelTable eigen{};
  kernels::eigen_table::fill(eigen);
  kernels::KernelTable best = eigen;
  eigen_best::fill(best);
  const Products products = eigen_best::products();

  kernels::KernelTable rough = best;
  eigen_best::fill_rough_activations(rough);
  const std::vector<Contender> all = {{"laminar", {{.table = &kernel_table(isa)}}},
                                      {"eigen_table", {{.table = &eigen}}},
                                      {"eigen_best", {{.table = &best}, &products}},
                                      {"eigen_rough", {{.table = &rough}, &products}}};
  const Roofline f32 = measure_roofline(isa, "f32", 1), f64 = measure_roofline(isa, "f64", 1);
  std::printf("{\"isa\": \"%s\", \"eigen\": \"%s\", \"f32\": \"%s\", \"f64\": \"%s\"}\n", isa,
              kernels::eigen_table::eigen_version(), summary(f32).c_str(), summary(f64).c_str());
  const FlushDenormals flush;  // as in every step
  int wrong = 0;
  for (const Case& measured : all_cases()) {
    if (measured.kernel == "pack") continue;  // Eigen keeps no packed operand
    if (filter != nullptr && std::strstr(measured.kernel.c_str(), filter) == nullptr) continue;
    std::vector<Contender> contenders = all;
    if (!has_rough_form(measured.kernel)) contenders.pop_back();
    for (std::size_t i = 1; i < contenders.size(); ++i) {
      if (agree(measured, contenders[0].target, contenders[i].target)) continue;
      std::fprintf(stderr, "%s %s %s: laminar and %s differ\n", measured.kernel.c_str(), measured.shape.c_str(),
                   measured.dtype.c_str(), contenders[i].name);
      ++wrong;
    }
    measure(measured, contenders);
    print(measured, isa, (measured.dtype == "f32" ? f32 : f64).least_seconds(measured), contenders);
  }
  return wrong > 0 ? 1 : 0;
}

}  // namespace
}  // namespace laminar::bench

int main(int argc, char** argv) { return laminar::bench::run(RATIOS_ISA, argc > 1 ? argv[1] : nullptr); }
