// SPDX-License-Identifier: BSD-3-Clause
//
// A model without its dtype's template: graph, parameters, compiled losses and the state of training. The C++ and
// Python interfaces are thin shells around it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "graph/graph.hpp"
#include "laminar/error.hpp"
#include "laminar/history.hpp"
#include "metrics/metric.hpp"
#include "model/access.hpp"
#include "model/batches.hpp"
#include "model/epoch_sums.hpp"
#include "model/objective.hpp"
#include "model/parameters.hpp"
#include "model/plan_cache.hpp"
#include "model/prepared.hpp"
#include "model/workspace.hpp"
#include "optimizers/optimizer_rule.hpp"

namespace laminar {

/// What `compile` is given: one entry an output where there are several.
struct CompileSpec {
  std::shared_ptr<const OptimizerRule> optimizer;
  std::vector<std::shared_ptr<const LossFunction>> losses;  ///< null: that output has none
  OutputMetrics metrics;
  std::vector<double> loss_weights;  ///< empty: all 1
};

struct FitSpec {
  std::int64_t batch_size = 32;
  std::int64_t epochs = 1;
  std::int64_t initial_epoch = 0;
  bool shuffle = true;
  Arrays validation;              ///< x empty: none
  double validation_split = 0.0;  ///< of the last rows, where there are no validation arrays
  std::vector<std::pair<std::int64_t, double>> class_weight;
  // The hooks: null where nobody asks. Where they answer, true stops; each may throw to stop at a whole step.
  /// Once the data has passed the door, with the names that the logs of an epoch will have.
  std::function<void(const std::vector<std::string>& names)> on_begin;
  /// Before each epoch, counted from 0.
  std::function<void(std::int64_t epoch)> on_epoch_begin;
  /// After a step whose number, counted over the model's life, `every_steps` divides; the logs are of the epoch so far.
  std::function<bool(std::int64_t step, const Logs& logs)> on_step;
  std::int64_t every_steps = 1;
  /// Between two steps, now and then (every 50 ms or more).
  std::function<bool(std::int64_t epoch, std::int64_t batches_done, std::int64_t batches, const Logs& logs)> on_poll;
  /// After each epoch. What is added to the logs or changed in them goes into the history.
  std::function<bool(std::int64_t epoch, Logs& logs)> on_epoch;
};

/// What of the gradients `value_and_grad` wants.
struct GradientRequest {
  bool parameters = true;
  bool inputs = false;
  bool training = true;
};

/// Raw material of lm.check_gradients: one entry a parameter and input.
struct GradientComparison {
  struct Part {
    std::string name;
    std::vector<double> approximate;
    std::vector<double> computed;
    std::vector<bool> counted;  ///< false where a kink lies between the two points
  };
  double loss = 0.0;
  std::vector<Part> parts;
};

class ModelCore {
 public:
  ModelCore(std::vector<SymbolicTensor> inputs, std::vector<SymbolicTensor> outputs, DType dtype,
            std::optional<std::uint64_t> seed, FirstValues first = FirstValues::kDrawn);
  /// A stack of layers; without `input` it is built when the first data shows its shape.
  ModelCore(std::optional<SymbolicTensor> input, std::vector<std::shared_ptr<LayerEntry>> layers, DType dtype,
            std::optional<std::uint64_t> seed);

  DType dtype() const { return dtype_; }
  std::uint64_t seed() const { return seed_; }
  bool built() const { return !graph_.outputs.empty(); }
  bool compiled() const { return compiled_; }
  const Graph& graph() const { return graph_; }
  const Parameters& parameters() const { return parameters_; }
  const std::vector<std::shared_ptr<LayerEntry>>& layers() const { return layers_; }
  const std::vector<SymbolicTensor>& inputs() const { return inputs_; }
  const std::vector<SymbolicTensor>& outputs() const { return outputs_; }
  /// Whether training moves the parameters of a layer of the graph.
  bool trains(int layer) const { return graph_.layers[static_cast<std::size_t>(layer)].entry->trainable; }
  /// Whether any layer trains; set for all of them, in whichever models they are.
  bool trainable() const;
  void set_trainable(bool trainable);

  /// Shapes of one example of each input.
  void build(std::span<const Shape> examples);
  void ensure_built(std::span<const View> x);
  /// The whole model as one layer call on other tensors; layers and parameters are shared.
  std::vector<SymbolicTensor> call(const std::vector<SymbolicTensor>& inputs);

