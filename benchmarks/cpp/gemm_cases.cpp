// SPDX-License-Identifier: BSD-3-Clause
//
// The three products of a dense layer: Y = X W (NN), dW = X^T dY (TN), dX = dY W^T (NT)
#include <map>

#include "cases.hpp"
#include "data.hpp"

namespace laminar::bench {
namespace {

enum class Form { kNN, kTN, kNT };

struct Layer {
  std::int64_t batch, in, out;
};

const Layer kLayers[] = {
    {1, 8, 64},        {1, 784, 512},     {64, 8, 64},       {64, 64, 64},     {64, 64, 4},     {32, 20, 64},
    {32, 64, 64},      {32, 64, 1},       {128, 784, 512},   {128, 512, 256},  {128, 256, 10},  {128, 512, 3},
    {512, 1024, 2048}, {512, 2048, 2048}, {512, 2048, 1000}, {209, 12288, 20}, {209, 20, 7},    {209, 7, 5},
    {209, 5, 1},       {64, 256, 256},    {4, 256, 256},     {16, 512, 512},   {64, 300, 1500}, {64, 1500, 1500},
    {64, 1500, 7},     {65, 77, 31},      {4096, 3, 64},     {4096, 1, 16},
};

const std::int64_t kSquares[] = {5, 7, 13, 17, 31, 33, 65, 100, 256, 512, 1000, 1024};

/// With what stands around the product in a layer, or alone
enum class Step { kHidden, kPlain };

const char* name(Form form, Step step) {
  const bool plain = step == Step::kPlain;
  switch (form) {
    case Form::kNN:
      return plain ? "gemm NN" : "gemm NN, bias, relu";
    case Form::kTN:
      return plain ? "gemm TN" : "gemm TN, bias gradient";
    case Form::kNT:
      return plain ? "gemm NT" : "gemm NT, relu derivative";
  }
  return "";
}

std::string shape_text(std::int64_t m, std::int64_t k, std::int64_t n) {
  return std::to_string(m) + " x " + std::to_string(k) + " x " + std::to_string(n);
}

/// C[m, n] = A[m, k] B[k, n] with A and B stored as the form says, and what a layer needs besides
template <class T>
struct Operands {
  Operands(Form form, Step step, std::int64_t m, std::int64_t k, std::int64_t n)
      : m(m), k(k), n(n), a(uniform<T>(m * k)), b(uniform<T>(k * n)), c(uniform<T>(m * n)), form(form) {
    if (step == Step::kPlain) return;
    if (form == Form::kNN) bias = uniform<T>(n);
    if (form == Form::kTN) b_sums = uniform<T>(n);
    if (form == Form::kNT) relu_out = uniform<T>(m * n);
  }

  MatrixView<T> a_view() const {
    return form == Form::kTN ? row_major<T>(a->data(), m).transposed() : row_major<T>(a->data(), k);
  }
  MatrixView<T> b_view() const {
    return form == Form::kNT ? row_major<T>(b->data(), k).transposed() : row_major<T>(b->data(), n);
  }
  Extras<T> extras() const {
    return {bias ? bias->data() : nullptr, b_sums ? b_sums->data() : nullptr, relu_out ? relu_out->data() : nullptr};
  }
  Epilogue<T> epilogue() const {
    return {.bias = extras().bias,
            .activation = bias ? Activation::kRelu : Activation::kLinear,
            .derivative = relu_out ? Activation::kRelu : Activation::kLinear,
            .derivative_a = extras().relu_out,
            .b_sums = extras().b_sums};
  }
  std::vector<double> outputs() const { return concatenate<T>({c, b_sums}); }

