// SPDX-License-Identifier: BSD-3-Clause
//
// The seam between layers and everything above them.
//
// A layer is mathematics without memory: it says what tensors it needs (`infer`) and computes on
// views that the plan hands it (`forward`, `backward`). It owns no parameter and keeps no state, so
// one object serves any number of nodes, threads and models at the same time.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/config.hpp"
#include "core/context.hpp"
#include "core/tensor.hpp"
#include "kernels/table.hpp"

namespace laminar {

enum class Mode { kTrain, kInfer };

struct ParameterSpec {
  std::string name;  ///< "kernel": the layer's name comes in front of it
  TensorSpec spec;
  Initializer initializer;
  std::optional<Regularizer> regularizer;
};

/// Kept between steps but not trained: the averages of batch normalization. A frozen layer that has any computes as in
/// prediction, and so leaves it as it is.
struct StateSpec {
  std::string name;
  TensorSpec spec;
  Initializer initializer;
  std::vector<double> values = {};  ///< to start from instead, one an element
};

/// What a layer needs for inputs of given specs. Axes that are free in the inputs may be free in the
/// outputs; parameters and state may not depend on them.
struct Inference {
  std::vector<TensorSpec> outputs;
  std::vector<ParameterSpec> parameters = {};
  std::vector<StateSpec> state = {};
  std::vector<TensorSpec> prepared = {};      ///< of the parameters alone; `prepare` writes them, for prediction only
  std::vector<TensorSpec> saved = {};         ///< written by forward for backward; only when training
  std::vector<TensorSpec> scratch = {};       ///< free to use within one forward or one backward call
  std::vector<TensorSpec> output_masks = {};  ///< uint8, of a layer that creates masks: one an output
};

/// What a layer does with the masks that its inputs carry (uint8, 1 = a real element).
enum class MaskPolicy {
  kPass,    ///< outputs carry the inputs' mask; the layer does not look at it
  kUse,     ///< the layer reads the mask, outputs carry it on
  kEnd,     ///< the layer reads the mask, outputs have none
  kCreate,  ///< the layer writes a mask for its outputs
};

/// What the plan must know to lay out memory and to fuse.
struct LayerTraits {
  bool backward_reads_inputs = true;
  bool backward_reads_outputs = true;
  /// outputs[0] may be the memory of inputs[0] where nobody needs it any more, and d_inputs[0] that of d_outputs[0]: a
  /// layer with several inputs must not change that memory while it still reads it for the others.
  bool in_place = false;
  bool is_view = false;                     ///< outputs[0] is inputs[0] under another shape: no call, no copy
  bool is_identity_when_inferring = false;  ///< a view outside training
  bool takes_activation = false;            ///< applies `ForwardCall::activation` to its output itself
  bool takes_input_activation = false;      ///< obeys `BackwardCall::input_activation`
  bool is_random_in_training = false;       ///< as dropout is; gradients cannot be checked while it draws
  /// takes statistics over the rows of a batch (all axes but the last): one row has none
  bool needs_several_rows_in_training = false;
  /// What forward writes for one row of a batch depends on that row alone, bit for bit, and `scratch` has the rows as
  /// its first axis: it may be called for some rows at a time, with tensors cut to them.
  bool rows_are_independent = false;
  MaskPolicy mask = MaskPolicy::kPass;
};

struct ForwardCall {
  const Context& context;
  Mode mode;
  std::span<const Tensor> inputs;
  std::span<const Tensor> parameters;
  std::span<const Tensor> state;  ///< in training a layer may update it
  std::span<const Tensor> outputs;
  std::span<const Tensor> saved;
  std::span<const Tensor> scratch;
  std::span<const Tensor> input_masks;    ///< one an input, empty where it carries none
  std::span<const Tensor> output_masks;   ///< of a layer that creates masks
  ActivationSpec activation;              ///< what to apply to the output, where the layer takes one
  kernels::RandomKey random;              ///< this node's numbers in this step
  std::span<const Tensor> prepared = {};  ///< without memory where there is nothing up to date
  /// What forward leaves for this node's backward besides tensors; null where no gradient is wanted.
  std::shared_ptr<void>* kept = nullptr;
};

struct BackwardCall {
  const Context& context;
  Mode mode;
  std::span<const Tensor> inputs;
  std::span<const Tensor> parameters;
  std::span<const Tensor> outputs;
  std::span<const Tensor> saved;
  std::span<const Tensor> d_outputs;  ///< never empty; backward may overwrite them
  std::span<const Gradient> d_inputs;
  std::span<const Gradient> d_parameters;
  std::span<const Tensor> scratch;
  std::span<const Tensor> input_masks;
  ActivationSpec activation;
  kernels::RandomKey random;
  /// inputs[0] = act(z): what goes to d_inputs[0] is multiplied by act'(z), which inputs[0] tells.
  ActivationSpec input_activation = {};
  std::shared_ptr<void>* kept = nullptr;  ///< what forward left; backward may take it
};

class Layer {
 public:
  virtual ~Layer() = default;

