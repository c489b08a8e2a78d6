// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "support/close.hpp"
#include "support/tables.hpp"

namespace laminar::test {
namespace {

using kernels::GemmArgs;
using kernels::KernelTable;

struct Layout {
  bool a_transposed, b_transposed;
  int64_t padding;  ///< columns behind each row
};

struct Epilogue {
  bool accumulate, bias, pre_activation;
  Activation activation;
};

const Layout kLayouts[] = {{false, false, 0}, {true, false, 0}, {false, true, 0}, {true, true, 3}, {false, false, 5}};
const Epilogue kEpilogues[] = {{false, false, false, Activation::kLinear}, {true, false, false, Activation::kLinear},
                               {false, true, false, Activation::kRelu},    {false, true, true, Activation::kTanh},
                               {true, true, true, Activation::kLeakyRelu}, {false, false, true, Activation::kGelu}};

template <class T>
struct Problem {
  Problem(int64_t m, int64_t n, int64_t k, Layout layout, Epilogue epilogue) : epilogue(epilogue) {
    const int64_t a_stride = (layout.a_transposed ? m : k) + layout.padding;
    const int64_t b_stride = (layout.b_transposed ? k : n) + layout.padding;
    a = random_vector<T>((layout.a_transposed ? k : m) * a_stride, 1);
    b = random_vector<T>((layout.b_transposed ? n : k) * b_stride, 2);
    bias = random_vector<T>(n, 3);
    const int64_t c_stride = n + layout.padding;
    c = random_vector<T>(m * c_stride, 4);
    z = std::vector<T>(c.size(), kGuard<T>);
    args = {m,
            n,
            k,
            a.data(),
            layout.a_transposed ? 1 : a_stride,
            layout.a_transposed ? a_stride : 1,
            b.data(),
            layout.b_transposed ? 1 : b_stride,
            layout.b_transposed ? b_stride : 1,
            nullptr,
            c_stride,
            epilogue.accumulate,
            epilogue.bias ? bias.data() : nullptr,
            nullptr,
            epilogue.activation,
            T(0.1)};
  }

  struct Result {
    std::vector<T> c, z;
  };
  Result run(const KernelTable& table) const {
    Result result{guarded(c), guarded(z)};
    GemmArgs<T> with_output = args;
    with_output.c = result.c.data();
    with_output.pre_activation = epilogue.pre_activation ? result.z.data() : nullptr;
    table.of<T>().gemm(with_output);
    return result;
  }

  /// The definition, in double
  Result naive(const KernelTable& generic) const {
    Result result{guarded(c), guarded(z)};
    for (int64_t i = 0; i < args.m; ++i) {
      T* row = result.c.data() + i * args.c_row_stride;
      for (int64_t j = 0; j < args.n; ++j) {
        double sum = args.accumulate ? double{row[j]} : 0;
        for (int64_t p = 0; p < args.k; ++p) {
          const double a_element = args.a[i * args.a_row_stride + p * args.a_column_stride];
          const double b_element = args.b[p * args.b_row_stride + j * args.b_column_stride];
          sum += a_element * b_element;
        }
        row[j] = static_cast<T>(sum + (args.bias ? double{args.bias[j]} : 0));
        if (epilogue.pre_activation) result.z[i * args.c_row_stride + j] = row[j];
      }
      generic.of<T>().activate({args.n, args.activation, args.slope, row, row});
    }
    return result;
  }

