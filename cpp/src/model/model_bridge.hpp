// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "laminar/model.hpp"
#include "model/model_core.hpp"

namespace laminar {

/// Between a model of the public interface and the core that it stands around.
struct ModelBridge {
  template <class T>
  static ModelCore& core_of(const Model<T>& model);
  /// ValueError when the core computes in another dtype.
  template <class T>
  static Model<T> wrap(std::unique_ptr<ModelCore> core, const ModelOptions& options);
};

}  // namespace laminar
