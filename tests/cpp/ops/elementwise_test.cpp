// SPDX-License-Identifier: BSD-3-Clause
#include "ops/elementwise.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "laminar/runtime.hpp"
#include "support/close.hpp"
#include "support/tables.hpp"
#include "support/tensors.hpp"

namespace laminar::test {
namespace {

/// Runs with every instruction set at 1, 2 and 4 threads; all threads of a set must agree to the last bit.
template <class Body>
void on_all(const Body& body) {
  for (const std::string& isa : available_isas()) {
    CAPTURE(isa);
    const auto alone = body(Context{&kernel_table(isa), 1, nullptr});
    for (const int threads : {2, 4}) CHECK(body(Context{&kernel_table(isa), threads, nullptr}) == alone);
  }
}

TEST_CASE("column sums add all rows, or add to what is there") {
  constexpr MatrixShape kShape{1000, 321};
  const std::vector<double> x = random_vector<double>(kShape.rows * kShape.columns, 1);
  std::vector<double> expected(kShape.columns, 0.0);
  for (std::size_t i = 0; i < x.size(); ++i) expected[i % kShape.columns] += x[i];
  on_all([&](const Context& context) {
    std::vector<double> sums(kShape.columns, 99.0);
    column_sums(context, kShape, x.data(), sums.data(), false);
    check_close(sums, expected, 10000);
    std::vector<double> added(kShape.columns, 1.0);
    column_sums(context, kShape, x.data(), added.data(), true);
    CHECK(added[5] == doctest::Approx(sums[5] + 1.0));
    return sums;
  });
}

TEST_CASE("copies and sums, onto themselves as well") {
  const std::vector<float> x = random_vector<float>(200001, 1);
  on_all([&](const Context& context) {
    std::vector<float> y(x.size());
    copy_or_add(context, static_cast<std::int64_t>(x.size()), x.data(), y.data(), false);
    CHECK(y == x);
    copy_or_add(context, static_cast<std::int64_t>(x.size()), y.data(), y.data(), false);
    CHECK(y == x);
    copy_or_add(context, static_cast<std::int64_t>(x.size()), x.data(), y.data(), true);
    CHECK(y.back() == 2 * x.back());
    return y;
  });
}

TEST_CASE("activations of whole tensors, softmax by rows") {
  constexpr MatrixShape kShape{700, 130};
  const std::vector<double> z = random_vector<double>(kShape.rows * kShape.columns, 1);
  for (const Activation kind : {Activation::kTanh, Activation::kSoftmax}) {
    on_all([&](const Context& context) {
      std::vector<double> a(z.size());
      activate(context, kind, kShape, z.data(), a.data());
      if (kind == Activation::kTanh) {
        CHECK(a[7] == doctest::Approx(std::tanh(z[7])));
      } else {
        double sum = 0;
        for (std::size_t j = 0; j < kShape.columns; ++j) sum += a[j];
        CHECK(sum == doctest::Approx(1.0));
      }
      std::vector<double> dz(z.size(), 0.5);
      activate_backward(context, kind, kShape, z.data(), a.data(), z.data(), dz.data(), true);
      a.insert(a.end(), dz.begin(), dz.end());
      return a;
    });
  }
}

TEST_CASE("one number that is not finite is found wherever it is") {
  for (const std::size_t at : {std::size_t{0}, std::size_t{77777}, std::size_t{199999}}) {
    for (const float bad : {std::numeric_limits<float>::infinity(), std::nanf("")}) {
      std::vector<float> x(200000, 1.0F);
      on_all([&](const Context& context) {
        x[at] = 1.0F;
        CHECK(all_finite(context, 200000, x.data()));
        x[at] = bad;
        CHECK_FALSE(all_finite(context, 200000, x.data()));
        return 0;
      });
    }
  }
}

}  // namespace
}  // namespace laminar::test
