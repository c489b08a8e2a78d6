// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// Models: networks with their parameters and the state of their training.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "laminar/history.hpp"
#include "laminar/layers.hpp"
#include "laminar/sequential.hpp"
#include "laminar/training.hpp"
#include "laminar/view.hpp"

namespace laminar {

/// What a model computes with.
struct ModelOptions {
  /// Of the first weights, the shuffles and dropout; none draws one, which `Model::seed` tells.
  std::optional<std::uint64_t> seed = std::nullopt;
  int threads = 0;       ///< 0 to 4096; 0: `default_threads()`
  std::string isa = {};  ///< one of `available_isas()`; empty: `default_isa()`
};

/// The loss, penalties included, and its gradients; empty where they were not asked for.
template <class T>
struct Gradients {
  double loss = 0.0;                       ///< of all rows
  std::vector<std::vector<T>> parameters;  ///< one for each of `Model::parameters()`, row-major
  std::vector<std::vector<T>> inputs;      ///< one an input, of x's shape; zero for integers
};

/// One parameter of a model. `values` is live: what is written there is what the next call computes with. It is valid
/// as long as the model.
template <class T>
struct Parameter {
  std::string name;     ///< "dense_1.kernel"
  Shape shape;          ///< (n_in, units) of a dense layer's kernel
  std::span<T> values;  ///< row-major
  bool trainable;       ///< whether training moves it
};

/// A network with its parameters and the state of its training, computing in T: float or double.
///
/// Rows of x and y are examples; they may be of any dtype and strides and are converted batch by batch. The overloads
/// with vectors are for several inputs or outputs, in the order in which they were given to the constructor.
///
/// `predict`, `evaluate` and `value_and_grad` may be called by several threads at a time. A call that computes while
/// another thread trains the model or sets its weights, or that does so while another one computes, throws StateError.
/// Other member functions, `set_threads` among them, are for one thread at a time.
///
/// ValueError, ShapeError and TypeError tell of arguments that cannot be used, DivergedError of a loss or a gradient
/// that is not finite; the model is as it was before the call or, in `fit`, before the step.
///
/// \code{.cpp}
/// const std::vector<float> bits{0, 0, 0, 1, 1, 0, 1, 1};
/// const std::vector<int> same{1, 0, 0, 1};
/// Model<float> model(Sequential{Dense({.units = 8, .activation = Activation::kTanh}),
///                               Dense({.units = 2, .activation = Activation::kSoftmax})},
///                    {.seed = 0});
/// model.compile(
///     {.optimizer = Adam({.learning_rate = 0.05}), .loss = losses::CrossEntropy(), .metrics = {"accuracy"}});
/// const History history = model.fit(View(bits.data(), {4, 2}), View(same), {.epochs = 100});
/// assert(history["accuracy"].back() == 1.0);
/// const std::vector<float> probabilities = model.predict(View(bits.data(), {4, 2}));
/// assert(probabilities.size() == 8);
/// \endcode
template <class T>
class Model {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>, "a model computes in float or double");

 public:
  /// Layers one after another. Without an `Input` the parameters are made when the first data shows its shape.
  /// \param layers  at least one besides the `Input`
  /// \param options seed, threads, instruction set
  /// \throws ShapeError if the layers do not fit one another
  /// \throws ValueError if there is no layer, two have one name, or an option cannot be used
  explicit Model(const Sequential& layers, const ModelOptions& options = {});
  /// The graph between symbolic tensors, which layers made when they were called on others.
  /// \param input   made by `Input`
  /// \param output  depends on `input` and no other
  /// \param options seed, threads, instruction set
  /// \throws ShapeError if a layer that is called twice, or brought from another model, does not fit its parameters
  /// \throws ValueError if the tensors are no such graph, two layers have one name, or an option cannot be used
  Model(const SymbolicTensor& input, const SymbolicTensor& output, const ModelOptions& options = {});
  /// The graph between symbolic tensors, which layers made when they were called on others.
  /// \param inputs  at least one, made by `Input`
  /// \param outputs at least one; they depend on `inputs` and no others
  /// \param options seed, threads, instruction set
  /// \throws ShapeError if a layer that is called twice, or brought from another model, does not fit its parameters
  /// \throws ValueError if the tensors are no such graph, two layers have one name, or an option cannot be used
  Model(const std::vector<SymbolicTensor>& inputs, const std::vector<SymbolicTensor>& outputs,
        const ModelOptions& options = {});
  ~Model();
  /// Takes over a model. Parameters stay where they are in memory.
  /// \param other is left fit for nothing but assignment and its end
  Model(Model&& other) noexcept;
  /// Takes over a model in place of this one.
  /// \param other is left fit for nothing but assignment and its end
  /// \return this model
  Model& operator=(Model&& other) noexcept;