  virtual std::string_view type() const = 0;  ///< "Dense"
  virtual Config::Map options() const = 0;    ///< what `make_layer(type(), ...)` rebuilds it from
  /// The activation that is part of the layer's options, if it has one. The plan may hand the layer
  /// another one: that of an Activation behind it, or none where the loss takes it over.
  virtual ActivationSpec activation() const { return {}; }
  virtual LayerTraits traits(ActivationSpec activation) const = 0;

  /// ShapeError when the inputs do not fit; the caller puts the layer's name in front.
  virtual Inference infer(Mode mode, ActivationSpec activation, std::span<const TensorSpec> inputs) const = 0;
  /// Fills what `infer` asked for as prepared.
  virtual void prepare(const Context& context, std::span<const Tensor> parameters,
                       std::span<const Tensor> prepared) const;
  /// StateError when the layer cannot compute with this state yet; the caller puts the layer's name in front.
  virtual void expect_ready(std::span<const Tensor> state) const;
  virtual void forward(const ForwardCall& call) const = 0;
  virtual void backward(const BackwardCall& call) const = 0;

  /// Multiply-adds of one forward call; the plan decides by their sum whether threads pay.
  virtual double forward_flops(std::span<const TensorSpec> inputs) const;
  /// A number that changes when an input crosses a point where the layer has no derivative.
  virtual std::uint64_t kink_signature(const ForwardCall& call) const;
};

/// Base of the layers whose mathematics is the same in both dtypes: Derived has
/// `template <class T> void forward_as(const ForwardCall&) const` and `backward_as` likewise.
template <class Derived>
class FloatLayer : public Layer {
 public:
  void forward(const ForwardCall& call) const final {
    dispatch_float(call.outputs[0].dtype(),
                   [&]<class T>() { static_cast<const Derived*>(this)->template forward_as<T>(call); });
  }
  void backward(const BackwardCall& call) const final {
    dispatch_float(call.d_outputs[0].dtype(),
                   [&]<class T>() { static_cast<const Derived*>(this)->template backward_as<T>(call); });
  }
};

/// A layer from its type and named options; ValueError for an unknown type, TypeError for an unknown option, both with
/// the nearest name.
std::shared_ptr<const Layer> make_layer(const std::string& type, const Config::Map& options);

/// Checks that a layer got `count` inputs.
void expect_inputs(std::span<const TensorSpec> inputs, std::size_t count);
/// Checks that an input holds floating-point numbers.
void expect_float(const TensorSpec& input);
/// Checks that there are rows of a known number of features, at least one, and returns that number.
std::int64_t expect_features(const TensorSpec& input);

/// Hash of which elements are above zero, for the kink signatures.
std::uint64_t hash_of_signs(const Tensor& tensor);

}  // namespace laminar
