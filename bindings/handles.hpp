// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <vector>

#include "constructed.hpp"
#include "graph/symbolic.hpp"

namespace laminar {

/// The Python objects behind one call on symbolic tensors, kept so that a model's layers are the objects its user made.
struct BoundCall {
  std::vector<pybind11::object> layers;
  std::vector<std::shared_ptr<const BoundCall>> inputs;
};

struct BoundTensor {
  SymbolicTensor tensor;
  std::shared_ptr<const BoundCall> call;
};

inline std::vector<SymbolicTensor> unbind(const std::vector<BoundTensor>& tensors) {
  std::vector<SymbolicTensor> result;
  result.reserve(tensors.size());
  for (const BoundTensor& tensor : tensors) result.push_back(tensor.tensor);
  return result;
}

inline std::vector<BoundTensor> bind_call(const std::vector<SymbolicTensor>& outputs,
                                          const std::vector<BoundTensor>& inputs,
                                          std::vector<pybind11::object> layers) {
  auto call = std::make_shared<BoundCall>();
  call->layers = std::move(layers);
  for (const BoundTensor& input : inputs) call->inputs.push_back(input.call);
  std::vector<BoundTensor> result;
  result.reserve(outputs.size());
  for (const SymbolicTensor& output : outputs) result.push_back({output, call});
  return result;
}

}  // namespace laminar
