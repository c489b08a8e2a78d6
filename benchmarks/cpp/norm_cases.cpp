// SPDX-License-Identifier: BSD-3-Clause
//
// Kernels of the normalizing layers on matrices [rows, columns]: down the columns and along the rows
#include "data.hpp"
#include "matrix_case.hpp"

namespace laminar::bench {
namespace {

const Shape kShapes[] = {{32, 16}, {128, 64}, {128, 512}, {512, 2048}};

template <class T>
Case column_moments(Shape shape) {
  return make_case<T>("column_moments", shape, 1, 2, [=] {
    const auto x = uniform<T>(shape.size()), mean = uniform<T>(shape.columns), squares = uniform<T>(shape.columns);
    const auto run = [=](const Target& target) {
      target.context.kernels<T>().column_moments(
          {shape.rows, shape.columns, x->data(), shape.columns, mean->data(), squares->data()});
    };
    return Problem{run, [=] { return concatenate<T>({mean, squares}); }};
  });
}

template <class T>
Case scale_columns(Shape shape) {
  return make_case<T>("scale_columns", shape, 2, 2, [=] {
    const auto x = uniform<T>(shape.size()), y = uniform<T>(shape.size()), center = uniform<T>(shape.columns),
               scale = uniform<T>(shape.columns), shift = uniform<T>(shape.columns);
    const auto run = [=](const Target& target) {
      target.context.kernels<T>().scale_columns(
          {shape.rows, shape.columns, x->data(), center->data(), scale->data(), shift->data(), y->data(), false});
    };
    return Problem{run, [=] { return concatenate<T>({y}); }};
  });
}

template <class T>
Case column_products(Shape shape) {
  return make_case<T>("column_products", shape, 2, 2, [=] {
    const auto x = uniform<T>(shape.size()), dy = uniform<T>(shape.size()), center = uniform<T>(shape.columns),
               sums = uniform<T>(shape.columns), products = uniform<T>(shape.columns);
    const auto run = [=](const Target& target) {
      target.context.kernels<T>().column_products({shape.rows, shape.columns, x->data(), dy->data(), shape.columns,
                                                   center->data(), sums->data(), products->data()});
    };
    return Problem{run, [=] { return concatenate<T>({sums, products}); }};
  });
}

template <class T>
Case combine_columns(Shape shape) {
  return make_case<T>("combine_columns", shape, 3, 3, [=] {
    const auto x = uniform<T>(shape.size()), dy = uniform<T>(shape.size()), dx = uniform<T>(shape.size()),
               center = uniform<T>(shape.columns), a = uniform<T>(shape.columns), b = uniform<T>(shape.columns),
               shift = uniform<T>(shape.columns);
    const auto run = [=](const Target& target) {
      target.context.kernels<T>().combine_columns({shape.rows, shape.columns, x->data(), dy->data(), center->data(),
                                                   a->data(), b->data(), shift->data(), dx->data(), false});
    };
    return Problem{run, [=] { return concatenate<T>({dx}); }};
  });
}

template <class T>
Case layer_norm(Shape shape) {
  return make_case<T>("layer_norm", shape, 2, 4, [=] {
    const auto x = uniform<T>(shape.size()), y = uniform<T>(shape.size()), gamma = uniform<T>(shape.columns),
               beta = uniform<T>(shape.columns), means = uniform<T>(shape.rows), scales = uniform<T>(shape.rows);
    const auto run = [=](const Target& target) {
      target.context.kernels<T>().layer_norm({shape.rows, shape.columns, x->data(), gamma->data(), beta->data(),
                                              T(1e-5), y->data(), means->data(), scales->data()});
    };
    return Problem{run, [=] { return concatenate<T>({y, means, scales}); }};
  });
}

template <class T>
Case layer_norm_backward(Shape shape) {
  return make_case<T>("layer_norm backward", shape, 3, 7, [=] {
    const auto x = uniform<T>(shape.size()), dy = uniform<T>(shape.size()), dx = uniform<T>(shape.size()),
               gamma = uniform<T>(shape.columns), means = uniform<T>(shape.rows), scales = uniform<T>(shape.rows),
               d_gamma = uniform<T>(shape.columns), d_beta = uniform<T>(shape.columns);
    const auto run = [=](const Target& target) {
      target.context.kernels<T>().layer_norm_backward({shape.rows, shape.columns, x->data(), gamma->data(),
                                                       means->data(), scales->data(), dy->data(), dx->data(), false,
                                                       d_gamma->data(), d_beta->data()});
    };
    return Problem{run, [=] { return concatenate<T>({dx, d_gamma, d_beta}); }};
  });
}

template <class T>
Case gaussian_noise(Shape shape) {
  return make_case<T>("gaussian_noise", shape, 2, 2, [=] {
    const auto x = uniform<T>(shape.size()), y = uniform<T>(shape.size());
    const auto run = [=](const Target& target) {
      target.context.kernels<T>().gaussian_noise({shape.size(), {1, 2, 3}, 0, T(0.1), x->data(), y->data()});
    };
    return Problem{run, [=] { return concatenate<T>({y}); }};
  });
}

template <class T>
void add_cases(std::vector<Case>& cases) {
  for (const Shape shape : kShapes) {
    cases.push_back(column_moments<T>(shape));
    cases.push_back(scale_columns<T>(shape));
    cases.push_back(column_products<T>(shape));
    cases.push_back(combine_columns<T>(shape));
    cases.push_back(layer_norm<T>(shape));
    cases.push_back(layer_norm_backward<T>(shape));
    cases.push_back(gaussian_noise<T>(shape));
  }
}

}  // namespace

std::vector<Case> norm_cases() {
  std::vector<Case> cases;
  add_cases<float>(cases);
  add_cases<double>(cases);
  return cases;
}

}  // namespace laminar::bench
