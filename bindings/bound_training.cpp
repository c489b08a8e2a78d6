// SPDX-License-Identifier: BSD-3-Clause
//
// What a bound model computes. Arrays are turned into views, then the GIL is released until the call is done, save for
// a look at signals and the callbacks that were asked for.
#include <pybind11/stl.h>

#include <algorithm>

#include "bound_model.hpp"
#include "core/error_context.hpp"
#include "laminar/error.hpp"
#include "runtime.hpp"

namespace py = pybind11;

namespace laminar {
namespace {

py::dict logs_dict(const Logs& logs) {
  py::dict result;
  for (const auto& [name, value] : logs) result[py::str(name)] = value;
  return result;
}

/// What callbacks have left in an epoch's logs.
Logs logs_of(const py::dict& numbers) {
  Logs logs;
  for (const auto& [name, value] : numbers) {
    try {
      logs.emplace_back(name.cast<std::string>(), value.cast<double>());
    } catch (const py::cast_error&) {
      throw TypeError("callbacks: expected names to numbers in the logs, got " + std::string(py::repr(name)) + ": " +
                      std::string(py::repr(value)));
    }
  }
  return logs;
}

std::int64_t checked_batch_size(std::optional<std::int64_t> batch_size) {
  if (batch_size && *batch_size < 1) {
    throw ValueError("batch_size: expected at least 1, got " + std::to_string(*batch_size));
  }
  return batch_size.value_or(0);
}

std::vector<std::pair<std::int64_t, double>> class_weights(py::handle mapping) {
  std::vector<std::pair<std::int64_t, double>> result;
  if (mapping.is_none()) return result;
  if (!py::isinstance<py::dict>(mapping)) {
    throw TypeError("class_weight: expected a dict of class to weight, got " +
                    std::string(py::str(py::type::handle_of(mapping).attr("__name__"))));
  }
  for (const auto& [label, weight] : py::reinterpret_borrow<py::dict>(mapping)) {
    try {
      result.emplace_back(label.cast<std::int64_t>(), weight.cast<double>());
    } catch (const py::cast_error&) {
      throw TypeError("class_weight: expected whole numbers to numbers, got " + std::string(py::repr(label)) + ": " +
                      std::string(py::repr(weight)));
    }
  }
  return result;
}

/// Where a result goes that the caller has given an array for.
void* writable(const HeldView& out, DType dtype, const Shape& shape) {
  const View& target = out.view;
  const auto* array = reinterpret_cast<const py::detail::PyArray_Proxy*>(out.owner.ptr());
  const bool given = target.data != nullptr;
  const bool writes = given && !out.converted && (array->flags & py::detail::npy_api::NPY_ARRAY_WRITEABLE_) != 0;
  if (writes && target.shape == shape && target.dtype == dtype && target.is_contiguous()) {
    return const_cast<void*>(target.data);
  }
  const std::string got = !given ? "none" : std::string(name_of(target.dtype)) + " of shape " + to_string(target.shape);
  const char* why = !given || writes ? "" : out.converted ? ", not in native byte order or no array" : ", read-only";
  throw ValueError("out: expected a writable C-contiguous " + std::string(name_of(dtype)) + " array of shape " +
                   to_string(shape) + ", got " + got + why);
}

void check_signals() {
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

/// Lets the core call what Python asks for; an attribute that is None is not called. Signals are looked at anyway.
void add_hooks(FitSpec& spec, const py::object& hooks) {
  if (const py::object call = hooks.attr("on_begin"); !call.is_none()) {
    spec.on_begin = [call](const std::vector<std::string>& names) {
      const py::gil_scoped_acquire gil;
      call(names);
    };
  }
  if (const py::object call = hooks.attr("on_epoch_begin"); !call.is_none()) {
    spec.on_epoch_begin = [call](std::int64_t epoch) {
      const py::gil_scoped_acquire gil;
      call(epoch);
    };
  }
  if (const py::object call = hooks.attr("on_step"); !call.is_none()) {
    spec.every_steps = hooks.attr("every_steps").cast<std::int64_t>();
    spec.on_step = [call](std::int64_t step, const Logs& logs) {
      const py::gil_scoped_acquire gil;
      return call(step, logs_dict(logs)).cast<bool>();
    };
  }
  spec.on_poll = [call = hooks.attr("on_poll").cast<py::object>()](std::int64_t epoch, std::int64_t done,
                                                                   std::int64_t batches, const Logs& logs) {
    const py::gil_scoped_acquire gil;
    check_signals();
    return !call.is_none() && call(epoch, done, batches, logs_dict(logs)).cast<bool>();
  };
  if (const py::object call = hooks.attr("on_epoch"); !call.is_none()) {
    spec.on_epoch = [call](std::int64_t epoch, Logs& logs) {
      const py::gil_scoped_acquire gil;
      const py::dict numbers = logs_dict(logs);
      const bool stop = call(epoch, numbers).cast<bool>();
      check_signals();
      logs = logs_of(numbers);
      return stop;
    };
  }
}

}  // namespace

HeldArrays::HeldArrays(BoundModel& model, py::handle x_argument, py::handle y_argument, py::handle weight_argument) {
  const auto add = [&](const std::vector<HeldView>& views, std::vector<View>& plain_views) {
    for (const HeldView& view : views) {
      plain_views.push_back(view.view);
      held.push_back(view);
    }
  };
  add(views_of(x_argument, model.input_names(), "x", Argument::kInputs), x);
  model.core().ensure_built(x);
  const std::vector<std::string> outputs = model.output_names();
  add(views_of(y_argument, outputs, "y", Argument::kOthers), y);
  add(views_of(weight_argument, outputs, "sample_weight", Argument::kOthers), sample_weight);
}

void BoundModel::fit(py::handle x, py::handle y, py::handle sample_weight, py::handle class_weight,
                     std::int64_t batch_size, std::int64_t epochs, std::int64_t initial_epoch, bool shuffle,
                     const std::optional<py::tuple>& validation_data, double validation_split,
                     const py::object& hooks) {
  const HeldArrays data(*this, x, y, sample_weight);
  std::optional<HeldArrays> validation;
  FitSpec spec;
  spec.batch_size = batch_size;
  spec.epochs = epochs;
  spec.initial_epoch = initial_epoch;
  spec.shuffle = shuffle;
  spec.validation_split = validation_split;
  spec.class_weight = class_weights(class_weight);
  if (validation_data) {
    const std::size_t parts = validation_data->size();
    if (parts < 2 || parts > 3) {
      throw ValueError("validation_data: expected (x, y) or (x, y, sample_weight), got " + std::to_string(parts) +
                       " entries");
    }
    within_argument("validation_data", [&] {
      validation.emplace(*this, (*validation_data)[0], (*validation_data)[1],
                         parts == 3 ? py::object((*validation_data)[2]) : py::object(py::none()));
    });
    spec.validation = validation->arrays();
  }
  add_hooks(spec, hooks);
  const py::gil_scoped_release release;
  core_->fit(current_context(), data.arrays(), spec);
}

bool BoundModel::is_plain(py::handle x) const {
  return core_->built() && core_->graph().inputs.size() == 1 && core_->graph().outputs.size() == 1 &&
         py::isinstance<py::array>(x);
}

double BoundModel::train_on_batch(py::handle x, py::handle y, py::handle sample_weight) {
  const bool weighted = !sample_weight.is_none();
  if (is_plain(x) && py::isinstance<py::array>(y) && (!weighted || py::isinstance<py::array>(sample_weight))) {
    // The way of almost every call, without a vector.
    const HeldView held_x = view_of(x, "x");
    const HeldView held_y = view_of(y, "y");
    const HeldView held_weight = weighted ? view_of(sample_weight, "sample_weight") : HeldView{};
    const py::gil_scoped_release release;
    return core_->train_on_batch(
        current_context(),
        {.x = {&held_x.view, 1}, .y = {&held_y.view, 1}, .sample_weight = {&held_weight.view, weighted ? 1U : 0U}});
  }
  const HeldArrays data(*this, x, y, sample_weight);
  const py::gil_scoped_release release;
  return core_->train_on_batch(current_context(), data.arrays());
}

py::dict BoundModel::evaluate(py::handle x, py::handle y, py::handle sample_weight,
                              std::optional<std::int64_t> batch_size) {
  const HeldArrays data(*this, x, y, sample_weight);
  const std::int64_t size = checked_batch_size(batch_size);
  Logs logs;
  {
    const py::gil_scoped_release release;
    logs = core_->evaluate(current_context(), data.arrays(), size);
  }
  return logs_dict(logs);
}

py::object BoundModel::predict(py::handle x, std::optional<std::int64_t> batch_size, py::handle out) {
  const std::int64_t rows = checked_batch_size(batch_size);
  if (!is_plain(x) || !py::isinstance<py::array>(out))
    return predict_rows(views_of(x, input_names(), "x", Argument::kInputs), rows, out);
  // The way of calls in a loop, without a vector.
  const HeldView held = view_of(x, "x");
  core_->check_inputs({&held.view, 1});
  void* data = writable(view_of(out, "out"), core_->dtype(), core_->output_shape(0, {&held.view, 1}));
  {
    const py::gil_scoped_release release;
    core_->predict(current_context(), {&held.view, 1}, rows, {&data, 1});
  }
  return py::reinterpret_borrow<py::object>(out);
}

py::object BoundModel::predict_batch(py::handle x) {
  if (!is_plain(x)) {
    const std::vector<HeldView> held = views_of(x, input_names(), "x", Argument::kInputs);
    return predict_rows(held, std::max<std::int64_t>(1, held[0].view.rows()), py::none());
  }
  const HeldView held = view_of(x, "x");
  const View& view = held.view;
  if (view.shape.rank() == 0) throw ShapeError("x: expected rows of examples, got a single number");
  // Where only the rows are free the shape of the result is known, and predict checks the input anyway.
  Shape shape = core_->graph().value(core_->graph().outputs[0]).spec.shape;
  shape.set(0, view.rows());
  if (shape.has_free_axis()) {
    core_->check_inputs({&view, 1});
    shape = core_->output_shape(0, {&view, 1});
  }
  py::array result = new_array(core_->dtype(), shape);
  void* data = result.mutable_data();
  {
    const py::gil_scoped_release release;
    core_->predict(current_context(), {&view, 1}, std::max<std::int64_t>(1, view.rows()), {&data, 1});
  }
  return result;
}

py::object BoundModel::predict_rows(const std::vector<HeldView>& x_held, std::int64_t batch_size, py::handle out) {
  const std::vector<View> x = plain(x_held);
  core_->ensure_built(x);
  core_->check_inputs(x);
  const std::vector<std::string> names = output_names();
  std::vector<py::object> results;
  std::vector<void*> pointers;
  const std::vector<HeldView> given = views_of(out, names, "out", Argument::kOthers);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Shape shape = core_->output_shape(i, x);
    if (given.empty()) {
      py::array array = new_array(core_->dtype(), shape);
      pointers.push_back(array.mutable_data());
      results.push_back(std::move(array));
      continue;
    }
    pointers.push_back(writable(given[i], core_->dtype(), shape));
    results.push_back(given[i].owner);
  }
  {
    const py::gil_scoped_release release;
    core_->predict(current_context(), x, batch_size, pointers);
  }
  if (results.size() == 1) return results[0];
  return py::tuple(py::cast(results));
}

py::object BoundModel::value_and_grad(py::handle x, py::handle y, py::handle sample_weight, bool training,
                                      const std::string& wrt) {
  if (wrt != "parameters" && wrt != "inputs" && wrt != "both") {
    throw ValueError("wrt: expected 'parameters', 'inputs' or 'both', got '" + wrt + "'");
  }
  const HeldArrays data(*this, x, y, sample_weight);
  const GradientRequest request{.parameters = wrt != "inputs", .inputs = wrt != "parameters", .training = training};
  const Graph& graph = core_->graph();
  py::dict gradients;
  std::vector<void*> parameter_pointers;
  for (const GraphParameter& parameter : graph.parameters) {
    if (!request.parameters) break;
    py::array array = new_array(core_->dtype(), parameter.spec.shape);
    parameter_pointers.push_back(array.mutable_data());
    gradients[py::str(parameter.name)] = array;
  }
  std::vector<py::object> input_gradients;
  std::vector<void*> input_pointers;
  core_->check_inputs(data.x);
  for (const View& view : data.x) {
    if (!request.inputs) break;
    py::array array = new_array(core_->dtype(), view.shape);
    input_pointers.push_back(array.mutable_data());
    input_gradients.push_back(std::move(array));
  }
  double loss = 0.0;
  {
    const py::gil_scoped_release release;
    loss = core_->value_and_grad(current_context(), data.arrays(), request, parameter_pointers, input_pointers);
  }
  py::object dx = py::none();
  if (request.inputs) dx = input_gradients.size() == 1 ? input_gradients[0] : py::tuple(py::cast(input_gradients));
  if (wrt == "parameters") return py::make_tuple(loss, gradients);
  if (wrt == "inputs") return py::make_tuple(loss, dx);
  return py::make_tuple(loss, gradients, dx);
}

py::dict BoundModel::check_gradients(py::handle x, py::handle y, py::handle sample_weight, double epsilon) {
  const HeldArrays data(*this, x, y, sample_weight);
  GradientComparison comparison;
  {
    const py::gil_scoped_release release;
    comparison = core_->compare_gradients(current_context(), data.arrays(), epsilon);
  }
  py::dict parts;
  std::int64_t kinks = 0;
  for (const GradientComparison::Part& part : comparison.parts) {
    py::array_t<bool> counted(static_cast<py::ssize_t>(part.counted.size()));
    std::copy(part.counted.begin(), part.counted.end(), counted.mutable_data());
    kinks += std::count(part.counted.begin(), part.counted.end(), false);
    parts[py::str(part.name)] = py::make_tuple(
        py::array_t<double>(static_cast<py::ssize_t>(part.approximate.size()), part.approximate.data()),
        py::array_t<double>(static_cast<py::ssize_t>(part.computed.size()), part.computed.data()), counted);
  }
  py::dict result;
  result["loss"] = comparison.loss;
  result["kinks"] = kinks;
  result["parts"] = parts;
  return result;
}

}  // namespace laminar
