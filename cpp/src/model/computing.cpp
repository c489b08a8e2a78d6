// SPDX-License-Identifier: BSD-3-Clause
//
// Running plans on data: predictions, losses and gradients.
#include <algorithm>
#include <cmath>

#include "core/bytes.hpp"
#include "core/parallel.hpp"
#include "laminar/error.hpp"
#include "model/model_core.hpp"

namespace laminar {
namespace {

/// Rows that a prediction works on at a time unless told otherwise: enough to fill the kernels, little memory.
constexpr std::int64_t kPredictionRows = 1024;

/// Everything but the shapes. Clearing keeps the capacity: a warm prediction allocates nothing.
void ask_for_prediction(PlanRequest& request) {
  request.mode = Mode::kInfer;
  request.losses = false;
  request.input_gradients = false;
  request.parameter_gradients = false;
  request.wanted_parameters.clear();
  request.frozen_layers.clear();
  request.inputs.clear();
  request.targets.clear();
}

}  // namespace

std::shared_ptr<const Plan> ModelCore::load(const Context& context, Workspace& workspace, Rows rows) {
  for (const GraphLayer& layer : graph_.layers) {
    if (layer.state.empty()) continue;
    const auto first = static_cast<std::size_t>(layer.state[0]);
    try {
      layer.entry->layer->expect_ready(parameters_.state_views(first, layer.state.size()));
    } catch (const StateError& error) {
      throw StateError(label(*layer.entry) + ": " + error.what());
    }
  }
  std::shared_ptr<const Plan> plan = plan_for(context, workspace, rows);
  if (plan->starved_node >= 0) {
    throw ShapeError(label(graph_.entry_of(graph_.node(plan->starved_node))) +
                     ": expected at least 2 rows in training, to take their mean and variance, got 1 (input shape " +
                     to_string(plan->request.inputs[0]) + ")");
  }
  return plan;
}

std::shared_ptr<const Plan> ModelCore::plan_for(const Context& context, Workspace& workspace, Rows rows) {
  workspace.loader.load(context, graph_, workspace.data, rows, workspace.request.losses ? losses_.size() : 0);
  workspace.loader.describe(workspace.request.inputs, workspace.request.targets);
  return plans_.find_or_make(graph_, losses_of(workspace), workspace.request);
}

void ModelCore::bind(Workspace& workspace, const Plan& plan) {
  workspace.execution.bind(
      graph_, losses_of(workspace), plan,
      {.inputs = workspace.loader.inputs(),
       .targets = workspace.loader.targets(),
       .outputs = workspace.outputs,
       .parameters = parameters_.pointers(),
       .state = workspace.state.empty() ? parameters_.state_pointers() : workspace.state,
       .parameter_gradients = workspace.gradients,
       .prepared = workspace.prepared == nullptr ? std::span<void* const>()
                                                 : std::span<void* const>(workspace.prepared->pointers)});
}

void ModelCore::keep_state(Workspace& workspace) {
  std::size_t bytes = 0;
  for (const GraphParameter& state : graph_.state) bytes += align_up(size_bytes(state.spec));
  workspace.state_memory.reserve(bytes);
  workspace.state.clear();
  std::byte* at = workspace.state_memory.data();
  for (std::size_t i = 0; i < graph_.state.size(); ++i) {
    const Tensor& state = parameters_.state_view(i);
    copy_bytes(at, state.data, size_bytes(state.spec));
    workspace.state.push_back(at);
    at += align_up(size_bytes(state.spec));
  }
}

void ModelCore::take_state(const Workspace& workspace) {
  for (std::size_t i = 0; i < graph_.state.size(); ++i) {
    const Tensor& state = parameters_.state_view(i);
    copy_bytes(state.data, workspace.state[i], size_bytes(state.spec));
  }
}

void ModelCore::note_frozen_layers(PlanRequest& request) const {
  request.frozen_layers.resize(graph_.layers.size());
  for (std::size_t i = 0; i < graph_.layers.size(); ++i) {
    request.frozen_layers[i] = !graph_.layers[i].state.empty() && !trains(static_cast<int>(i));
  }
}

std::span<const GraphLoss> ModelCore::losses_of(const Workspace& workspace) const {
  return workspace.request.losses ? losses_ : std::span<const GraphLoss>();
}

BatchLoss ModelCore::compute(const Context& context, Workspace& workspace) {
  Execution& execution = workspace.execution;
  execution.forward(context, random());
  BatchLoss batch = combine_losses(execution, losses_, workspace.loader.weights(), workspace.loader.known());
  if (batch.empty) return batch;
  if (workspace.request.gradients()) execution.backward(context, random());
  batch.penalty = penalty(context, graph_, parameters_, batch.weight);
  return batch;
}

BatchLoss ModelCore::run(const Context& context, Workspace& workspace) {
  const BatchLoss batch = compute(context, workspace);
  if (workspace.request.parameter_gradients && !batch.empty) {
    add_penalty_gradients(context, graph_, parameters_, workspace.request.wanted_parameters, workspace.gradients,
                          batch.weight);
  }
  return batch;
}

void ModelCore::predict(const Context& context, std::span<const View> x, std::int64_t batch_size,
                        std::span<void* const> out) {
  const Access::Reading guard(access_);
  const WorkspacePool::Lease workspace(pool_);
  workspace->data.open_inputs(context, graph_, x);
  predict_opened(context, *workspace, {.first = 0, .count = workspace->data.rows()}, batch_size, out);
}

void ModelCore::predict_opened(const Context& context, Workspace& workspace, Rows rows, std::int64_t batch_size,
                               std::span<void* const> out) {
  ask_for_prediction(workspace.request);
  workspace.state.clear();
  workspace.prepared = prepared_.find_or_make(context, graph_, parameters_);
  const std::int64_t step = batch_size > 0 ? batch_size : kPredictionRows;
  for (std::int64_t done = 0; done < rows.count; done += step) {
    predict_rows(context, workspace, {.first = rows.first + done, .count = std::min(step, rows.count - done)}, done,
                 out);
  }
  workspace.prepared.reset();
}

void ModelCore::predict_rows(const Context& context, Workspace& workspace, Rows rows, std::int64_t done,
                             std::span<void* const> out) {
  const std::shared_ptr<const Plan> plan = load(context, workspace, rows);
  workspace.outputs.clear();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t bytes = size_bytes(plan->tensors[static_cast<std::size_t>(plan->outputs[i])]);
    const std::size_t row_bytes = bytes / static_cast<std::size_t>(rows.count);
    workspace.outputs.push_back(static_cast<std::byte*>(out[i]) + static_cast<std::size_t>(done) * row_bytes);
  }
  bind(workspace, *plan);
  const Context sized = sized_for(context, *plan);
  with_team(sized, [&](const Context& inner) { workspace.execution.forward(inner, {}); });
  for (std::size_t i = 0; i < out.size(); ++i) {
    const Tensor output = workspace.execution.output(i);
    if (output.data != workspace.outputs[i]) copy_bytes(workspace.outputs[i], output.data, size_bytes(output.spec));
  }
}

