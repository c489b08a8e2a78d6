// SPDX-License-Identifier: BSD-3-Clause
//
// w = value
#include <algorithm>

#include "initializers/initialize.hpp"

namespace laminar {

void fill_constant(double value, const Tensor& parameter) {
  dispatch_float(parameter.dtype(),
                 [&]<class T>() { std::fill_n(parameter.as<T>(), parameter.shape().size(), static_cast<T>(value)); });
}

}  // namespace laminar
