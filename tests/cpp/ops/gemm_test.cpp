// SPDX-License-Identifier: BSD-3-Clause
#include "ops/gemm.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "laminar/runtime.hpp"
#include "support/close.hpp"
#include "support/tables.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

struct Product {
  std::int64_t m, n, k;
};
// Around the tiles of 96 x 256, and beyond where threads share them out.
const Product kProducts[] = {{1, 1, 1},    {3, 5, 0},     {0, 4, 3},      {1, 300, 40},  {95, 255, 33},
                             {97, 257, 9}, {200, 70, 65}, {300, 600, 50}, {128, 10, 784}};

template <class T>
void check_product(const Product& p, bool a_transposed, bool b_transposed) {
  const std::vector<T> a = random_vector<T>(p.m * p.k, 1);
  const std::vector<T> b = random_vector<T>(p.k * p.n, 2);
  const std::vector<T> bias = random_vector<T>(p.n, 3);
  const MatrixView<T> av = a_transposed ? row_major(a.data(), p.m).transposed() : row_major(a.data(), p.k);
  const MatrixView<T> bv = b_transposed ? row_major(b.data(), p.k).transposed() : row_major(b.data(), p.n);
  const auto at = [](const MatrixView<T>& v, std::int64_t i, std::int64_t j) {
    return static_cast<double>(v.data[i * v.row_stride + j * v.column_stride]);
  };
  std::vector<T> expected;
  for (std::int64_t i = 0; i < p.m; ++i) {
    for (std::int64_t j = 0; j < p.n; ++j) {
      double sum = static_cast<double>(bias[static_cast<std::size_t>(j)]);
      for (std::int64_t l = 0; l < p.k; ++l) sum += at(av, i, l) * at(bv, l, j);
      expected.push_back(static_cast<T>(std::tanh(sum)));
    }
  }
  for (const std::string& isa : available_isas()) {
    CAPTURE(isa);
    std::vector<T> first;
    for (const int threads : {1, 2, 4}) {
      std::vector<T> c(static_cast<std::size_t>(p.m * p.n));
      gemm<T>({&kernel_table(isa), threads, nullptr}, p.m, p.n, p.k, av, bv, c.data(),
              {.accumulate = false, .bias = bias.data(), .activation = Activation::kTanh});
      if (first.empty()) {
        check_close(c, expected, 16 + 4 * std::sqrt(static_cast<double>(p.k)) * 4);
        first = c;
      }
      CHECK(c == first);
    }
  }
}

TEST_CASE("products of every kind, the same bits on any number of threads") {
  for (const Product& product : kProducts) {
    CAPTURE(product.m);
    CAPTURE(product.n);
    CAPTURE(product.k);
    check_product<float>(product, false, false);
    check_product<double>(product, true, false);
    check_product<float>(product, false, true);
  }
}

}  // namespace
}  // namespace laminar::test
