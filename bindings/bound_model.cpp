// SPDX-License-Identifier: BSD-3-Clause
//
// Structure, copies and parameters of a bound model; what computes is in bound_training.cpp.
#include "bound_model.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <set>

#include "callable_loss.hpp"
#include "callable_metric.hpp"
#include "config_caster.hpp"
#include "laminar/error.hpp"
#include "model/architecture.hpp"

namespace py = pybind11;

namespace laminar {
namespace {

DType parse_dtype(const std::string& name) {
  if (name == "float32") return DType::kFloat32;
  if (name == "float64") return DType::kFloat64;
  throw ValueError("dtype: expected 'float32' or 'float64', got '" + name + "'");
}

/// By output lists of (type, options), a callable metric as it is.
py::list state_of(const OutputMetrics& metrics) {
  py::list result;
  for (const auto& of_output : metrics) {
    py::list list;
    for (const auto& metric : of_output) {
      const auto* callable = dynamic_cast<const CallableMetric*>(metric.get());
      if (callable != nullptr) {
        list.append(py::make_tuple("Callable", callable->function(), std::string(callable->name())));
      } else {
        list.append(py::make_tuple(std::string(metric->type()), from_config_map(metric->options())));
      }
    }
    result.append(list);
  }
  return result;
}

OutputMetrics metrics_from(const py::handle state) {
  OutputMetrics metrics;
  for (const py::handle of_output : state) {
    metrics.emplace_back();
    for (const py::handle item : of_output) {
      const auto parts = py::reinterpret_borrow<py::tuple>(item);
      const auto type = parts[0].cast<std::string>();
      if (type == "Callable") {
        metrics.back().push_back(std::make_shared<CallableMetric>(py::object(parts[1]), parts[2].cast<std::string>()));
      } else {
        metrics.back().push_back(make_metric(type, to_config_map(py::object(parts[1]), "metric")));
      }
    }
  }
  return metrics;
}

}  // namespace

std::unique_ptr<BoundModel> BoundModel::from_layers(const py::sequence& items,
                                                    const std::optional<std::vector<BoundTensor>>& outputs,
                                                    const std::string& dtype, std::optional<std::uint64_t> seed) {
  if (outputs) {
    const auto inputs = items.cast<std::vector<BoundTensor>>();
    std::unique_ptr<BoundModel> model(
        new BoundModel(std::make_unique<ModelCore>(unbind(inputs), unbind(*outputs), parse_dtype(dtype), seed)));
    for (const BoundTensor& output : *outputs) model->remember(*output.call);
    return model;
  }
  std::optional<SymbolicTensor> input;
  std::vector<std::shared_ptr<LayerEntry>> layers;
  std::vector<py::object> objects;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const py::object item = items[i];
    if (i == 0 && py::isinstance<BoundTensor>(item)) {
      input = item.cast<BoundTensor>().tensor;
      continue;
    }
    if (!py::isinstance<LayerEntry>(item)) {
      throw TypeError("layers[" + std::to_string(i) + "]: expected a layer, got " +
                      std::string(py::str(py::type::handle_of(item).attr("__name__"))));
    }
    layers.push_back(item.cast<std::shared_ptr<LayerEntry>>());
    objects.push_back(item);
  }
  std::unique_ptr<BoundModel> model(
      new BoundModel(std::make_unique<ModelCore>(input, std::move(layers), parse_dtype(dtype), seed)));
  model->layer_objects_ = std::move(objects);
  return model;
}

std::unique_ptr<BoundModel> BoundModel::from_state(const py::dict& state, const py::function& make_layer) {
  std::vector<py::object> objects;
  const LayerMaker maker = [&](const std::string& type, const Config::Map& options, const std::string& name,
                               bool trainable) {
    objects.push_back(make_layer(type, from_config_map(options), name, trainable));
    return objects.back().cast<std::shared_ptr<LayerEntry>>();
  };
  std::unique_ptr<BoundModel> model(
      new BoundModel(make_model(to_config_map(state["architecture"], "state: architecture"), maker)));
  model->layer_objects_ = std::move(objects);
  model->set_state(state);
  return model;
}

void BoundModel::remember(const BoundCall& call) {
  // Skip connections make many ways to a call; each call is looked at once.
  std::set<const BoundCall*> seen;
  std::vector<const BoundCall*> waiting{&call};
  while (!waiting.empty()) {
    const BoundCall& next = *waiting.back();
    waiting.pop_back();
    if (!seen.insert(&next).second) continue;
    for (const py::object& layer : next.layers) {
      const bool known = std::any_of(layer_objects_.begin(), layer_objects_.end(),
                                     [&](const py::object& other) { return other.is(layer); });
      if (!known) layer_objects_.push_back(layer);
    }
    for (const auto& input : next.inputs) waiting.push_back(input.get());
  }
}

