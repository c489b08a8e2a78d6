// SPDX-License-Identifier: BSD-3-Clause
//
// Steps, epochs and what is counted along the way.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "core/error_context.hpp"
#include "core/parallel.hpp"
#include "laminar/error.hpp"
#include "model/epoch_sums.hpp"
#include "model/model_core.hpp"

namespace laminar {
namespace {

constexpr std::chrono::milliseconds kPollInterval{50};

std::string number_text(double value) { return describe(Config(value)); }

void check_fit_options(const FitSpec& spec) {
  if (spec.batch_size < 1) {
    throw ValueError("batch_size: expected at least 1, got " + std::to_string(spec.batch_size));
  }
  if (spec.epochs < 0) throw ValueError("epochs: expected 0 or more, got " + std::to_string(spec.epochs));
  if (spec.initial_epoch < 0) {
    throw ValueError("initial_epoch: expected 0 or more, got " + std::to_string(spec.initial_epoch));
  }
  if (!(spec.validation_split >= 0.0 && spec.validation_split < 1.0)) {
    throw ValueError("validation_split: expected 0 <= share < 1, got " + number_text(spec.validation_split));
  }
  if (spec.every_steps < 1) {
    throw ValueError("every_steps: expected at least 1, got " + std::to_string(spec.every_steps));
  }
}

/// The names and, where there is something to validate on, those of the same numbers there.
std::vector<std::string> with_validation(std::vector<std::string> names, bool validates) {
  const std::size_t measured = names.size();
  for (std::size_t i = 0; validates && i < measured; ++i) names.push_back("val_" + names[i]);
  return names;
}

}  // namespace

/// Tells the caller during an epoch what it asked for: each k-th step, and now and then how far the epoch is. It lives
/// as long as the fit: epochs may be shorter than the interval.
class ModelCore::Watch {
 public:
  Watch(const ModelCore& model, const FitSpec& spec, const EpochSums& sums)
      : model_(model), spec_(spec), sums_(sums), told_step_(model.steps) {}

  void start_epoch(std::int64_t epoch, std::int64_t batches) {
    epoch_ = epoch;
    batches_ = batches;
  }

  bool is_due() const { return step_is_due() || poll_is_due(); }

  /// Tells what is due; true stops.
  bool operator()(std::int64_t batches_done) {
    bool stop = false;
    if (step_is_due()) {
      told_step_ = model_.steps;
      stop = spec_.on_step(model_.steps, sums_.logs());
    }
    if (poll_is_due()) {
      stop = spec_.on_poll(epoch_, batches_done, batches_, sums_.logs()) || stop;
      next_ = std::chrono::steady_clock::now() + kPollInterval;
    }
    return stop;
  }

 private:
  /// A batch that weighs nothing makes no step, and none is told twice.
  bool step_is_due() const {
    return spec_.on_step && model_.steps != told_step_ && model_.steps % spec_.every_steps == 0;
  }
  bool poll_is_due() const { return spec_.on_poll && std::chrono::steady_clock::now() >= next_; }

