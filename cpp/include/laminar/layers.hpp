// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// Layers and the tensors between them.
///
/// In the formulas m is the number of examples, and a shape without it is that of a parameter. Every layer takes a
/// `name`, which is unique in a model; where it is empty the model gives one: "dense_1".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
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
  /// The shape of the tensor.
  /// \return axis 0, the batch, is free
  const Shape& shape() const;
  /// The element type.
  /// \return kInt32 where an `Input` asked for it; kFloat32 stands for the model's own
  DType dtype() const;

  /// \cond
  SymbolicTensor(std::shared_ptr<const SymbolicNode> node, int output) : node_(std::move(node)), output_(output) {}
  const std::shared_ptr<const SymbolicNode>& node() const { return node_; }
  int output() const { return output_; }
  /// \endcond

 private:
  std::shared_ptr<const SymbolicNode> node_;
  int output_;
};

/// A handle of a layer: its options, its name and whether it trains. The parameters live in the
/// models it is part of; two calls of one handle, and two models that hold it, share them.
///
/// \code{.cpp}
/// const SymbolicTensor left = Input({.shape = {8}});
/// const SymbolicTensor right = Input({.shape = {8}});
/// const Dense shared({.units = 4, .activation = Activation::kRelu});
/// const SymbolicTensor both = Concatenate()({shared(left), shared(right)});
/// Model<float> model({left, right}, {Dense({.units = 1})(both)});
/// assert(model.parameters().size() == 4);  // two kernels, two biases
/// \endcode
class LayerRef {
 public:
  /// Applies the layer to a symbolic tensor.
  /// \param input what `Input` or a layer yielded
  /// \return what the layer yields for it
  /// \throws ShapeError that names the layer, if it does not fit
  SymbolicTensor operator()(const SymbolicTensor& input) const;
  /// Applies the layer to several symbolic tensors, as `Add` and `Concatenate` want it.
  /// \param inputs in the layer's order
  /// \return what the layer yields for them
  /// \throws ShapeError that names the layer, if they do not fit
  SymbolicTensor operator()(const std::vector<SymbolicTensor>& inputs) const;

  /// The name by which errors, summaries and files call the layer.
  /// \return empty until it is part of a model, unless given
  const std::string& name() const;
  /// Whether training moves the parameters.
  /// \return true until set otherwise
  bool trainable() const;
  /// Freezes or thaws the layer in every model that it is part of, from the next call or, in `fit`, the next epoch on.
  /// \param trainable false: it is bit for bit unchanged by training, moving averages included
  void set_trainable(bool trainable);

  /// \cond
  explicit LayerRef(std::shared_ptr<LayerEntry> entry) : entry_(std::move(entry)) {}
  LayerRef(std::shared_ptr<const Layer> layer, std::string name);
  const std::shared_ptr<LayerEntry>& entry() const { return entry_; }
  /// \endcond

 private:
  std::shared_ptr<LayerEntry> entry_;
};

/// Options of `Input`.
struct InputOptions {
  Shape shape = {};                           ///< of one example; an axis may be kFree
  std::optional<DType> dtype = std::nullopt;  ///< kInt32 for ids; otherwise the model's own
  std::string name = {};                      ///< in errors and summaries; empty: "input_1"
};

/// Where data enters a model.
///
/// \code{.cpp}
/// assert(Input({.shape = {28, 28}}).shape() == Shape({kFree, 28, 28}));
/// \endcode
///
/// \param options the shape must be given, unless an example is a single number
/// \return a tensor (m, shape...)
/// \throws TypeError  if the dtype is neither kInt32 nor a float
/// \throws ShapeError if there are more axes than a shape can have beside the batch
SymbolicTensor Input(InputOptions options);

/// Options of `Dense`.
struct DenseOptions {
  std::int64_t units = 0;                           ///< number of outputs, at least 1
  ActivationSpec activation = Activation::kLinear;  ///< act
  bool use_bias = true;                             ///< whether b is added
  /// How W starts. None: He normal before the relu kinds (relu, leaky relu, elu, both gelu, silu), Glorot uniform
  /// otherwise.
  std::optional<Initializer> kernel_initializer = std::nullopt;
  Initializer bias_initializer = {};                             ///< how b starts: with 0
  std::optional<Regularizer> kernel_regularizer = std::nullopt;  ///< a penalty on W in the loss
  std::string name = {};                                         ///< unique in a model; empty: "dense_1"
};

/// Fully connected layer on the last axis.
///
///     y = act(x W + b), x (m, ..., n_in), W (n_in, units), b (units,), y (m, ..., units)
///
/// \code{.cpp}
/// const Dense layer({.units = 10, .activation = Activation::kSoftmax});
/// assert(layer(Input({.shape = {784}})).shape() == Shape({kFree, 10}));
/// \endcode
class Dense : public LayerRef {
 public:
  /// \param options units must be given
  /// \throws ValueError if there are fewer units than 1
  explicit Dense(const DenseOptions& options);
};

/// Options of `ActivationLayer`.
struct ActivationLayerOptions {
  ActivationSpec activation = Activation::kLinear;  ///< act
  std::string name = {};                            ///< unique in a model; empty: "activation_1"
};