  std::vector<T> a, b, c, z, bias;
  GemmArgs<T> args;
  Epilogue epilogue;
};

TEST_CASE_TEMPLATE("gemm equals its definition", T, float, double) {
  const int64_t shapes[][3] = {{0, 3, 2},    {3, 0, 2},      {3, 4, 0},      {1, 1, 1},     {1, 1, 300},  {7, 1, 33},
                               {65, 1, 5},   {1, 17, 9},     {1, 300, 7},    {2, 10, 64},   {5, 16, 3},   {6, 64, 8},
                               {7, 65, 31},  {12, 32, 9},    {13, 33, 2},    {25, 5, 17},   {31, 100, 4}, {50, 70, 300},
                               {64, 8, 515}, {49, 129, 257}, {13, 20, 1100}, {150, 20, 40}, {70, 300, 70}};
  for (const KernelTable& table : tables()) {
    for (const auto& [m, n, k] : shapes) {
      for (const Layout& layout : kLayouts) {
        for (const Epilogue& epilogue : kEpilogues) {
          const Problem<T> problem(m, n, k, layout, epilogue);
          const auto result = problem.run(table), expected = problem.naive(tables()[0]);
          const std::string isa = table.isa;
          CAPTURE(isa);
          CAPTURE(m);
          CAPTURE(n);
          CAPTURE(k);
          check_close(result.c, expected.c, 8 + 2.0 * k);
          check_close(result.z, expected.z, 8 + 2.0 * k);
        }
      }
    }
  }
}

TEST_CASE_TEMPLATE("gemm takes broadcast operands of A", T, float, double) {
  const std::vector<T> a = random_vector<T>(9, 1), b = random_vector<T>(9 * 20, 2);
  for (const KernelTable& table : tables()) {
    std::vector<T> repeated(5 * 20), single(20);
    table.of<T>().gemm({5, 20, 9, a.data(), 0, 1, b.data(), 20, 1, repeated.data(), 20, false, nullptr, nullptr,
                        Activation::kLinear, T(0)});
    table.of<T>().gemm({1, 20, 9, a.data(), 9, 1, b.data(), 20, 1, single.data(), 20, false, nullptr, nullptr,
                        Activation::kLinear, T(0)});
    for (int64_t i = 0; i < 100; ++i) CHECK(close(repeated[i], single[i % 20], 8));
  }
}

TEST_CASE_TEMPLATE("gemm passes NaN and infinity on", T, float, double) {
  const T infinity = std::numeric_limits<T>::infinity();
  for (const KernelTable& table : tables()) {
    for (const T poison : {std::numeric_limits<T>::quiet_NaN(), infinity}) {
      std::vector<T> a(7 * 5, T(0)), b(5 * 9, T(1)), c(7 * 9);
      a[3 * 5 + 2] = poison;
      table.of<T>().gemm(
          {7, 9, 5, a.data(), 5, 1, b.data(), 9, 1, c.data(), 9, false, nullptr, nullptr, Activation::kRelu, T(0)});
      for (int64_t i = 0; i < 63; ++i) {
        const bool passed = poison == infinity ? c[i] == infinity : std::isnan(c[i]);
        CHECK(passed == (i / 9 == 3));
      }
    }
  }
}

TEST_CASE_TEMPLATE("a packed B gives the same bits", T, float, double) {
  const int64_t shapes[][3] = {{1, 300, 40}, {7, 1, 33}, {33, 10, 800}, {20, 70, 300}, {5, 129, 17}, {3, 4, 0}};
  for (const KernelTable& table : tables()) {
    for (const auto& [m, n, k] : shapes) {
      const Problem<T> problem(m, n, k, kLayouts[0], kEpilogues[3]);
      const auto expected = problem.run(table);
      std::vector<T> packed(k * n);
      table.of<T>().pack(k, n, problem.b.data(), n, packed.data());
      GemmArgs<T> args = problem.args;
      args.b = nullptr;
      args.packed_b = packed.data();
      args.packed_columns = n;
      typename Problem<T>::Result result{guarded(problem.c), guarded(problem.z)};
      const int64_t unit = table.of<T>().packed_unit(k, n);
      // In parts of one unit each, as threads may take them.
      for (int64_t first = 0; first < n; first += unit) {
        GemmArgs<T> part = args;
        part.n = std::min(unit, n - first);
        part.first_column = first;
        part.c = result.c.data() + first;
        part.bias = problem.bias.data() + first;
        part.pre_activation = result.z.data() + first;
        table.of<T>().gemm(part);
      }
      CAPTURE(table.isa);
      CAPTURE(n);
      // Eigen's order of sums depends on where a column stands.
      if (std::string(table.isa) == "generic") {
        check_close(result.c, expected.c, 8 + 2.0 * k);
      } else {
        CHECK(result.c == expected.c);
        CHECK(result.z == expected.z);
      }
    }
  }
}

TEST_CASE_TEMPLATE("gemm multiplies by a derivative and sums B on the way", T, float, double) {
  const int64_t shapes[][3] = {{1, 1, 9}, {7, 65, 31}, {64, 20, 64}, {150, 4, 40}, {9, 130, 300}, {12, 40, 33}};
  for (const KernelTable& table : tables()) {
    for (const auto& [m, n, k] : shapes) {
      for (const Layout& layout : kLayouts) {
        for (const Activation derivative : {Activation::kLinear, Activation::kRelu, Activation::kTanh}) {
          const Problem<T> problem(m, n, k, layout, kEpilogues[0]);
          auto expected = problem.run(table);
          const std::vector<T> a = random_vector<T>(static_cast<int64_t>(problem.c.size()), 5);
          std::vector<T> sums = random_vector<T>(n, 6), expected_sums = sums;
          for (int64_t i = 0; i < m; ++i) {
            T* row = expected.c.data() + i * problem.args.c_row_stride;
            table.of<T>().activate_backward({.n = n,
                                             .activation = derivative,
                                             .slope = T(0),
                                             .z = nullptr,
                                             .a = a.data() + i * problem.args.c_row_stride,
                                             .da = row,
                                             .dz = row,
                                             .accumulate = false});
          }
          for (int64_t p = 0; p < k; ++p) {
            for (int64_t j = 0; j < n; ++j) {
              expected_sums[j] += problem.args.b[p * problem.args.b_row_stride + j * problem.args.b_column_stride];
            }
          }
          GemmArgs<T> args = problem.args;
          std::vector<T> c = guarded(problem.c);
          args.c = c.data();
          args.derivative = derivative;
          args.derivative_a = a.data();
          // Sums are taken of a B whose rows are contiguous, dZ.
          if (!layout.b_transposed) {
            args.b_sums = sums.data();
            args.add_b_sums = true;
          }
          table.of<T>().gemm(args);
          CAPTURE(table.isa);
          CAPTURE(m);
          CAPTURE(n);
          check_close(c, expected.c, 8 + 2.0 * k);
          if (!layout.b_transposed) check_close(sums, expected_sums, 8 + 2.0 * k);
        }
      }
    }
  }
}

TEST_CASE_TEMPLATE("bits of an element do not depend on its part of the product", T, float, double) {
  const int64_t m = 70, k = 90;
  for (size_t isa = 1; isa < tables().size(); ++isa) {
    const auto gemm = tables()[isa].of<T>().gemm;
    for (const int64_t n : {int64_t{4}, int64_t{20}, int64_t{111}}) {
      for (const Layout& layout : kLayouts) {
        const Problem<T> problem(m, n, k, layout, kEpilogues[0]);
        const auto whole = problem.run(tables()[isa]);
        auto parts = whole;
        std::fill(parts.c.begin(), parts.c.begin() + static_cast<std::ptrdiff_t>(problem.c.size()), T(0));
        for (int64_t i = 0; i < m; i += 32) {
          for (int64_t j = 0; j < n; j += 16) {
            GemmArgs<T> part = problem.args;
            part.m = std::min<int64_t>(32, m - i);
            part.n = std::min<int64_t>(16, n - j);
            part.whole_m = m;
            part.whole_n = n;
            part.a += i * part.a_row_stride;
            part.b += j * part.b_column_stride;
            part.c = parts.c.data() + i * part.c_row_stride + j;
            gemm(part);
          }
        }
        CAPTURE(n);
        for (int64_t i = 0; i < m; ++i) {
          for (int64_t j = 0; j < n; ++j) {
            const auto at = static_cast<size_t>(i * problem.args.c_row_stride + j);
            REQUIRE(parts.c[at] == whole.c[at]);
          }
        }
      }
    }
  }
}

TEST_CASE_TEMPLATE("bits of an element do not depend on the rows beside it", T, float, double) {
  const int64_t m = 53, n = 75, k = 300;
  const std::vector<T> a = random_vector<T>(m * k, 1), b = random_vector<T>(k * n, 2);
  for (size_t isa = 1; isa < tables().size(); ++isa) {
    const auto gemm = tables()[isa].of<T>().gemm;
    std::vector<T> whole(m * n), parts(m * n);
    gemm(
        {m, n, k, a.data(), k, 1, b.data(), n, 1, whole.data(), n, false, nullptr, nullptr, Activation::kLinear, T(0)});
    for (int64_t row = 0, rows = 1; row < m; row += rows, rows = std::min(rows + 1, m - row)) {
      gemm({rows, n, k, a.data() + row * k, k, 1, b.data(), n, 1, parts.data() + row * n, n, false, nullptr, nullptr,
            Activation::kLinear, T(0)});
    }
    CHECK(whole == parts);
  }
}

}  // namespace
}  // namespace laminar::test
