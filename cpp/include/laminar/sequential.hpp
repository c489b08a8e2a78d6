// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// Layers one after another.
#pragma once

#include <initializer_list>
#include <optional>
#include <vector>

#include "laminar/layers.hpp"

namespace laminar {

/// Layers one after another, the first of them an `Input` if the shape is to be known before data comes.
///
/// \code{.cpp}
/// Sequential layers{Input({.shape = {784}}), Dense({.units = 64, .activation = Activation::kRelu})};
/// layers.add(Dense({.units = 10, .activation = Activation::kSoftmax}));
/// Model<float> model(layers, {.seed = 0});
/// assert(model.parameters().size() == 4);
/// \endcode
class Sequential {
 public:
  /// An `Input` or a layer; either converts to it.
  class Item {
   public:
    /// The shape of what comes in.
    /// \param input what `Input` returned
    Item(SymbolicTensor input) : input_(std::move(input)) {}  // NOLINT(google-explicit-constructor)
    /// A layer of one input and one output.
    /// \param layer for instance a `Dense`
    Item(LayerRef layer) : layer_(std::move(layer)) {}  // NOLINT(google-explicit-constructor)

   private:
    friend class Sequential;
    std::optional<SymbolicTensor> input_;
    std::optional<LayerRef> layer_;
  };

  /// The items in this order; a model needs at least one layer.
  /// \param items an `Input` in the first place or nowhere, and layers
  /// \throws ValueError if an `Input` is not the first, or an item is the output of a layer
  Sequential(std::initializer_list<Item> items) {
    for (const Item& item : items) add(item);
  }

  /// Adds an item behind the others, for stacks whose depth is known at run time.
  /// \param item an `Input`, if it is the first, or a layer
  /// \throws ValueError if an `Input` is not the first, or the item is the output of a layer
  void add(const Item& item);

  /// Where data enters.
  /// \return none, unless an `Input` was the first item
  const std::optional<SymbolicTensor>& input() const { return input_; }
  /// The layers without the `Input`.
  /// \return in the order in which they compute
  const std::vector<LayerRef>& layers() const { return layers_; }

 private:
  std::optional<SymbolicTensor> input_;
  std::vector<LayerRef> layers_;
};

}  // namespace laminar