py::object BoundModel::object_of(const std::shared_ptr<LayerEntry>& entry) const {
  for (const py::object& object : layer_objects_) {
    if (object.cast<std::shared_ptr<LayerEntry>>() == entry) return object;
  }
  return py::cast(entry);
}

py::list BoundModel::layers() const {
  py::list result;
  for (const auto& entry : core_->layers()) result.append(object_of(entry));
  return result;
}

std::vector<std::string> BoundModel::input_names() const {
  return core_->built() ? core_->graph().input_names : std::vector<std::string>{"input_1"};
}

std::vector<std::string> BoundModel::output_names() const {
  std::vector<std::string> names;
  const Graph& graph = core_->graph();
  for (const ValueId output : graph.outputs) names.push_back(graph.name_of_value(output));
  if (!core_->built()) names.push_back(core_->layers().back()->name);
  return names;
}

std::vector<BoundTensor> BoundModel::bound(const std::vector<SymbolicTensor>& tensors) const {
  if (!core_->built()) throw StateError("the model has no shape yet; give it an Input or build it first");
  return bind_call(tensors, {}, layer_objects_);
}

BoundTensor BoundModel::output_of(const LayerEntry& layer) const {
  const std::vector<BoundTensor> calls = bound(calls_of(layer, core_->outputs()));
  if (calls.size() == 1) return calls[0];
  throw ValueError("get_output: " + layer.name + ": expected a layer that is called once, got " +
                   std::to_string(calls.size()) + " calls");
}

std::vector<BoundTensor> BoundModel::call(const std::vector<BoundTensor>& inputs) {
  return bind_call(core_->call(unbind(inputs)), inputs, layer_objects_);
}

void BoundModel::build(const std::vector<std::vector<std::optional<std::int64_t>>>& shapes) {
  std::vector<Shape> examples;
  examples.reserve(shapes.size());
  for (const auto& shape : shapes) examples.push_back(to_shape(shape, "build: input_shapes"));
  core_->build(examples);
}

void BoundModel::compile(std::shared_ptr<OptimizerRule> optimizer,
                         const std::vector<std::shared_ptr<LossFunction>>& losses,
                         const std::vector<std::vector<std::shared_ptr<MetricFunction>>>& metrics,
                         const std::optional<std::vector<double>>& loss_weights) {
  CompileSpec spec{.optimizer = std::move(optimizer),
                   .losses = {losses.begin(), losses.end()},
                   .metrics = {},
                   .loss_weights = loss_weights.value_or(std::vector<double>())};
  for (const auto& of_output : metrics) spec.metrics.emplace_back(of_output.begin(), of_output.end());
  core_->compile(std::move(spec));
}

py::object BoundModel::compile_options() const {
  if (!core_->compiled()) return py::none();
  const CompileSpec& spec = core_->compile_spec();
  py::list losses;
  for (const auto& loss : spec.losses) losses.append(std::const_pointer_cast<LossFunction>(loss));
  py::dict result;
  result["optimizer"] = std::const_pointer_cast<OptimizerRule>(spec.optimizer);
  result["losses"] = losses;
  py::list metrics;
  for (const auto& of_output : spec.metrics) {
    py::list list;
    for (const auto& metric : of_output) list.append(std::const_pointer_cast<MetricFunction>(metric));
    metrics.append(list);
  }
  result["metrics"] = metrics;
  result["loss_weights"] = spec.loss_weights.empty() ? py::object(py::none()) : py::cast(spec.loss_weights);
  return result;
}

void BoundModel::add_loss(const BoundTensor& tensor, double weight) {
  core_->add_loss(tensor.tensor, weight);
  remember(*tensor.call);
}

void BoundModel::set_learning_rate(const py::object& rate) {
  double number = 0.0;
  try {
    number = rate.cast<double>();
  } catch (const py::cast_error&) {
    throw TypeError("learning_rate: expected a number, got " + std::string(py::repr(rate)));
  }
  core_->set_learning_rate(number);
}

py::dict BoundModel::parameters(const py::object& self) {
  auto& model = self.cast<BoundModel&>();
  py::dict result;
  const Parameters& parameters = model.core_->parameters();
  // The arrays keep the model alive, and predictions from trusting packed weights while somebody may write to them.
  struct Owner {
    py::object model;
    std::shared_ptr<void> loan;
  };
  const py::capsule owner(new Owner{self, parameters.lend()}, [](void* held) { delete static_cast<Owner*>(held); });
  for (std::size_t i = 0; i < parameters.count(); ++i) {
    const Tensor& view = parameters.view(i);
    result[py::str(model.core_->graph().parameters[i].name)] = array_on(view.data, view.dtype(), view.shape(), owner);
  }
  return result;
}

py::list BoundModel::get_weights() const {
  py::list result;
  for (const Tensor& tensor : core_->weights()) result.append(copy_of(tensor));
  return result;
}

