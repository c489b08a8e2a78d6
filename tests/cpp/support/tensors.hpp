// SPDX-License-Identifier: BSD-3-Clause
//
// Tensors on vectors, and the context that tests compute in.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/context.hpp"
#include "core/cpu.hpp"
#include "core/tensor.hpp"
#include "laminar/error.hpp"

namespace laminar::test {

/// The instruction set that LAMINAR_ISA names.
inline Context context(int threads = 1) { return {&default_kernel_table(), threads, nullptr}; }

template <class T>
Tensor tensor_of(std::vector<T>& values, const Shape& shape) {
  return {values.data(), {shape, dtype_of<T>}};
}

template <class T>
std::vector<T> zeros_like(const Shape& shape) {
  return std::vector<T>(static_cast<std::size_t>(shape.size()));
}

/// Checks that `call` throws this Exception and that its message contains every part.
template <class Exception, class Call>
void check_throws(const Call& call, const std::vector<std::string>& parts) {
  std::string message;
  try {
    call();
    FAIL_CHECK("nothing was thrown; expected a message with '", parts[0], "'");
    return;
  } catch (const Exception& error) {
    message = error.what();
  }
  CAPTURE(message);
  for (const std::string& part : parts) {
    CAPTURE(part);
    CHECK(message.find(part) != std::string::npos);
  }
}

}  // namespace laminar::test