void ModelCore::check_inputs(std::span<const View> x) {
  const WorkspacePool::Lease workspace(pool_);
  workspace->data.open_inputs({}, graph_, x, DataSet::Scan::kShapesOnly);
}

Shape ModelCore::output_shape(std::size_t output, std::span<const View> x) {
  Shape shape = graph_.value(graph_.outputs[output]).spec.shape;
  const std::int64_t rows = x[0].rows();
  shape.set(0, rows);
  if (!shape.has_free_axis()) return shape;
  const WorkspacePool::Lease workspace(pool_);
  PlanRequest& request = workspace->request;
  ask_for_prediction(request);
  for (const View& view : x) {
    request.inputs.push_back(view.shape);
    request.inputs.back().set(0, 1);
  }
  const std::shared_ptr<const Plan> plan = plans_.find_or_make(graph_, {}, request);
  shape = plan->tensors[static_cast<std::size_t>(plan->outputs[output])].shape;
  shape.set(0, rows);
  return shape;
}

double ModelCore::value_and_grad(const Context& context, const Arrays& arrays, GradientRequest request,
                                 std::span<void* const> parameter_gradients, std::span<void* const> input_gradients) {
  expect_compiled("value_and_grad");
  const Access::Reading guard(access_);
  const WorkspacePool::Lease workspace(pool_);
  workspace->data.open(context, graph_, losses_, loss_inputs_, arrays);
  workspace->request = {.mode = request.training ? Mode::kTrain : Mode::kInfer,
                        .losses = true,
                        .input_gradients = request.inputs,
                        .parameter_gradients = request.parameters,
                        .wanted_parameters = std::vector<bool>(graph_.parameters.size(), true),
                        .inputs = {},
                        .targets = {}};
  note_frozen_layers(workspace->request);
  workspace->gradients.assign(parameter_gradients.begin(), parameter_gradients.end());
  keep_state(*workspace);
  const std::shared_ptr<const Plan> plan = load(context, *workspace, {.first = 0, .count = workspace->data.rows()});
  bind(*workspace, *plan);
  const Context sized = sized_for(context, *plan);
  BatchLoss batch;
  with_team(sized, [&](const Context& inner) { batch = run(inner, *workspace); });
  if (!std::isfinite(batch.total())) {
    throw DivergedError("value_and_grad: the loss is " + describe(Config(batch.total())));
  }
  for (std::size_t i = 0; i < input_gradients.size(); ++i) {
    const Tensor gradient = workspace->execution.input_gradient(i);
    if (gradient.empty()) {
      clear_bytes(input_gradients[i], size_bytes(TensorSpec{arrays.x[i].shape, dtype_}));
    } else {
      copy_bytes(input_gradients[i], gradient.data, size_bytes(gradient.spec));
    }
  }
  return batch.total();
}

}  // namespace laminar
