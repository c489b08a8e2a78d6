// SPDX-License-Identifier: BSD-3-Clause
#include <span>
#include <string_view>

#include "bound_model.hpp"
#include "callable_loss.hpp"
#include "callable_metric.hpp"
#include "config_caster.hpp"
#include "io/atomic_file.hpp"
#include "io/model_file.hpp"
#include "laminar/error.hpp"
#include "python_layer.hpp"

namespace py = pybind11;

namespace laminar {
namespace {

constexpr const char* kCallable = "Callable";

std::string text_of(const Config::Map& options, const char* key) {
  const Config config(options);
  const Config* found = config.find(key);
  if (found == nullptr || found->text() == nullptr) {
    throw FormatError(std::string("training: ") + kCallable + ": expected '" + key + "' with text");
  }
  return *found->text();
}

}  // namespace

BoundFile::BoundFile(const std::string& path)
    : path_(path),
      source_(with_path(path, [&] { return FileSource(path); })),
      header_(with_path(path, [&] { return safetensors::Header::read(source_); })),
      kind_(with_path(path, [&] { return kind_of_model_file(header_); })) {}

std::unique_ptr<BoundModel> BoundModel::from_file(const BoundFile& file, const py::function& make_layer,
                                                  const py::function& find_function) {
  std::vector<py::object> objects;
  const LayerMaker layer = [&](const std::string& type, const Config::Map& options, const std::string& name,
                               bool trainable) {
    objects.push_back(make_layer(type, from_config_map(options)));
    auto entry = objects.back().cast<std::shared_ptr<LayerEntry>>();
    entry->name = name;
    entry->trainable = trainable;
    return entry;
  };
  const LossMaker loss = [&](const std::string& type,
                             const Config::Map& options) -> std::shared_ptr<const LossFunction> {
    if (type != kCallable) return make_loss(type, options);
    return std::make_shared<CallableLoss>(find_function(text_of(options, "function"), "loss"));
  };
  const MetricMaker metric = [&](const std::string& type,
                                 const Config::Map& options) -> std::shared_ptr<const MetricFunction> {
    if (type != kCallable) return make_metric(type, options);
    return std::make_shared<CallableMetric>(find_function(text_of(options, "function"), "metric"),
                                            text_of(options, "name"));
  };
  return with_path(file.path(), [&] {
    std::unique_ptr<BoundModel> model(
        new BoundModel(load_model_file(file.source(), file.header(), {layer, loss, metric})));
    model->layer_objects_ = std::move(objects);
    return model;
  });
}

void write_file(const std::string& path, const py::bytes& content) {
  const std::string_view text = content;
  const py::gil_scoped_release release;
  write_atomically(path, [&](const ByteSink& sink) { sink(std::as_bytes(std::span(text))); });
}

void BoundModel::save(const std::string& path, const std::string& kind) {
  const LayerOptions options_of = [this](const LayerEntry& layer) {
    if (dynamic_cast<const PythonLayer*>(layer.layer.get()) == nullptr) return layer.layer->options();
    const py::gil_scoped_acquire gil;
    for (const py::object& object : layer_objects_) {
      if (object.cast<std::shared_ptr<LayerEntry>>().get() == &layer) {
        return to_config_map(object.attr("options"), label(layer));
      }
    }
    throw StateError("save: " + label(layer) + ": the Python object of this layer is gone");
  };
  const py::gil_scoped_release release;
  save_model_file(*core_, path, kind, options_of);
}

std::vector<std::pair<std::string, std::string>> BoundModel::custom_parts() const {
  std::vector<std::pair<std::string, std::string>> parts;
  for (const auto& layer : core_->layers()) {
    if (dynamic_cast<const PythonLayer*>(layer->layer.get()) != nullptr)
      parts.emplace_back("layer", layer->layer->type());
  }
  if (!core_->compiled()) return parts;
  const CompileSpec& spec = core_->compile_spec();
  for (const auto& loss : spec.losses) {
    const auto* callable = dynamic_cast<const CallableLoss*>(loss.get());
    if (callable != nullptr) parts.emplace_back("loss", name_of_callable(callable->function()));
  }
  for (const auto& of_output : spec.metrics) {
    for (const auto& metric : of_output) {
      const auto* callable = dynamic_cast<const CallableMetric*>(metric.get());
      if (callable != nullptr) parts.emplace_back("metric", name_of_callable(callable->function()));
    }
  }
  return parts;
}

void BoundModel::load_weights(const std::string& path, bool partial) {
  const py::gil_scoped_release release;
  with_path(path, [&] { load_weights_file(*core_, FileSource(path), partial); });
}

}  // namespace laminar