/// An activation as a layer of its own: y = act(x), element by element; softmax over the last axis.
///
/// Behind a `Dense` whose output nobody else reads it is computed with that layer, as if it were its `activation`.
///
/// \code{.cpp}
/// const Model<float> model(Sequential{Input({.shape = {3}}), ActivationLayer({.activation = Activation::kRelu})});
/// const std::vector<float> x{-1, 0, 2};
/// assert(model.predict(View(x.data(), {1, 3})) == std::vector<float>({0, 0, 2}));
/// \endcode
class ActivationLayer : public LayerRef {
 public:
  /// \param options the function
  explicit ActivationLayer(const ActivationLayerOptions& options);
};

/// Options of `Dropout`.
struct DropoutOptions {
  double rate = 0.5;      ///< the fraction dropped, in [0, 1)
  std::string name = {};  ///< unique in a model; empty: "dropout_1"
};

/// In training y = x mask / (1 - rate), each element kept with probability 1 - rate, a fresh mask a
/// step; y = x otherwise.
///
/// \code{.cpp}
/// const Model<float> model(Sequential{Input({.shape = {3}}), Dropout({.rate = 0.5})});
/// const std::vector<float> x{1, 2, 3};
/// assert(model.predict(View(x.data(), {1, 3})) == x);
/// \endcode
///
/// Source: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a simple way to prevent neural
/// networks from overfitting", 2014.
class Dropout : public LayerRef {
 public:
  /// \param options the rate
  /// \throws ValueError if the rate is not in [0, 1)
  explicit Dropout(const DropoutOptions& options);
};

/// Options of `GaussianNoise`.
struct GaussianNoiseOptions {
  double stddev = 1.0;    ///< of the noise, at least 0, in the unit of x
  std::string name = {};  ///< unique in a model; empty: "gaussian_noise_1"
};

/// In training y = x + z, z normal of mean 0 and this standard deviation, fresh each step; y = x otherwise.
///
/// \code{.cpp}
/// const Model<float> model(Sequential{Input({.shape = {3}}), GaussianNoise({.stddev = 0.1}), Dense({.units = 1})});
/// \endcode
///
/// Source: Bishop, "Training with noise is equivalent to Tikhonov regularization", 1995.
class GaussianNoise : public LayerRef {
 public:
  /// \param options the standard deviation
  /// \throws ValueError unless it is finite and at least 0
  explicit GaussianNoise(const GaussianNoiseOptions& options);
};

/// Options of `BatchNormalization`.
struct BatchNormalizationOptions {
  double momentum = 0.99;             ///< what a step leaves of the moving averages, in [0, 1]
  double epsilon = 1e-5;              ///< above 0
  bool center = true;                 ///< whether there is a beta
  bool scale = true;                  ///< whether there is a gamma
  Initializer beta_initializer = {};  ///< how beta starts: with 0
  Initializer gamma_initializer = {.kind = Initializer::Kind::kOnes};  ///< how gamma starts: with 1
  std::string name = {};  ///< unique in a model; empty: "batch_normalization_1"
};

/// Each feature of the last axis is brought to mean beta and standard deviation gamma over the batch.
///
///     y = gamma (x - mean) / sqrt(variance + epsilon) + beta, x and y (m, ..., n), all others (n,)
///
/// In training mean and (biased) variance are those of the batch, over all other axes, and the moving averages follow:
/// a = momentum a + (1 - momentum) batch. Otherwise, and while the layer is frozen, they are the moving averages, which
/// start with 0 and 1. A batch of training needs at least 2 rows.
///
/// \code{.cpp}
/// Model<float> model(Sequential{Input({.shape = {4}}), Dense({.units = 8, .use_bias = false}), BatchNormalization(),
///                               ActivationLayer({.activation = Activation::kRelu}), Dense({.units = 1})});
/// assert(model.parameters()[1].name == "batch_normalization_1.gamma");
/// assert(model.parameters().size() == 5 && model.weights().size() == 7);  // the averages are weights, not trained
/// \endcode
///
/// Source: Ioffe and Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate
/// shift", 2015.
class BatchNormalization : public LayerRef {
 public:
  /// \param options each has a default
  /// \throws ValueError if momentum or epsilon is out of its range
  explicit BatchNormalization(const BatchNormalizationOptions& options = {});
};

/// Options of `LayerNormalization`.
struct LayerNormalizationOptions {
  double epsilon = 1e-5;                                               ///< above 0
  bool center = true;                                                  ///< whether there is a beta
  bool scale = true;                                                   ///< whether there is a gamma
  Initializer beta_initializer = {};                                   ///< how beta starts: with 0
  Initializer gamma_initializer = {.kind = Initializer::Kind::kOnes};  ///< how gamma starts: with 1
  std::string name = {};  ///< unique in a model; empty: "layer_normalization_1"
};

