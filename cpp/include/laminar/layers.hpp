// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "laminar/activation.hpp"
#include "laminar/dtype.hpp"
#include "laminar/initializers.hpp"
#include "laminar/regularizers.hpp"
#include "laminar/shape.hpp"
#include "laminar/view.hpp"

namespace laminar {

class Layer;
struct LayerEntry;
struct SymbolicNode;

/// A tensor of a graph that is being built: what a layer call yields and takes. Cheap to copy.
class SymbolicTensor {
 public:
  SymbolicTensor(std::shared_ptr<const SymbolicNode> node, int output) : node_(std::move(node)), output_(output) {}

  const Shape& shape() const;  ///< axis 0, the batch, is free
  DType dtype() const;         ///< what an `Input` asked for; model tensors take the model's dtype

  const std::shared_ptr<const SymbolicNode>& node() const { return node_; }
  int output() const { return output_; }

 private:
  std::shared_ptr<const SymbolicNode> node_;
  int output_;
};

/// A handle of a layer: its options, its name and whether it trains. The parameters live in the
/// models it is part of; two calls of one handle, and two models that hold it, share them.
class LayerRef {
 public:
  explicit LayerRef(std::shared_ptr<LayerEntry> entry) : entry_(std::move(entry)) {}
  LayerRef(std::shared_ptr<const Layer> layer, std::string name);

  /// Applies the layer to symbolic tensors. ShapeError when they do not fit.
  SymbolicTensor operator()(const SymbolicTensor& input) const;
  SymbolicTensor operator()(const std::vector<SymbolicTensor>& inputs) const;

  const std::string& name() const;  ///< empty until it is part of a model, unless given
  bool trainable() const;
  void set_trainable(bool trainable);  ///< a frozen layer is bit for bit unchanged by training

  const std::shared_ptr<LayerEntry>& entry() const { return entry_; }

 private:
  std::shared_ptr<LayerEntry> entry_;
};

/// Where data enters: `shape` is that of one example, an axis may be kFree.
struct InputOptions {
  Shape shape = {};
  std::optional<DType> dtype = std::nullopt;  ///< kInt32 for ids; otherwise the model's own
  std::string name = {};
};
SymbolicTensor Input(InputOptions options);

/// y = act(x W + b) on the last axis: x (m, ..., n_in), W (n_in, units), b (units,).
struct DenseOptions {
  std::int64_t units = 0;
  ActivationSpec activation = Activation::kLinear;
  bool use_bias = true;
  /// None: He normal before the relu kinds, Glorot uniform otherwise.
  std::optional<Initializer> kernel_initializer = std::nullopt;
  Initializer bias_initializer = {};
  std::optional<Regularizer> kernel_regularizer = std::nullopt;
  std::string name = {};
};
class Dense : public LayerRef {
 public:
  explicit Dense(const DenseOptions& options);
};

/// y = act(x), element by element; softmax over the last axis.
struct ActivationLayerOptions {
  ActivationSpec activation = Activation::kLinear;
  std::string name = {};
};
class ActivationLayer : public LayerRef {
 public:
  explicit ActivationLayer(const ActivationLayerOptions& options);
};

/// In training y = x mask / (1 - rate), each element kept with probability 1 - rate, a fresh mask a
/// step; y = x otherwise.
struct DropoutOptions {
  double rate = 0.5;  ///< the fraction dropped, in [0, 1)
  std::string name = {};
};
class Dropout : public LayerRef {
 public:
  explicit Dropout(const DropoutOptions& options);
};

/// In training y = x + z, z normal of mean 0 and this standard deviation, fresh each step; y = x otherwise.
struct GaussianNoiseOptions {
  double stddev = 1.0;  ///< at least 0
  std::string name = {};
};
class GaussianNoise : public LayerRef {
 public:
  explicit GaussianNoise(const GaussianNoiseOptions& options);
};

/// y = gamma (x - mean) / sqrt(variance + epsilon) + beta on the last axis. In training mean and (biased) variance are
/// those of the batch, over all other axes, and the moving averages follow: a = momentum a + (1 - momentum) batch.
/// Otherwise, and while the layer is frozen, they are the moving averages.
struct BatchNormalizationOptions {
  double momentum = 0.99;  ///< in [0, 1]
  double epsilon = 1e-5;   ///< above 0
  bool center = true;      ///< whether there is a beta
  bool scale = true;       ///< whether there is a gamma
  Initializer beta_initializer = {};
  Initializer gamma_initializer = {.kind = Initializer::Kind::kOnes};
  std::string name = {};
};
class BatchNormalization : public LayerRef {
 public:
  explicit BatchNormalization(const BatchNormalizationOptions& options = {});
};

/// y = gamma (x - mean) / sqrt(variance + epsilon) + beta with the mean and the variance of each row's last axis.
struct LayerNormalizationOptions {
  double epsilon = 1e-5;  ///< above 0
  bool center = true;     ///< whether there is a beta
  bool scale = true;      ///< whether there is a gamma
  Initializer beta_initializer = {};
  Initializer gamma_initializer = {.kind = Initializer::Kind::kOnes};
  std::string name = {};
};
class LayerNormalization : public LayerRef {
 public:
  explicit LayerNormalization(const LayerNormalizationOptions& options = {});
};

/// y = (x - mean) / std on the last axis, 0 where std is 0, with the mean and std of training data.
struct NormalizationOptions {
  std::optional<std::vector<double>> mean = std::nullopt;  ///< one number a feature; both or none
  std::optional<std::vector<double>> std = std::nullopt;
  std::string name = {};
};
class Normalization : public LayerRef {
 public:
  explicit Normalization(const NormalizationOptions& options = {});

  /// Takes mean and biased standard deviation over all axes of x but the last, before or after the layer is part of a
  /// model, but not while a model that it is part of computes. A model refuses to compute before it.
  void adapt(const View& x);
};

/// (m, a, b, ...) becomes (m, a * b * ...).
struct FlattenOptions {
  std::string name = {};
};
class Flatten : public LayerRef {
 public:
  explicit Flatten(const FlattenOptions& options = {});
};

/// Each example takes `target_shape`; one axis of it may be -1, what remains.
struct ReshapeOptions {
  Shape target_shape = {};
  std::string name = {};
};
class Reshape : public LayerRef {
 public:
  explicit Reshape(const ReshapeOptions& options);
};

/// The sum of two or more inputs of one shape.
struct AddOptions {
  std::string name = {};
};
class Add : public LayerRef {
 public:
  explicit Add(const AddOptions& options = {});
};

/// The inputs side by side along one axis, by default the last.
struct ConcatenateOptions {
  std::int64_t axis = -1;  ///< not 0, the batch; negative counts from the end
  std::string name = {};
};
class Concatenate : public LayerRef {
 public:
  explicit Concatenate(const ConcatenateOptions& options = {});
};

}  // namespace laminar