  void compile(CompileSpec spec);
  const CompileSpec& compile_spec() const { return compile_spec_; }
  void add_loss(const SymbolicTensor& tensor, double weight);
  /// Several at once: the graph is built anew for all of them, not for each.
  void add_losses(const std::vector<std::pair<SymbolicTensor, double>>& losses,
                  FirstValues first = FirstValues::kDrawn);
  std::vector<std::pair<ValueId, double>> added_losses() const;

  /// Of the next step: what the optimizer's number or schedule says, times `learning_rate_factor`; ValueError where a
  /// schedule yields no rate.
  double learning_rate() const;
  /// Sets the factor so that the next step has this rate; a schedule keeps its shape from there on.
  void set_learning_rate(double rate);

  // Computing. Each takes the threads and kernels it may use.
  double train_on_batch(const Context& context, const Arrays& arrays);
  void fit(const Context& context, const Arrays& arrays, const FitSpec& spec);
  const History& history() const { return history_; }
  Logs evaluate(const Context& context, const Arrays& arrays, std::int64_t batch_size);
  /// One buffer an output, C-contiguous, of the model's dtype and as many rows as x.
  void predict(const Context& context, std::span<const View> x, std::int64_t batch_size, std::span<void* const> out);
  /// Throws when the shapes of x do not fit the model; looks at no value.
  void check_inputs(std::span<const View> x);
  /// The shape an output has for inputs of these shapes, which fit.
  Shape output_shape(std::size_t output, std::span<const View> x);
  /// The loss; gradients go to `parameter_gradients` (by parameter) and `input_gradients` (by input; zero where none
  /// flows), of the model's dtype.
  double value_and_grad(const Context& context, const Arrays& arrays, GradientRequest request,
                        std::span<void* const> parameter_gradients, std::span<void* const> input_gradients);
  /// The loss as a function of one vector, for minimizers; see model/flat_loss.hpp.
  class FlatLoss;
  GradientComparison compare_gradients(const Context& context, const Arrays& arrays, double epsilon);

  void set_weights(std::span<const View> weights);
  /// All parameters and state in layer order, as set_weights takes them.
  std::vector<Tensor> weights() const;
  std::vector<std::pair<std::string, Tensor>> named_weights() const;
  /// While it lives, nobody but the thread that trains changes the model.
  [[nodiscard]] Access::Reading reading() { return Access::Reading(access_); }

  /// While frozen, dropout draws the masks of the step at which it was frozen.
  void freeze_dropout(bool frozen);
  bool dropout_frozen() const { return dropout_frozen_; }

  /// The moving averages of the parameters, and the state, in layer order, as set_weights takes them.
  std::vector<Tensor> averaged_weights() const;
  /// While in use, the averages stand in the parameters' place and training is an error.
  void use_averages(bool use);
  bool averages_in_use() const { return averages_in_use_; }

  /// Batches that wait for the others of their step, and sums of their sample weights: of the first loss (the m of the
  /// penalties) and of all losses.
  struct Accumulated {
    std::int64_t batches = 0;
    double weight = 0.0;
    double all_weights = 0.0;
  };
  const Accumulated& accumulated() const { return accumulated_; }
  /// Steps since `compile`, which the moments are as old as.
  std::int64_t optimizer_steps() const { return optimizer_steps_; }
  void resume_optimizer(std::int64_t optimizer_steps, const Accumulated& accumulated) {
    optimizer_steps_ = optimizer_steps;
    accumulated_ = accumulated;
  }

  std::int64_t steps = 0;             ///< optimizer steps taken
  std::int64_t epochs = 0;            ///< epochs finished
  double learning_rate_factor = 1.0;  ///< compile sets it back to 1
  Parameters& mutable_parameters() { return parameters_; }

  /// Bytes by purpose: "parameters", "gradients", "moments", "training", "prediction".
  std::vector<std::pair<std::string, std::size_t>> planned_bytes(std::int64_t batch_size);
  std::vector<std::pair<std::string, std::size_t>> allocated_bytes() const;

 private:
  class Watch;
  /// Which rows of its workspace are measured after an epoch, and how many of the training data are left to train on.
  struct Validation {
    std::int64_t first = 0;
    std::int64_t rows = 0;
    std::int64_t train_rows = 0;
  };

  void rebuild(FirstValues first = FirstValues::kDrawn);
  void bind_losses();
  void expect_compiled(const char* what) const;
  std::vector<bool> trainable_parameters() const;
  /// The same context with the threads that a plan's work is worth.
  static Context sized_for(const Context& context, const Plan& plan);