/// Each row is brought to mean 0 and standard deviation 1 along its last axis, then scaled and shifted by feature.
///
///     y = gamma (x - mean) / sqrt(variance + epsilon) + beta, x and y (m, ..., n), gamma and beta (n,)
///
/// with the mean and the (biased) variance of each row's last axis, in training and otherwise alike.
///
/// \code{.cpp}
/// const Model<double> model(Sequential{Input({.shape = {2}}), LayerNormalization()});
/// const std::vector<double> x{1, 3};
/// const std::vector<double> y = model.predict(View(x.data(), {1, 2}));
/// assert(std::abs(y[0] + 1) < 1e-5 && std::abs(y[1] - 1) < 1e-5);
/// \endcode
///
/// Source: Ba, Kiros and Hinton, "Layer normalization", 2016.
class LayerNormalization : public LayerRef {
 public:
  /// \param options each has a default
  /// \throws ValueError if epsilon is out of its range
  explicit LayerNormalization(const LayerNormalizationOptions& options = {});
};

/// Options of `Normalization`.
struct NormalizationOptions {
  std::optional<std::vector<double>> mean = std::nullopt;  ///< one finite number a feature; both or none
  std::optional<std::vector<double>> std = std::nullopt;   ///< as many finite numbers of at least 0
  std::string name = {};                                   ///< unique in a model; empty: "normalization_1"
};

/// Brings each feature to the mean 0 and the standard deviation 1 that it had in training data.
///
///     y = (x - mean) / std, 0 where std is 0, x and y (m, ..., n), mean and std (n,)
///
/// Neither is trained. A model computes with the layer once it has them, from the options, from `adapt` or from
/// `Model::set_weights`; before that it throws StateError.
///
/// \code{.cpp}
/// const std::vector<float> x{1, 10, 3, 30};  // two examples of two features
/// Normalization layer;
/// layer.adapt(View(x.data(), {2, 2}));
/// const Model<float> model(Sequential{Input({.shape = {2}}), layer});
/// assert(model.predict(View(x.data(), {2, 2})) == std::vector<float>({-1, -1, 1, 1}));
/// \endcode
class Normalization : public LayerRef {
 public:
  /// \param options mean and std, if they are known
  /// \throws ValueError if there is one without the other, or a number is out of its range
  explicit Normalization(const NormalizationOptions& options = {});

  /// Takes mean and biased standard deviation over all axes of x but the last, before or after the layer is part of a
  /// model, but not while a model that it is part of computes. A model refuses to compute before it.
  /// \param x (m, ..., n), at least one row, finite numbers of any dtype
  /// \throws ShapeError if there are fewer than 2 axes, or not as many features as the layer's models have
  /// \throws TypeError  if x is sparse
  /// \throws ValueError if x is empty or holds a number that is not finite
  void adapt(const View& x);
};

/// Options of `Flatten`.
struct FlattenOptions {
  std::string name = {};  ///< unique in a model; empty: "flatten_1"
};

/// Each example becomes one row: (m, a, b, ...) becomes (m, a * b * ...).
///
/// As a rule nothing is copied: the result is another view of the same memory.
///
/// \code{.cpp}
/// assert(Flatten()(Input({.shape = {28, 28}})).shape() == Shape({kFree, 784}));
/// \endcode
class Flatten : public LayerRef {
 public:
  /// \param options a name
  explicit Flatten(const FlattenOptions& options = {});
};

/// Options of `Reshape`.
struct ReshapeOptions {
  Shape target_shape = {};  ///< of one example; one axis may be -1, what remains
  std::string name = {};    ///< unique in a model; empty: "reshape_1"
};

/// Each example takes another shape of as many elements.
///
/// As a rule nothing is copied: the result is another view of the same memory.
///
/// \code{.cpp}
/// const Reshape layer({.target_shape = {7, -1}});
/// assert(layer(Input({.shape = {28, 28}})).shape() == Shape({kFree, 7, 112}));
/// \endcode
class Reshape : public LayerRef {
 public:
  /// \param options target_shape must be given, unless an example is to be a single number
  /// \throws ValueError if more than one axis is -1
  explicit Reshape(const ReshapeOptions& options);
};

/// Options of `Add`.
struct AddOptions {
  std::string name = {};  ///< unique in a model; empty: "add_1"
};

/// The sum of two or more inputs of one shape.
///
/// \code{.cpp}
/// const SymbolicTensor x = Input({.shape = {8}});
/// const SymbolicTensor y = Add()({x, Dense({.units = 8})(x)});  // a residual connection
/// Model<float> model(x, y);
/// \endcode
class Add : public LayerRef {
 public:
  /// \param options a name
  explicit Add(const AddOptions& options = {});
};

/// Options of `Concatenate`.
struct ConcatenateOptions {
  std::int64_t axis = -1;  ///< not 0, the batch; negative counts from the end
  std::string name = {};   ///< unique in a model; empty: "concatenate_1"
};

/// The inputs, two or more, side by side along one axis, by default the last; their other axes are the same.
///
/// \code{.cpp}
/// const SymbolicTensor both = Concatenate()({Input({.shape = {3}}), Input({.shape = {5}})});
/// assert(both.shape() == Shape({kFree, 8}));
/// \endcode
class Concatenate : public LayerRef {
 public:
  /// \param options the axis, which is checked when the layer is applied
  explicit Concatenate(const ConcatenateOptions& options = {});
};

}  // namespace laminar
