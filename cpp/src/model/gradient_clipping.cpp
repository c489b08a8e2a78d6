// SPDX-License-Identifier: BSD-3-Clause
#include "model/gradient_clipping.hpp"

#include <cmath>

#include "ops/reduce.hpp"
#include "ops/scaling.hpp"

namespace laminar {
namespace {

/// Calls body(n, g) with the gradient of each parameter that trains. By parameter, not by run: how a sum is cut must
/// not depend on how the memory is laid out.
template <class T, class Body>
void for_each_gradient(const Parameters& parameters, const std::vector<bool>& trained, const Body& body) {
  for (std::size_t i = 0; i < parameters.count(); ++i) {
    if (!trained[i]) continue;
    const Tensor gradient = parameters.gradient(i);
    body(gradient.shape().size(), gradient.as<T>());
  }
}

/// False where the norm is not a number to divide by.
template <class T>
bool shorten(const Context& context, double squares, double limit, std::int64_t n, T* g) {
  const double norm = std::sqrt(squares);
  if (!std::isfinite(norm)) return false;
  if (norm > limit) scale(context, n, static_cast<T>(limit / norm), g, g);
  return true;
}

template <class T>
bool clip_as(const Context& context, const UpdateOptions& options, const Parameters& parameters,
             const std::vector<bool>& trained) {
  bool finite = true;
  if (options.clipvalue) {
    for_each_gradient<T>(parameters, trained,
                         [&](std::int64_t n, T* g) { clip(context, n, static_cast<T>(*options.clipvalue), g); });
  } else if (options.clipnorm) {
    for_each_gradient<T>(parameters, trained, [&](std::int64_t n, T* g) {
      finite = shorten(context, sum_of_squares<T>(context, n, g), *options.clipnorm, n, g) && finite;
    });
  } else if (options.global_clipnorm) {
    double squares = 0.0;
    for_each_gradient<T>(parameters, trained,
                         [&](std::int64_t n, T* g) { squares += sum_of_squares<T>(context, n, g); });
    for_each_gradient<T>(parameters, trained, [&](std::int64_t n, T* g) {
      finite = shorten(context, squares, *options.global_clipnorm, n, g) && finite;
    });
  }
  return finite;
}

}  // namespace

bool clip_gradients(const Context& context, const UpdateOptions& options, const Parameters& parameters,
                    const std::vector<bool>& trained) {
  if (parameters.count() == 0) return true;
  return dispatch_float(parameters.view(0).dtype(),
                        [&]<class T>() { return clip_as<T>(context, options, parameters, trained); });
}

}  // namespace laminar
