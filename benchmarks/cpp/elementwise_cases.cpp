// SPDX-License-Identifier: BSD-3-Clause
//
// a[n] = act(z[n]);  dz[n] = da[n] act'(z[n]);  sums of two arrays, dropout, gradients of penalties
#include "cases.hpp"
#include "data.hpp"

namespace laminar::bench {
namespace {

// A hidden layer of 64 units at batch 8; 512 units at batch 128, which the level 2 cache holds; main memory.
constexpr std::int64_t kSmall = 512;
constexpr std::int64_t kMiddle = 128 * 512;
constexpr std::int64_t kLarge = 4 << 20;

struct NamedActivation {
  Activation activation;
  const char* name;
};
const NamedActivation kActivations[] = {
    {Activation::kSigmoid, "sigmoid"},
    {Activation::kTanh, "tanh"},
    {Activation::kRelu, "relu"},
    {Activation::kLeakyRelu, "leaky_relu"},
    {Activation::kElu, "elu"},
    {Activation::kSelu, "selu"},
    {Activation::kGelu, "gelu"},
    {Activation::kGeluTanh, "gelu_tanh"},
    {Activation::kSilu, "silu"},
    {Activation::kSoftplus, "softplus"},
    {Activation::kExponential, "exponential"},
};

template <class T>
Case make_case(std::string kernel, std::int64_t n, int arrays, int passes, std::function<Problem()> make) {
  const double bytes = static_cast<double>(n) * sizeof(T);
  return {std::move(kernel), std::to_string(n), kDtype<T>, 0, passes * bytes, arrays * bytes, std::move(make)};
}

template <class T>
Case forward(NamedActivation named, std::int64_t n) {
  return make_case<T>(named.name, n, 2, 2, [=] {
    const auto z = uniform<T>(n, -4, 4), a = uniform<T>(n);
    const auto run = [=](const Target& target) {
      target.context.kernels<T>().activate(
          {.n = n, .activation = named.activation, .slope = T(0.01), .z = z->data(), .a = a->data()});
    };
    return Problem{run, [=] { return concatenate<T>({a}); }};
  });
}

template <class T>
Case backward(NamedActivation named, std::int64_t n) {
  const auto make = [=] {
    // Outputs of every activation are allowed to lie in (0, 1).
    const auto z = uniform<T>(n, -4, 4), a = uniform<T>(n, 0.01, 0.99), da = uniform<T>(n + 1), dz = uniform<T>(n);
    const auto run = [=](const Target& target) {
      target.context.kernels<T>().activate_backward({.n = n,
                                                     .activation = named.activation,
                                                     .slope = T(0.01),
                                                     .z = z->data(),
                                                     .a = a->data(),
                                                     .da = da->data(),
                                                     .dz = dz->data(),
                                                     .accumulate = false});
    };
    return Problem{run, [=] { return concatenate<T>({dz}); }};
  };
  return make_case<T>(std::string(named.name) + " backward", n, 3, 3, make);
}

template <class T>
Case addition(std::int64_t n) {
  return make_case<T>("add", n, 3, 3, [=] {
    const auto x = uniform<T>(n), y = uniform<T>(n + 1), out = uniform<T>(n);
    const auto run = [=](const Target& target) {
      target.context.kernels<T>().add(n, x->data(), y->data(), out->data());
    };
    return Problem{run, [=] { return concatenate<T>({out}); }};
  });
}

template <class T>
Case dropout(std::int64_t n) {
  return make_case<T>("dropout", n, 2, 2, [=] {
    const auto x = uniform<T>(n), y = uniform<T>(n);
    const auto run = [=](const Target& target) {
      target.context.kernels<T>().dropout({.n = n,
                                           .key = {.seed = 1, .stream = 2, .step = 3},
                                           .first_element = 0,
                                           .threshold = std::uint64_t{1} << 31,
                                           .scale = T(2),
                                           .x = x->data(),
                                           .y = y->data(),
                                           .accumulate = false});
    };
    return Problem{run, [=] { return concatenate<T>({y}); }};
  });
}

template <class T>
Case penalty(std::int64_t n) {
  return make_case<T>("add_penalty_gradient", n, 2, 3, [=] {
    const auto w = uniform<T>(n), g = uniform<T>(n);
    const auto run = [=](const Target& target) {
      target.context.kernels<T>().add_penalty_gradient(n, T(1e-6), T(1e-6), w->data(), g->data());
    };
    return Problem{run, [=] { return concatenate<T>({g}); }};
  });
}

template <class T>
void add_cases(std::vector<Case>& cases) {
  for (const NamedActivation& named : kActivations) {
    for (const std::int64_t n : {kSmall, kMiddle}) cases.push_back(forward<T>(named, n));
    for (const std::int64_t n : {kSmall, kMiddle}) cases.push_back(backward<T>(named, n));
  }
  for (const std::int64_t n : {kSmall, kMiddle, kLarge}) {
    cases.push_back(addition<T>(n));
    cases.push_back(dropout<T>(n));
    cases.push_back(penalty<T>(n));
  }
}

}  // namespace

std::vector<Case> elementwise_cases() {
  std::vector<Case> cases;
  add_cases<float>(cases);
  add_cases<double>(cases);
  return cases;
}

}  // namespace laminar::bench
