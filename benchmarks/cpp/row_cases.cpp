// SPDX-License-Identifier: BSD-3-Clause
//
// Kernels on matrices [rows, columns]: softmax, cross-entropies with labels and with targets, sums over rows
#include "data.hpp"
#include "matrix_case.hpp"

namespace laminar::bench {
namespace {

const Shape kClasses[] = {{64, 4}, {128, 10}, {512, 1000}};
const Shape kBinary[] = {{32, 1}, {209, 1}, {128, 10}, {512, 1000}};
const Shape kSummed[] = {{64, 4}, {64, 64}, {128, 10}, {128, 512}, {209, 20}, {512, 2048}};

using Labels = std::shared_ptr<const std::vector<std::int32_t>>;

Labels make_labels(Shape shape) {
  auto labels = std::make_shared<std::vector<std::int32_t>>(static_cast<std::size_t>(shape.rows));
  for (std::int64_t r = 0; r < shape.rows; ++r) {
    (*labels)[static_cast<std::size_t>(r)] = static_cast<std::int32_t>(r * 7 % shape.columns);
  }
  return labels;
}

template <class T>
Case softmax(Shape shape) {
  return make_case<T>("softmax", shape, 2, 2, [=] {
    const auto z = uniform<T>(shape.size(), -4, 4), p = uniform<T>(shape.size());
    const auto run = [=](const Target& target) {
      target.context.kernels<T>().softmax(shape.rows, shape.columns, z->data(), p->data());
    };
    return Problem{run, [=] { return concatenate<T>({p}); }};
  });
}

template <class T>
Case softmax_backward(Shape shape) {
  return make_case<T>("softmax backward", shape, 3, 3, [=] {
    const auto p = uniform<T>(shape.size(), 0, 1), dp = uniform<T>(shape.size()), dz = uniform<T>(shape.size());
    const auto run = [=](const Target& target) {
      target.context.kernels<T>().softmax_backward(shape.rows, shape.columns, p->data(), dp->data(), dz->data(), false);
    };
    return Problem{run, [=] { return concatenate<T>({dz}); }};
  });
}

// z becomes p in place, so that all runs but the first meet numbers in (0, 1). They cost the same.
template <class T>
Case cross_entropy(Shape shape, bool with_labels) {
  const char* name = with_labels ? "cross_entropy, labels" : "cross_entropy, targets";
  return make_case<T>(name, shape, with_labels ? 1 : 2, with_labels ? 2 : 3, [=] {
    const auto z = uniform<T>(shape.size(), -4, 4), y = uniform<T>(shape.size(), 0, 1), losses = uniform<T>(shape.rows);
    const Labels labels = make_labels(shape);
    const auto run = [=](const Target& target) {
      target.context.kernels<T>().cross_entropy({.rows = shape.rows,
                                                 .columns = shape.columns,
                                                 .z_to_p = z->data(),
                                                 .labels = with_labels ? labels->data() : nullptr,
                                                 .targets = with_labels ? nullptr : y->data(),
                                                 .losses = losses->data()});
    };
    return Problem{run, [=] { return concatenate<T>({z, losses}); }};
  });
}

template <class T>
Case cross_entropy_backward(Shape shape, bool with_labels) {
  const char* name = with_labels ? "cross_entropy backward, labels" : "cross_entropy backward, targets";
  return make_case<T>(name, shape, with_labels ? 2 : 3, with_labels ? 2 : 3, [=] {
    const auto p = uniform<T>(shape.size(), 0, 1), y = uniform<T>(shape.size(), 0, 1), scales = uniform<T>(shape.rows),
               dz = uniform<T>(shape.size());
    const Labels labels = make_labels(shape);
    const auto run = [=](const Target& target) {
      target.context.kernels<T>().cross_entropy_backward({.rows = shape.rows,
                                                          .columns = shape.columns,
                                                          .p = p->data(),
                                                          .labels = with_labels ? labels->data() : nullptr,
                                                          .targets = with_labels ? nullptr : y->data(),
                                                          .scales = scales->data(),
                                                          .dz = dz->data(),
                                                          .accumulate = false});
    };
    return Problem{run, [=] { return concatenate<T>({dz}); }};
  });
}

template <class T>
Case binary_cross_entropy(Shape shape) {
  return make_case<T>("binary_cross_entropy", shape, 2, 3, [=] {
    const auto z = uniform<T>(shape.size(), -4, 4), y = uniform<T>(shape.size(), 0, 1), losses = uniform<T>(shape.rows);
    const auto run = [=](const Target& target) {
      target.context.kernels<T>().binary_cross_entropy({.rows = shape.rows,
                                                        .columns = shape.columns,
                                                        .z_to_p = z->data(),
                                                        .targets = y->data(),
                                                        .reduction = T(1),
                                                        .losses = losses->data()});
    };
    return Problem{run, [=] { return concatenate<T>({z, losses}); }};
  });
}

template <class T>
Case column_sums(Shape shape) {
  return make_case<T>("column_sums", shape, 1, 1, [=] {
    const auto x = uniform<T>(shape.size()), out = uniform<T>(shape.columns);
    const auto run = [=](const Target& target) {
      target.context.kernels<T>().column_sums(shape.rows, shape.columns, x->data(), shape.columns, out->data(), false);
    };
    return Problem{run, [=] { return concatenate<T>({out}); }};
  });
}

template <class T>
void add_cases(std::vector<Case>& cases) {
  for (const Shape shape : kClasses) {
    cases.push_back(softmax<T>(shape));
    cases.push_back(softmax_backward<T>(shape));
    for (const bool with_labels : {true, false}) {
      cases.push_back(cross_entropy<T>(shape, with_labels));
      cases.push_back(cross_entropy_backward<T>(shape, with_labels));
    }
  }
  for (const Shape shape : kBinary) cases.push_back(binary_cross_entropy<T>(shape));
  for (const Shape shape : kSummed) cases.push_back(column_sums<T>(shape));
}

}  // namespace

std::vector<Case> row_cases() {
  std::vector<Case> cases;
  add_cases<float>(cases);
  add_cases<double>(cases);
  return cases;
}

}  // namespace laminar::bench
