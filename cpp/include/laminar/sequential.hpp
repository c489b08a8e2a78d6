// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <initializer_list>
#include <optional>
#include <vector>

#include "laminar/layers.hpp"

namespace laminar {

/// Layers one after another, the first of them an `Input` if the shape is to be known before data comes:
///
///     Sequential{Input({.shape = {784}}), Dense({.units = 10, .activation = Activation::kSoftmax})}
class Sequential {
 public:
  /// An `Input` or a layer.
  class Item {
   public:
    Item(SymbolicTensor input) : input_(std::move(input)) {}  // NOLINT(google-explicit-constructor)
    Item(LayerRef layer) : layer_(std::move(layer)) {}        // NOLINT(google-explicit-constructor)

   private:
    friend class Sequential;
    std::optional<SymbolicTensor> input_;
    std::optional<LayerRef> layer_;
  };

  Sequential(std::initializer_list<Item> items) {
    for (const Item& item : items) add(item);
  }

  /// For stacks whose depth is known at run time. ValueError when an `Input` is not the first.
  void add(const Item& item);

  const std::optional<SymbolicTensor>& input() const { return input_; }
  const std::vector<LayerRef>& layers() const { return layers_; }

 private:
  std::optional<SymbolicTensor> input_;
  std::vector<LayerRef> layers_;
};

}  // namespace laminar