  /// Loads rows and finds their plan, which the caller keeps alive while it runs; throws where a layer cannot run it.
  std::shared_ptr<const Plan> load(const Context& context, Workspace& workspace, Rows rows);
  std::shared_ptr<const Plan> plan_for(const Context& context, Workspace& workspace, Rows rows);
  void bind(Workspace& workspace, const Plan& plan);
  /// Copies the layers' state, so that a run in training mode changes the copy.
  void keep_state(Workspace& workspace);
  /// Makes the copy the layers' state.
  void take_state(const Workspace& workspace);
  /// Notes the layers that are frozen and have state: training must not change it.
  void note_frozen_layers(PlanRequest& request) const;
  std::span<const GraphLoss> losses_of(const Workspace& workspace) const;
  /// Forward, and backward where the plan has gradients; penalties are in the loss only.
  BatchLoss compute(const Context& context, Workspace& workspace);
  /// The same with the penalties' gradients.
  BatchLoss run(const Context& context, Workspace& workspace);
  /// `predict` for rows that the workspace has opened.
  void predict_opened(const Context& context, Workspace& workspace, Rows rows, std::int64_t batch_size,
                      std::span<void* const> out);
  /// One batch; `done` rows of `out` stand before it.
  void predict_rows(const Context& context, Workspace& workspace, Rows rows, std::int64_t done,
                    std::span<void* const> out);

  RandomPosition random() const;
  /// Each batch of training draws random numbers of its own: the steps, or finer where a step takes several batches.
  std::int64_t next_draw() const;

  void expect_checkable(double epsilon) const;
  GradientComparison::Part compare_part(const Context& context, Workspace& workspace, const std::string& name,
                                        const Tensor& theta, const Tensor& gradient, bool kink_at_zero, double epsilon);

  void start_training(Workspace& workspace);
  /// Training on one batch; DivergedError before anything has moved.
  BatchLoss train(const Context& context, Rows rows, bool ends_epoch);
  /// The optimizer's step, or a part of it where it takes several batches.
  void update(const Context& context, const BatchLoss& batch, bool ends_epoch);
  void accumulate(const Context& context, const BatchLoss& batch);
  void* accumulation_of(const Parameters::Run& run) const;
  void take_step(const Context& context, double weight);
  void move_averages(const Context& context, double momentum);
  bool gradients_finite(const Context& context) const;
  /// How an epoch is cut; ValueError where a layer is left with one row whatever the cut.
  Batches cut_into_batches(const Context& context, std::int64_t rows, std::int64_t batch_size);
  /// Opens the arrays that were given, or takes the last rows of the training data.
  Validation open_validation(const Context& context, const FitSpec& spec, Workspace& workspace);
  /// Whether a hook has stopped it; at least one batch is done.
  bool run_epoch(const Context& context, bool shuffle, const Batches& cut, EpochSums& sums, Watch& watch);
  double optimizer_rate() const;
  DivergedError diverged(const std::string& what) const;
  Tensor average(std::size_t index) const;
  void expect_averages() const;
  /// `after_batch` is called when a batch is done.
  Logs evaluate_rows(const Context& context, Workspace& workspace, std::int64_t first, std::int64_t rows,
                     std::int64_t batch_size, const std::function<void()>& after_batch);
  /// Adds the metrics of whole arrays, after a prediction of these rows.
  void add_array_metrics(const Context& context, const DataSet& data, std::int64_t first, std::int64_t rows,
                         Logs& logs);
  std::vector<double> dense_class_weights(const FitSpec& spec, const DataSet& data) const;
  /// A second call for an epoch adds to the first.
  void record(std::int64_t epoch, const Logs& logs);

  DType dtype_;
  std::uint64_t seed_;
  std::vector<std::shared_ptr<LayerEntry>> layers_;
  std::vector<SymbolicTensor> inputs_;
  std::vector<SymbolicTensor> outputs_;
  std::vector<std::pair<SymbolicTensor, double>> added_losses_;
  std::vector<ValueId> added_values_;  // of those in graph_
  Graph graph_;
  Parameters parameters_;

  bool compiled_ = false;
  CompileSpec compile_spec_;
  std::vector<GraphLoss> losses_;
  std::vector<LossInputs> loss_inputs_;
  OutputMetrics metrics_;

  bool dropout_frozen_ = false;
  std::int64_t frozen_draw_ = 0;

  std::int64_t optimizer_steps_ = 0;
  Accumulated accumulated_;
  bool averages_in_use_ = false;
  Arena replaced_weights_;

  History history_;
  Access access_;
  PlanCache plans_;
  PreparedCache prepared_;
  Workspace training_;
  WorkspacePool pool_;
};

}  // namespace laminar