  std::int64_t m, k, n;
  Shared<T> a, b, c, bias, b_sums, relu_out;
  Form form;
};

template <class T>
void multiply(const Target& target, const Operands<T>& o) {
  if (target.products != nullptr) {
    target.products->of<T>()(o.m, o.n, o.k, o.a_view(), o.b_view(), o.c->data(), o.extras());
  } else {
    gemm<T>(target.context, o.m, o.n, o.k, o.a_view(), o.b_view(), o.c->data(), o.epilogue());
  }
}

template <class T>
Case make_case(const char* kernel, std::int64_t m, std::int64_t k, std::int64_t n, std::function<Problem()> make) {
  const double bytes = static_cast<double>(m * k + k * n + m * n) * sizeof(T);
  return {kernel, shape_text(m, k, n), kDtype<T>, 2.0 * static_cast<double>(m * k * n), bytes, bytes, std::move(make)};
}

/// The shape is written m x k x n.
template <class T>
Case product(Form form, Step step, std::int64_t m, std::int64_t k, std::int64_t n) {
  return make_case<T>(name(form, step), m, k, n, [=] {
    const auto operands = std::make_shared<const Operands<T>>(form, step, m, k, n);
    return Problem{[=](const Target& target) { multiply(target, *operands); }, [=] { return operands->outputs(); }};
  });
}

/// The forward pass of prediction: W was packed before by whoever multiplies. Eigen can't, so it multiplies as ever.
template <class T>
Case prediction(const Layer& layer) {
  return make_case<T>("gemm NN, packed, bias, relu", layer.batch, layer.in, layer.out, [=] {
    const auto operands =
        std::make_shared<const Operands<T>>(Form::kNN, Step::kHidden, layer.batch, layer.in, layer.out);
    const auto packed = std::make_shared<std::map<const kernels::KernelTable*, Shared<T>>>();
    const auto run = [=](const Target& target) {
      const Operands<T>& o = *operands;
      if (target.products != nullptr) return multiply(target, o);
      Shared<T>& own = (*packed)[target.context.table];
      if (!own) {
        own = uniform<T>(o.k * o.n);
        pack<T>(target.context, o.k, o.n, o.b->data(), own->data());
      }
      gemm<T>(target.context, o.m, o.n, o.k, o.a_view(), PackedMatrix<T>{own->data()}, o.c->data(), o.epilogue());
    };
    return Problem{run, [=] { return operands->outputs(); }};
  });
}

/// Weights W[in, out] into the order that gemm likes
template <class T>
Case packing(std::int64_t in, std::int64_t out) {
  const double bytes = static_cast<double>(in * out) * sizeof(T);
  const auto make = [=] {
    const auto b = uniform<T>(in * out), packed = uniform<T>(in * out);
    const auto run = [=](const Target& target) { pack<T>(target.context, in, out, b->data(), packed->data()); };
    return Problem{run, [] { return std::vector<double>(); }};  // each instruction set has an order of its own
  };
  return {"pack", std::to_string(in) + " x " + std::to_string(out), kDtype<T>, 0, 2 * bytes, 2 * bytes, make};
}

template <class T>
void add_cases(std::vector<Case>& cases) {
  for (const Layer& layer : kLayers) {
    const auto& [batch, in, out] = layer;
    cases.push_back(product<T>(Form::kNN, Step::kHidden, batch, in, out));
    cases.push_back(product<T>(Form::kTN, Step::kHidden, in, batch, out));
    cases.push_back(product<T>(Form::kNT, Step::kHidden, batch, out, in));
    cases.push_back(prediction<T>(layer));
  }
  for (const std::int64_t size : kSquares) {
    for (const Form form : {Form::kNN, Form::kTN, Form::kNT}) {
      cases.push_back(product<T>(form, Step::kPlain, size, size, size));
    }
  }
  for (const std::int64_t size : {64, 512, 2048}) cases.push_back(packing<T>(size, size));
}

}  // namespace

std::vector<Case> gemm_cases() {
  std::vector<Case> cases;
  add_cases<float>(cases);
  add_cases<double>(cases);
  return cases;
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const auto family : {gemm_cases, elementwise_cases, row_cases, norm_cases, reduction_cases, optimizer_cases}) {
    for (Case& one : family()) cases.push_back(std::move(one));
  }
  return cases;
}

}  // namespace laminar::bench