py::list BoundModel::get_averaged_weights() const {
  py::list result;
  for (const Tensor& tensor : core_->averaged_weights()) result.append(copy_of(tensor));
  return result;
}

void BoundModel::set_weights(const py::sequence& weights) {
  std::vector<HeldView> held;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    held.push_back(view_of(py::object(weights[i]), "weights[" + std::to_string(i) + "]"));
  }
  const std::vector<View> views = plain(held);
  core_->set_weights(views);
}

py::dict BoundModel::get_state() const {
  py::dict state;
  state["architecture"] = from_config_map(describe_architecture(*core_));
  state["weights"] = get_weights();
  state["steps"] = core_->steps;
  state["epochs"] = core_->epochs;
  state["learning_rate_factor"] = core_->learning_rate_factor;
  py::list moments;
  const Parameters& parameters = core_->parameters();
  for (int which = 0; which < parameters.moments(); ++which) {
    py::list buffer;
    for (std::size_t i = 0; i < parameters.count(); ++i) buffer.append(copy_of(parameters.moment(which, i)));
    moments.append(buffer);
  }
  state["moments"] = moments;
  const ModelCore::Accumulated& accumulated = core_->accumulated();
  state["optimizer_steps"] = core_->optimizer_steps();
  state["accumulated"] = py::make_tuple(accumulated.batches, accumulated.weight, accumulated.all_weights);
  py::object compiled = compile_options();
  if (!compiled.is_none()) {
    // Plain values rather than handles, so that the state can be pickled; a callable loss goes along as it is.
    const CompileSpec& spec = core_->compile_spec();
    compiled["optimizer"] =
        py::make_tuple(std::string(spec.optimizer->type()), from_config_map(spec.optimizer->options()));
    py::list losses;
    for (const auto& loss : spec.losses) {
      const auto* callable = dynamic_cast<const CallableLoss*>(loss.get());
      if (loss == nullptr) {
        losses.append(py::none());
      } else if (callable != nullptr) {
        losses.append(py::make_tuple("Callable", callable->function()));
      } else {
        losses.append(py::make_tuple(std::string(loss->type()), from_config_map(loss->options())));
      }
    }
    compiled["losses"] = losses;
    compiled["metrics"] = state_of(spec.metrics);
  }
  state["compiled"] = compiled;
  return state;
}

void BoundModel::set_state(const py::dict& state) {
  const py::object compiled = state["compiled"];
  if (!compiled.is_none()) {
    const auto optimizer = compiled["optimizer"].cast<py::tuple>();
    CompileSpec spec{.optimizer = make_optimizer(optimizer[0].cast<std::string>(),
                                                 to_config_map(py::object(optimizer[1]), "optimizer")),
                     .losses = {},
                     .metrics = metrics_from(compiled["metrics"]),
                     .loss_weights = {}};
    for (const py::handle item : compiled["losses"]) {
      if (item.is_none()) {
        spec.losses.push_back(nullptr);
        continue;
      }
      const auto pair = py::reinterpret_borrow<py::tuple>(item);
      const auto type = pair[0].cast<std::string>();
      if (type == "Callable") {
        spec.losses.push_back(std::make_shared<CallableLoss>(py::object(pair[1])));
      } else {
        spec.losses.push_back(make_loss(type, to_config_map(py::object(pair[1]), "loss")));
      }
    }
    if (!compiled["loss_weights"].is_none()) spec.loss_weights = compiled["loss_weights"].cast<std::vector<double>>();
    core_->compile(std::move(spec));
  }
  if (core_->built() && !state["weights"].is_none()) set_weights(state["weights"].cast<py::sequence>());
  core_->steps = state["steps"].cast<std::int64_t>();
  core_->epochs = state["epochs"].cast<std::int64_t>();
  core_->learning_rate_factor = state["learning_rate_factor"].cast<double>();
  const auto accumulated = state["accumulated"].cast<py::tuple>();
  core_->resume_optimizer(state["optimizer_steps"].cast<std::int64_t>(),
                          {.batches = accumulated[0].cast<std::int64_t>(),
                           .weight = accumulated[1].cast<double>(),
                           .all_weights = accumulated[2].cast<double>()});
  const auto moments = state["moments"].cast<py::list>();
  Parameters& parameters = core_->mutable_parameters();
  parameters.clear_moments();
  parameters.ensure_moments(static_cast<int>(moments.size()));
  for (std::size_t which = 0; which < moments.size(); ++which) {
    const auto buffer = moments[which].cast<py::list>();
    for (std::size_t i = 0; i < parameters.count(); ++i) {
      const HeldView held = view_of(py::object(buffer[i]), "state: moments");
      copy_array(Context{}, held.view, parameters.moment(static_cast<int>(which), i));
    }
  }
}

}  // namespace laminar
