// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "laminar/history.hpp"
#include "laminar/layers.hpp"
#include "laminar/losses.hpp"
#include "laminar/metrics.hpp"
#include "laminar/optimizers.hpp"
#include "laminar/sequential.hpp"
#include "laminar/view.hpp"

namespace laminar {

struct ModelOptions {
  /// Of the first weights, the shuffles and dropout; none draws one, which `Model::seed` tells.
  std::optional<std::uint64_t> seed = std::nullopt;
  int threads = 0;       ///< 0: `default_threads()`
  std::string isa = {};  ///< one of `available_isas()`; empty: `default_isa()`
};

/// One loss, or a list with one for each output: `std::nullopt` for an output that is not trained on.
class OutputLosses {
 public:
  OutputLosses() = default;
  OutputLosses(Loss loss) : all_{std::move(loss)} {}  // NOLINT(google-explicit-constructor)
  OutputLosses(std::initializer_list<std::optional<Loss>> losses) : all_(losses) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  OutputLosses(std::vector<std::optional<Loss>> losses) : all_(std::move(losses)) {}

  const std::vector<std::optional<Loss>>& all() const { return all_; }

 private:
  std::vector<std::optional<Loss>> all_;
};

/// What a model is trained with and measured by.
struct CompileOptions {
  Optimizer optimizer = Adam();
  OutputLosses loss = {};
  std::vector<Metric> metrics = {};       ///< of every output with a loss: "accuracy", metrics::F1({...}), a loss
  std::vector<double> loss_weights = {};  ///< one an output; empty: all 1
};

/// Data and settings of `Model::fit`.
struct FitOptions {
  std::int64_t batch_size = 32;
  std::int64_t epochs = 1;  ///< the number of the last one, so that 6 after an initial epoch 3 runs three
  std::int64_t initial_epoch = 0;
  bool shuffle = true;
  /// Weight of each example, one view an output: the loss of a batch is sum w_i L_i / sum w_i.
  std::vector<View> sample_weight = {};
  /// Weight of each class, for one output with labels; classes that are not named weigh 1.
  std::vector<std::pair<std::int64_t, double>> class_weight = {};
  std::vector<View> validation_x = {};  ///< one an input; measured after each epoch
  std::vector<View> validation_y = {};  ///< one an output
  std::vector<View> validation_sample_weight = {};
  double validation_split = 0.0;  ///< share of the last rows that is kept from training, where there is no validation_x
  // What is called during training may look at the model and set its weights and learning rate, but not train it. What
  // it throws ends `fit` after a whole step. An epoch that is stopped in the middle ends there like a whole one.
  /// Called after each epoch with its number, counted from 0, and its logs; true stops. What it adds to the logs goes
  /// into the history.
  std::function<bool(std::int64_t epoch, Logs& logs)> on_epoch = {};
  /// Called after every `every_steps`-th step of the model's life with the means of the epoch so far; true stops.
  std::function<bool(std::int64_t step, const Logs& logs)> on_step = {};
  std::int64_t every_steps = 1;
};

/// What `Model::value_and_grad` computes.
struct GradientOptions {
  bool parameters = true;  ///< d loss / d parameters
  bool inputs = false;     ///< d loss / d x
  bool training = true;    ///< as in a training step: dropout is on
  std::vector<View> sample_weight = {};
};

/// The loss, penalties included, and its gradients; empty where they were not asked for.
template <class T>
struct Gradients {
  double loss = 0.0;
  std::vector<std::vector<T>> parameters;  ///< one for each of `Model::parameters()`, row-major
  std::vector<std::vector<T>> inputs;      ///< one an input, of x's shape; zero for integers
};

/// One parameter of a model. `values` is live: what is written there is what the next call computes with. It is valid
/// as long as the model.
template <class T>
struct Parameter {
  std::string name;  ///< "dense_1.kernel"
  Shape shape;
  std::span<T> values;  ///< row-major
  bool trainable;
};

/// A network with its parameters and the state of its training, computing in T: float or double.
///
///     Model<float> model(Sequential{Dense({.units = 64, .activation = Activation::kRelu}),
///                                   Dense({.units = 10, .activation = Activation::kSoftmax})});
///     model.compile({.optimizer = Adam(), .loss = losses::CrossEntropy(), .metrics = {"accuracy"}});
///     History history = model.fit(x, y, {.epochs = 10});
///
/// Rows of x and y are examples; they may be of any dtype and strides and are converted batch by batch. The overloads
/// with vectors are for several inputs or outputs, in the order in which they were given to the constructor.
///
/// Constant member functions may be called by several threads at a time. A call that changes the model while another
/// is running throws StateError. ValueError and ShapeError tell of arguments that cannot be used, DivergedError of a
/// loss or a gradient that is not finite; the model is as it was before the call or, in `fit`, before the step.
template <class T>
class Model {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>, "a model computes in float or double");