  const ModelCore& model_;
  const FitSpec& spec_;
  const EpochSums& sums_;
  std::int64_t told_step_;
  std::int64_t epoch_ = 0;
  std::int64_t batches_ = 0;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + kPollInterval;
};

void ModelCore::start_training(Workspace& workspace) {
  if (averages_in_use_) {
    throw StateError("the averaged weights are in use; train when the weights themselves are back");
  }
  parameters_.ensure_gradients();
  parameters_.ensure_moments(compile_spec_.optimizer->buffers());
  PlanRequest& request = workspace.request;
  request.mode = Mode::kTrain;
  request.losses = true;
  request.input_gradients = false;
  request.parameter_gradients = true;
  // Assigning keeps the capacity: a warm step allocates nothing.
  request.wanted_parameters.resize(graph_.parameters.size());
  bool changed = parameters_.runs().empty();
  for (std::size_t i = 0; i < graph_.parameters.size(); ++i) {
    const bool wanted = trains(graph_.parameters[i].layer);
    changed = changed || request.wanted_parameters[i] != wanted;
    request.wanted_parameters[i] = wanted;
  }
  if (changed) parameters_.find_runs(request.wanted_parameters);
  note_frozen_layers(request);
  workspace.gradients.assign(parameters_.gradient_pointers().begin(), parameters_.gradient_pointers().end());
}

BatchLoss ModelCore::train(const Context& context, Rows rows, bool ends_epoch) {
  const std::shared_ptr<const Plan> plan = load(context, training_, rows);
  keep_state(training_);  // a step that fails leaves the moving averages as they were
  bind(training_, *plan);
  BatchLoss batch;
  with_team(sized_for(context, *plan), [&](const Context& inner) {
    batch = compute(inner, training_);
    update(inner, batch, ends_epoch);
    if (!batch.empty) take_state(training_);
  });
  return batch;
}

double ModelCore::train_on_batch(const Context& context, const Arrays& arrays) {
  ensure_built(arrays.x);
  if (compiled_ && losses_.empty()) bind_losses();
  expect_compiled("train_on_batch");
  const Access::Writing guard(access_);
  training_.data.open(context, graph_, losses_, loss_inputs_, arrays);
  training_.loader.set_class_weights({});
  start_training(training_);
  return train(context, {.first = 0, .count = training_.data.rows()}, false).total();
}

ModelCore::Validation ModelCore::open_validation(const Context& context, const FitSpec& spec, Workspace& workspace) {
  const std::int64_t rows = training_.data.rows();
  if (!spec.validation.x.empty()) {
    within_argument("validation_data",
                    [&] { workspace.data.open(context, graph_, losses_, loss_inputs_, spec.validation); });
    return {.first = 0, .rows = workspace.data.rows(), .train_rows = rows};
  }
  if (spec.validation_split == 0.0) return {.first = 0, .rows = 0, .train_rows = rows};
  const auto train_rows =
      static_cast<std::int64_t>(std::floor(static_cast<double>(rows) * (1.0 - spec.validation_split)));
  if (train_rows < 1 || train_rows == rows) {
    throw ValueError("validation_split: expected a share that leaves rows on both sides of " + std::to_string(rows) +
                     ", got " + number_text(spec.validation_split));
  }
  workspace.data = training_.data;
  return {.first = train_rows, .rows = rows - train_rows, .train_rows = train_rows};
}

void ModelCore::fit(const Context& context, const Arrays& arrays, const FitSpec& spec) {
  check_fit_options(spec);
  ensure_built(arrays.x);
  if (compiled_ && losses_.empty()) bind_losses();
  expect_compiled("fit");
  const Access::Writing guard(access_);
  training_.data.open(context, graph_, losses_, loss_inputs_, arrays);
  const WorkspacePool::Lease workspace(pool_);
  const Validation validation = open_validation(context, spec, *workspace);
  training_.loader.set_class_weights(dense_class_weights(spec, training_.data));
  start_training(training_);
  cut_into_batches(context, validation.train_rows, spec.batch_size);  // an error now, not after the hooks have begun
  EpochSums sums(graph_, losses_, loss_inputs_, metrics_, training_.data.target_specs());
  history_ = {};
  if (spec.on_begin) spec.on_begin(with_validation(sums.names(), validation.rows > 0));
  Watch watch(*this, spec, sums);
  for (std::int64_t round = spec.initial_epoch; round < spec.epochs; ++round) {
    // Shuffles and schedules count the epochs the model has really finished.
    const std::int64_t epoch = std::max(round, epochs);
    epochs = epoch;
    if (spec.on_epoch_begin) spec.on_epoch_begin(round);
    // What a hook has frozen or thawed counts from here on.
    start_training(training_);
    // A single batch has the same rows in any order.
    const Batches batches = cut_into_batches(context, validation.train_rows, spec.batch_size);
    const bool shuffles = spec.shuffle && batches.count() > 1;
    if (shuffles) training_.order.shuffle(seed_, epoch, validation.train_rows);
    watch.start_epoch(round, batches.count());
    // An epoch that is stopped in the middle ends there: it is measured, recorded and told of like a whole one.
    bool stop = run_epoch(context, shuffles, batches, sums, watch);
    Logs logs = sums.logs();
    add_array_metrics(context, training_.data, 0, validation.train_rows, logs);
    if (validation.rows > 0) {
      for (auto& [name, value] : evaluate_rows(context, *workspace, validation.first, validation.rows, 0,
                                               [&] { stop = watch(batches.count()) || stop; })) {
        logs.emplace_back("val_" + name, value);
      }
    }
    epochs = epoch + 1;
    record(round, logs);
    if (spec.on_epoch) {
      stop = spec.on_epoch(round, logs) || stop;
      record(round, logs);
    }
    if (stop) break;
  }
}

Batches ModelCore::cut_into_batches(const Context& context, std::int64_t rows, std::int64_t batch_size) {
  Batches batches{.rows = rows, .size = batch_size};
  const bool any = std::any_of(graph_.layers.begin(), graph_.layers.end(), [](const GraphLayer& layer) {
    return layer.entry->layer->traits(layer.entry->layer->activation()).needs_several_rows_in_training;
  });
  if (!any || !batches.last_has_one_row()) return batches;
  const std::shared_ptr<const Plan> of_one = plan_for(context, training_, {.first = 0, .count = 1});
  if (of_one->starved_node < 0) return batches;
  const std::string layer = label(graph_.entry_of(graph_.node(of_one->starved_node)));
  const std::string reason = ", as " + layer + " takes the mean and the variance of each batch, got 1";
  if (rows == 1) throw ValueError("x: expected at least 2 rows to train on" + reason);
  if (batch_size == 1) throw ValueError("batch_size: expected at least 2" + reason);
  batches.none_of_one_row = true;
  return batches;
}

bool ModelCore::run_epoch(const Context& context, bool shuffle, const Batches& cut, EpochSums& sums, Watch& watch) {
  const std::int64_t batches = cut.count();
  const auto batch_rows = [&](std::int64_t index) {
    const auto [first, count] = cut[index];
    if (!shuffle) return Rows{.first = first, .count = count};
    return Rows{.numbers = training_.order.rows(first, count)};
  };
  sums.reset();
  accumulated_ = {};  // an epoch's steps are its own
  const Context sized = sized_for(context, *load(context, training_, batch_rows(0)));
  std::int64_t done = 0;
  const auto take_steps = [&](const Context& inner) {
    do {
      const bool joins = accumulated_.all_weights > 0.0;
      BatchLoss batch = train(inner, batch_rows(done), done + 1 == batches);
      if (joins) batch.penalty = 0.0;  // of the step, counted with its first batch
      sums.add(inner, training_, batch);
      ++done;
    } while (done < batches && !watch.is_due());
  };
  bool stop = false;
  while (done < batches && !stop) {
    try {
      with_team(sized, take_steps);  // one team for all the steps between two looks at the outside
    } catch (const DivergedError& error) {
      throw DivergedError(std::string(error.what()) + " (batch " + std::to_string(done + 1) + " of " +
                          std::to_string(batches) + ")");
    }
    stop = watch(done);
  }
  return stop;
}

std::vector<double> ModelCore::dense_class_weights(const FitSpec& spec, const DataSet& data) const {
  if (spec.class_weight.empty()) return {};
  const bool one_target = data.target_specs().size() == 1;
  const TargetDomain domain = one_target ? data.target_specs()[0].domain : TargetDomain{};
  const bool labels = domain.kind == TargetDomain::Kind::kLabels;
  const bool binary = domain.kind == TargetDomain::Kind::kUnitInterval && one_target &&
                      data.target_specs()[0].spec.shape.rank() == 2 && data.target_specs()[0].spec.shape[1] == 1;
  if (!labels && !binary) {
    throw ValueError("class_weight: expected one output with integer labels (or 0 and 1), got targets of shape " +
                     (one_target ? to_string(data.target_specs()[0].spec.shape) : "several outputs"));
  }
  std::vector<double> weights(static_cast<std::size_t>(labels ? domain.classes : 2), 1.0);
  for (const auto& [label, weight] : spec.class_weight) {
    if (label < 0 || label >= static_cast<std::int64_t>(weights.size())) {
      throw ValueError("class_weight: expected classes from 0 to " + std::to_string(weights.size() - 1) + ", got " +
                       std::to_string(label));
    }
    if (!(weight >= 0.0) || !std::isfinite(weight)) {
      throw ValueError("class_weight[" + std::to_string(label) + "]: expected a finite number of at least 0, got " +
                       number_text(weight));
    }
    weights[static_cast<std::size_t>(label)] = weight;
  }
  return weights;
}

void ModelCore::record(std::int64_t epoch, const Logs& logs) {
  if (history_.epochs.empty() || history_.epochs.back() != epoch) history_.epochs.push_back(epoch);
  // An epoch that lacks a number which another has holds NaN there.
  constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  for (const auto& log : logs) {
    auto entry = std::find_if(history_.values.begin(), history_.values.end(),
                              [&](const auto& column) { return column.first == log.first; });
    if (entry == history_.values.end()) entry = history_.values.insert(entry, {log.first, {}});
    entry->second.resize(history_.epochs.size(), kMissing);
    entry->second.back() = log.second;
  }
  for (auto& column : history_.values) column.second.resize(history_.epochs.size(), kMissing);
}

}  // namespace laminar