  /// Sets optimizer, losses and metrics; the optimizer starts afresh, the weights and the counters of steps and epochs
  /// stay.
  /// \param options what the model is trained with
  /// \throws ValueError if there are more losses than outputs, not one loss weight an output, metrics without a loss,
  ///   or two metrics of one name
  void compile(const CompileOptions& options);
  /// Adds a loss on a tensor of the graph to those of `compile`: one number an example, without a target. The optimizer
  /// starts afresh.
  /// \param tensor of shape (None,) or (None, 1), from inputs of this model
  /// \param weight of its mean in the loss
  /// \throws ShapeError if the tensor is not one number an example
  /// \throws StateError if the model does not know its shapes yet, or averaged weights are in use
  /// \throws ValueError if the tensor depends on other inputs
  void add_loss(const SymbolicTensor& tensor, double weight = 1.0);

  /// Trains for whole epochs; the last, short batch is used.
  /// \param x       (m, ...), at least one row of finite numbers
  /// \param y       m targets as the loss takes them
  /// \param options batch size, epochs, weights, validation, what is called
  /// \return one number an epoch for the loss and each metric
  /// \throws DivergedError if a step's loss or gradient is not finite; the steps before it stay
  /// \throws StateError    if the model was not compiled with a loss, averaged weights are in use, or a `Normalization`
  ///   has no mean and std
  History fit(const View& x, const View& y, const FitOptions& options = {});
  /// The same for several inputs or outputs.
  /// \param x       one view an input, all of as many rows
  /// \param y       one view an output
  /// \param options see above
  /// \return see above
  History fit(const std::vector<View>& x, const std::vector<View>& y, const FitOptions& options = {});

  /// What the last fit went through, also when an exception ended it.
  /// \return empty before the first fit
  const History& history() const;

  /// One optimizer step on all rows. Allocates nothing after the first.
  /// \param x             (m, ...), at least one row of finite numbers
  /// \param y             m targets as the loss takes them
  /// \param sample_weight (m,), or nothing for weights 1
  /// \return the loss before the step, penalties included
  /// \throws DivergedError if loss or gradient is not finite
  /// \throws StateError    as `fit`
  double train_on_batch(const View& x, const View& y, const View& sample_weight = {});
  /// The same for several inputs or outputs.
  /// \param x             one view an input
  /// \param y             one view an output
  /// \param sample_weight one view an output, or none
  /// \return see above
  double train_on_batch(const std::vector<View>& x, const std::vector<View>& y,
                        const std::vector<View>& sample_weight = {});

  /// The loss, penalties included, and each metric over all rows, which are computed 1,024 at a time.
  /// \param x             (m, ...), at least one row of finite numbers
  /// \param y             m targets as the loss takes them
  /// \param sample_weight (m,), or nothing for weights 1
  /// \return "loss" and the metrics by name
  /// \throws StateError if the model was not compiled with a loss
  Logs evaluate(const View& x, const View& y, const View& sample_weight = {}) const;
  /// The same for several inputs or outputs.
  /// \param x             one view an input
  /// \param y             one view an output
  /// \param sample_weight one view an output, or none
  /// \return "loss", and of several outputs a loss and the metrics of each, the name of its layer in front:
  /// "dense_1_loss"
  Logs evaluate(const std::vector<View>& x, const std::vector<View>& y,
                const std::vector<View>& sample_weight = {}) const;

  /// What the last layer yields.
  /// \param x (m, ...), finite numbers
  /// \return row-major numbers of shape `output_shape(x)`
  /// \throws ValueError if the model has several outputs, or x cannot be used
  std::vector<T> predict(const View& x) const;
  /// The same for several inputs or outputs.
  /// \param x one view an input
  /// \return row-major numbers by output
  std::vector<std::vector<T>> predict(const std::vector<View>& x) const;
  /// The same into memory of the caller's. Allocates nothing after the first call.
  /// \param x   (m, ...), finite numbers
  /// \param out of dtype T and shape `output_shape(x)`
  /// \throws ValueError if `out` is anything else, or x cannot be used
  void predict(const View& x, const MutableView& out) const;
  /// The same for several inputs or outputs.
  /// \param x   one view an input
  /// \param out one view an output
  void predict(const std::vector<View>& x, const std::vector<MutableView>& out) const;
  /// The shape of the first output for this input.
  /// \param x (m, ...); its numbers are not read
  /// \return (m, ...)
  Shape output_shape(const View& x) const;
  /// The shape of an output for these inputs.
  /// \param x      one view an input; their numbers are not read
  /// \param output its number, from 0
  /// \return (m, ...)
  /// \throws ValueError if there is no such output
  Shape output_shape(const std::vector<View>& x, std::size_t output) const;