 public:
  explicit Model(const Sequential& layers, const ModelOptions& options = {});
  /// The graph between symbolic tensors, which layers made when they were called on others.
  Model(const SymbolicTensor& input, const SymbolicTensor& output, const ModelOptions& options = {});
  Model(const std::vector<SymbolicTensor>& inputs, const std::vector<SymbolicTensor>& outputs,
        const ModelOptions& options = {});
  ~Model();
  Model(Model&& other) noexcept;
  Model& operator=(Model&& other) noexcept;

  /// Sets optimizer, losses and metrics; the optimizer starts afresh, the weights stay.
  void compile(const CompileOptions& options);
  /// A loss on a tensor of the graph, of shape (None,) or (None, 1), besides those of `compile`.
  void add_loss(const SymbolicTensor& tensor, double weight = 1.0);

  /// Trains for whole epochs; the last, short batch is used.
  History fit(const View& x, const View& y, const FitOptions& options = {});
  History fit(const std::vector<View>& x, const std::vector<View>& y, const FitOptions& options = {});

  /// What the last fit went through, also when an exception ended it.
  const History& history() const;

  /// One optimizer step on all rows. Returns the loss before it, penalties included. Allocates nothing after the first.
  double train_on_batch(const View& x, const View& y, const View& sample_weight = {});
  double train_on_batch(const std::vector<View>& x, const std::vector<View>& y,
                        const std::vector<View>& sample_weight = {});

  /// The loss, penalties included, and each metric over all rows.
  Logs evaluate(const View& x, const View& y, const View& sample_weight = {}) const;
  Logs evaluate(const std::vector<View>& x, const std::vector<View>& y,
                const std::vector<View>& sample_weight = {}) const;

  /// What the last layer yields, row-major, of shape `output_shape(x)`.
  std::vector<T> predict(const View& x) const;
  std::vector<std::vector<T>> predict(const std::vector<View>& x) const;
  /// The same into memory of the caller's, of dtype T. Allocates nothing after the first call.
  void predict(const View& x, const MutableView& out) const;
  void predict(const std::vector<View>& x, const std::vector<MutableView>& out) const;
  /// The shape of an output for these inputs.
  Shape output_shape(const View& x) const;
  Shape output_shape(const std::vector<View>& x, std::size_t output) const;

  /// Changes no parameter, counter or average.
  Gradients<T> value_and_grad(const View& x, const View& y, const GradientOptions& options = {}) const;
  Gradients<T> value_and_grad(const std::vector<View>& x, const std::vector<View>& y,
                              const GradientOptions& options = {}) const;

  /// Layer by layer, kernel before bias. Empty until the shape of the inputs is known.
  std::vector<Parameter<T>> parameters();
  /// Copies of the parameters and of what layers keep untrained, layer by layer; what `set_weights` takes.
  std::vector<std::vector<T>> weights() const;
  void set_weights(const std::vector<View>& weights);
  /// The moving averages that an optimizer with `ema_momentum` keeps, as weights() returns those they are averages of.
  std::vector<std::vector<T>> averaged_weights() const;
  /// While true, the averages stand in the parameters' place and training throws StateError.
  void use_averaged_weights(bool use);

  /// Layers with their shapes and parameters, and the memory that training takes at this batch size.
  std::string summary(std::int64_t batch_size = 32) const;

  /// Of the next step, also where a schedule says it. Setting a finite number of at least 0 scales the optimizer's own
  /// rate so that the next step has it, up to rounding; a schedule keeps its shape. `compile` ends that.
  double learning_rate() const;
  void set_learning_rate(double rate);

  /// Optimizer steps taken and epochs finished.
  std::int64_t steps() const;
  std::int64_t epochs() const;
  std::uint64_t seed() const;

  /// Freezes or thaws every layer, also in other models that share it: frozen is bit for bit unchanged by training.
  void set_trainable(bool trainable);
  /// 0: `default_threads()`. Results are the same bits for any number.
  void set_threads(int threads);
  int threads() const;
  const std::string& isa() const;

 private:
  struct Impl;
  friend struct ModelBridge;
  explicit Model(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

extern template class Model<float>;
extern template class Model<double>;

}  // namespace laminar