  /// The loss and its gradients on all rows; changes no parameter, counter or average.
  ///
  /// \code{.cpp}
  /// Model<double> model(Sequential{Input({.shape = {1}}), Dense({.units = 1})});
  /// model.compile({.loss = losses::SquaredError()});
  /// std::vector<Parameter<double>> parameters = model.parameters();
  /// parameters[0].values[0] = 2;  // y = 2 x
  /// const std::vector<double> x{3};
  /// const std::vector<double> y{5};
  /// const Gradients<double> gradients = model.value_and_grad(View(x.data(), {1, 1}), View(y), {.inputs = true});
  /// assert(gradients.loss == 0.5 && gradients.parameters[0][0] == 3 && gradients.inputs[0][0] == 2);
  /// \endcode
  ///
  /// \param x       (m, ...), at least one row of finite numbers
  /// \param y       m targets as the loss takes them
  /// \param options which gradients, in which mode, with which weights
  /// \return numbers of T beside the loss
  /// \throws DivergedError if the loss is not finite
  /// \throws StateError    if the model was not compiled with a loss
  Gradients<T> value_and_grad(const View& x, const View& y, const GradientOptions& options = {}) const;
  /// The same for several inputs or outputs.
  /// \param x       one view an input
  /// \param y       one view an output
  /// \param options see above
  /// \return see above
  Gradients<T> value_and_grad(const std::vector<View>& x, const std::vector<View>& y,
                              const GradientOptions& options = {}) const;

  /// Layer by layer, kernel before bias. After the first call, predictions no longer use kernels packed beforehand,
  /// since the caller may write to the values at any time.
  /// \return empty until the shape of the inputs is known
  std::vector<Parameter<T>> parameters();
  /// Copies of the parameters and of what layers keep untrained, layer by layer.
  /// \return row-major numbers, empty until the shape of the inputs is known; what `set_weights` takes
  std::vector<std::vector<T>> weights() const;
  /// Sets the parameters and what layers keep untrained.
  /// \param weights one view for each of `weights()`, of the parameter's shape and any dtype
  /// \throws ShapeError if a shape differs
  /// \throws ValueError if there are not as many
  void set_weights(const std::vector<View>& weights);
  /// The moving averages that an optimizer with `ema_momentum` keeps, as weights() returns those they are averages of.
  /// \return copies; before the first step they are the weights
  /// \throws StateError if the optimizer keeps none
  std::vector<std::vector<T>> averaged_weights() const;
  /// While true, the averages stand in the parameters' place and training throws StateError.
  /// \param use false puts the weights back
  /// \throws StateError if the optimizer keeps none
  void use_averaged_weights(bool use);

  /// Layers with their shapes and parameters, and the memory that training takes.
  /// \param batch_size examples of a training step, at least 1
  /// \return lines of text, for people
  std::string summary(std::int64_t batch_size = 32) const;

  /// The learning rate of the next step, also where a schedule says it.
  /// \return at least 0
  /// \throws StateError before `compile`
  /// \throws ValueError if a schedule yields no finite number of at least 0
  double learning_rate() const;
  /// Scales the optimizer's own rate so that the next step has this one, up to rounding; a schedule keeps its shape.
  /// `compile` ends that.
  /// \param rate finite and at least 0
  /// \throws StateError before `compile`
  /// \throws ValueError if `rate` is no such number, or above 0 where the optimizer's own is 0
  void set_learning_rate(double rate);

  /// Optimizer steps taken.
  /// \return those of the model's life: `compile` does not begin anew
  std::int64_t steps() const;
  /// Epochs finished.
  /// \return those of the model's life: `compile` does not begin anew
  std::int64_t epochs() const;
  /// The seed of the first weights, the shuffles and dropout.
  /// \return what was given, or drawn
  std::uint64_t seed() const;

  /// Freezes or thaws every layer, also in other models that share it.
  /// \param trainable false: bit for bit unchanged by training
  void set_trainable(bool trainable);
  /// Sets how many threads a call may use, the caller's among them. Results are the same bits for any number.
  /// \param threads 0 to 4096; 0: `default_threads()`
  /// \throws ValueError if it is out of this range
  void set_threads(int threads);
  /// How many threads a call may use.
  /// \return at least 1
  int threads() const;
  /// The instruction set that the model computes with.
  /// \return one of `available_isas()`
  const std::string& isa() const;

 private:
  struct Impl;
  friend struct ModelBridge;
  explicit Model(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

/// \cond
extern template class Model<float>;
extern template class Model<double>;
/// \endcond

}  // namespace laminar
