// SPDX-License-Identifier: BSD-3-Clause
//
// The C++ interface: options and views in, a call of the core, its results out.
#include "laminar/model.hpp"

#include <atomic>
#include <mutex>

#include "core/cpu.hpp"
#include "core/parallel.hpp"
#include "laminar/error.hpp"
#include "laminar/runtime.hpp"
#include "model/model_bridge.hpp"
#include "model/model_core.hpp"
#include "model/summary.hpp"

namespace laminar {
namespace {

constexpr int kMostThreads = 4096;

int checked_threads(int threads) {
  if (threads < 0 || threads > kMostThreads) {
    throw ValueError("threads: expected 0 (the default) to " + std::to_string(kMostThreads) + ", got " +
                     std::to_string(threads));
  }
  return threads == 0 ? default_threads() : threads;
}

const kernels::KernelTable& checked_table(const std::string& isa) {
  if (isa.empty()) return default_kernel_table();
  for (const std::string& available : available_isas()) {
    if (isa == available) return kernel_table(isa);
  }
  throw ValueError(expected_one_of("isa", available_isas(), isa));
}

std::vector<std::shared_ptr<LayerEntry>> entries_of(const Sequential& layers) {
  std::vector<std::shared_ptr<LayerEntry>> entries;
  for (const LayerRef& layer : layers.layers()) entries.push_back(layer.entry());
  return entries;
}

/// One view as the list that the core takes; none where there is no data.
std::span<const View> list_of(const View& view) {
  return {&view, view.data == nullptr && view.shape.rank() == 0 ? 0U : 1U};
}

template <class T>
std::vector<std::vector<T>> copies_of(const std::vector<Tensor>& tensors) {
  std::vector<std::vector<T>> result;
  result.reserve(tensors.size());
  for (const Tensor& tensor : tensors) {
    result.emplace_back(tensor.as<const T>(), tensor.as<const T>() + tensor.shape().size());
  }
  return result;
}

CompileSpec spec_of(const CompileOptions& options) {
  CompileSpec spec{
      .optimizer = options.optimizer.shared_rule(), .losses = {}, .metrics = {}, .loss_weights = options.loss_weights};
  for (const std::optional<Loss>& loss : options.loss.all()) {
    spec.losses.push_back(loss ? loss->shared_function() : nullptr);
    spec.metrics.emplace_back();
    if (!loss) continue;
    for (const Metric& metric : options.metrics) spec.metrics.back().push_back(metric.shared_function());
  }
  if (spec.losses.empty() && !options.metrics.empty()) {
    throw ValueError("metrics: expected a loss beside them, which says what the targets are");
  }
  return spec;
}

FitSpec spec_of(const FitOptions& options) {
  if (options.validation_x.empty() && !options.validation_y.empty()) {
    throw ValueError("validation_x: expected arrays to go with validation_y, got none");
  }
  return {.batch_size = options.batch_size,
          .epochs = options.epochs,
          .initial_epoch = options.initial_epoch,
          .shuffle = options.shuffle,
          .validation = {.x = options.validation_x,
                         .y = options.validation_y,
                         .sample_weight = options.validation_sample_weight},
          .validation_split = options.validation_split,
          .class_weight = options.class_weight,
          .on_begin = {},
          .on_epoch_begin = {},
          .on_step = options.on_step,
          .every_steps = options.every_steps,
          .on_poll = {},
          .on_epoch = options.on_epoch};
}

}  // namespace

template <class T>
struct Model<T>::Impl {
  template <class... Structure>
  explicit Impl(const ModelOptions& options, Structure&&... structure)
      : Impl(std::make_unique<ModelCore>(std::forward<Structure>(structure)..., dtype_of<T>, options.seed), options) {}

  Impl(std::unique_ptr<ModelCore> made, const ModelOptions& options)
      : owner(std::move(made)),
        core(*owner),
        context{&checked_table(options.isa), checked_threads(options.threads), nullptr},
        isa(context.table->isa),
        built(core.built()) {}

  /// A stack without `Input` takes its shape from the first data, whichever of several threads brings it.
  void ensure_built(std::span<const View> x) {
    if (built.load(std::memory_order_acquire)) return;
    const std::lock_guard lock(building);
    core.ensure_built(x);
    built.store(core.built(), std::memory_order_release);
  }

  History fit(const Arrays& arrays, const FitOptions& options) {
    ensure_built(arrays.x);
    core.fit(context, arrays, spec_of(options));
    return core.history();
  }

  double train_on_batch(const Arrays& arrays) {
    ensure_built(arrays.x);
    return core.train_on_batch(context, arrays);
  }

  Logs evaluate(const Arrays& arrays) {
    ensure_built(arrays.x);
    return core.evaluate(context, arrays, 0);
  }

  Shape output_shape(std::span<const View> x, std::size_t output) {
    ensure_built(x);
    core.check_inputs(x);
    if (output >= core.graph().outputs.size()) {
      throw ValueError("output: expected one of " + std::to_string(core.graph().outputs.size()) + ", got number " +
                       std::to_string(output));
    }
    return core.output_shape(output, x);
  }

  void expect_outputs(std::span<const View> x, std::size_t given) {
    ensure_built(x);
    const std::size_t outputs = core.graph().outputs.size();
    if (given == outputs) return;
    throw ValueError("out: expected " + std::to_string(outputs) + (outputs == 1 ? " array" : " arrays") +
                     ", one an output of the model, got " + std::to_string(given));
  }

  /// The outputs in fresh memory.
  std::vector<std::vector<T>> predict(std::span<const View> x) {
    ensure_built(x);
    std::vector<std::vector<T>> results;
    std::vector<void*> pointers;
    for (std::size_t i = 0; i < core.graph().outputs.size(); ++i) {
      results.emplace_back(static_cast<std::size_t>(output_shape(x, i).size()));
      pointers.push_back(results.back().data());
    }
    core.predict(context, x, 0, pointers);
    return results;
  }

  void check_output(std::span<const View> x, std::size_t output, const MutableView& out) {
    const Shape shape = output_shape(x, output);
    const bool has_memory = out.data != nullptr || shape.size() == 0;
    if (has_memory && out.dtype == dtype_of<T> && out.shape == shape) return;
    throw ValueError(
        "out: expected a " + std::string(name_of(dtype_of<T>)) + " array of shape " + to_string(shape) + ", got " +
        (has_memory ? std::string(name_of(out.dtype)) + " of shape " + to_string(out.shape) : "no memory"));
  }

  Gradients<T> value_and_grad(const Arrays& arrays, const GradientOptions& options) {
    ensure_built(arrays.x);
    core.check_inputs(arrays.x);
    Gradients<T> result;
    std::vector<void*> parameters;
    std::vector<void*> inputs;
    const auto add = [](const Shape& shape, std::vector<std::vector<T>>& numbers, std::vector<void*>& pointers) {
      numbers.emplace_back(static_cast<std::size_t>(shape.size()));
      pointers.push_back(numbers.back().data());
    };
    for (const GraphParameter& parameter : core.graph().parameters) {
      if (options.parameters) add(parameter.spec.shape, result.parameters, parameters);
    }
    for (const View& view : arrays.x) {
      if (options.inputs) add(view.shape, result.inputs, inputs);
    }
    result.loss = core.value_and_grad(
        context, arrays, {.parameters = options.parameters, .inputs = options.inputs, .training = options.training},
        parameters, inputs);
    return result;
  }

  std::unique_ptr<ModelCore> owner;
  ModelCore& core;
  Context context;
  std::string isa;
  std::atomic<bool> built;
  std::mutex building;
  std::shared_ptr<void> loan;  ///< once parameters() has been called: nobody knows who still writes
};

template <class T>
Model<T>::Model(const Sequential& layers, const ModelOptions& options)
    : impl_(std::make_unique<Impl>(options, layers.input(), entries_of(layers))) {}

template <class T>
Model<T>::Model(const SymbolicTensor& input, const SymbolicTensor& output, const ModelOptions& options)
    : Model(std::vector{input}, std::vector{output}, options) {}

template <class T>
Model<T>::Model(const std::vector<SymbolicTensor>& inputs, const std::vector<SymbolicTensor>& outputs,
                const ModelOptions& options)
    : impl_(std::make_unique<Impl>(options, inputs, outputs)) {}

template <class T>
Model<T>::~Model() = default;
template <class T>
Model<T>::Model(Model&& other) noexcept = default;
template <class T>
Model<T>& Model<T>::operator=(Model&& other) noexcept = default;

template <class T>
void Model<T>::compile(const CompileOptions& options) {
  impl_->core.compile(spec_of(options));
}

template <class T>
void Model<T>::add_loss(const SymbolicTensor& tensor, double weight) {
  impl_->core.add_loss(tensor, weight);
}

template <class T>
History Model<T>::fit(const View& x, const View& y, const FitOptions& options) {
  return impl_->fit({.x = list_of(x), .y = list_of(y), .sample_weight = options.sample_weight}, options);
}
template <class T>
History Model<T>::fit(const std::vector<View>& x, const std::vector<View>& y, const FitOptions& options) {
  return impl_->fit({.x = x, .y = y, .sample_weight = options.sample_weight}, options);
}

template <class T>
const History& Model<T>::history() const {
  return impl_->core.history();
}

template <class T>
double Model<T>::train_on_batch(const View& x, const View& y, const View& sample_weight) {
  return impl_->train_on_batch({.x = list_of(x), .y = list_of(y), .sample_weight = list_of(sample_weight)});
}
template <class T>
double Model<T>::train_on_batch(const std::vector<View>& x, const std::vector<View>& y,
                                const std::vector<View>& sample_weight) {
  return impl_->train_on_batch({.x = x, .y = y, .sample_weight = sample_weight});
}

template <class T>
Logs Model<T>::evaluate(const View& x, const View& y, const View& sample_weight) const {
  return impl_->evaluate({.x = list_of(x), .y = list_of(y), .sample_weight = list_of(sample_weight)});
}
template <class T>
Logs Model<T>::evaluate(const std::vector<View>& x, const std::vector<View>& y,
                        const std::vector<View>& sample_weight) const {
  return impl_->evaluate({.x = x, .y = y, .sample_weight = sample_weight});
}

template <class T>
std::vector<T> Model<T>::predict(const View& x) const {
  impl_->expect_outputs(list_of(x), 1);
  return std::move(impl_->predict(list_of(x)).front());
}
template <class T>
std::vector<std::vector<T>> Model<T>::predict(const std::vector<View>& x) const {
  return impl_->predict(x);
}

template <class T>
void Model<T>::predict(const View& x, const MutableView& out) const {
  impl_->expect_outputs(list_of(x), 1);
  impl_->check_output(list_of(x), 0, out);
  void* data = out.data;
  impl_->core.predict(impl_->context, list_of(x), 0, {&data, 1});
}
template <class T>
void Model<T>::predict(const std::vector<View>& x, const std::vector<MutableView>& out) const {
  impl_->expect_outputs(x, out.size());
  std::vector<void*> pointers;
  for (std::size_t i = 0; i < out.size(); ++i) {
    impl_->check_output(x, i, out[i]);
    pointers.push_back(out[i].data);
  }
  impl_->core.predict(impl_->context, x, 0, pointers);
}

template <class T>
Shape Model<T>::output_shape(const View& x) const {
  return impl_->output_shape(list_of(x), 0);
}
template <class T>
Shape Model<T>::output_shape(const std::vector<View>& x, std::size_t output) const {
  return impl_->output_shape(x, output);
}

template <class T>
Gradients<T> Model<T>::value_and_grad(const View& x, const View& y, const GradientOptions& options) const {
  return impl_->value_and_grad({.x = list_of(x), .y = list_of(y), .sample_weight = options.sample_weight}, options);
}
template <class T>
Gradients<T> Model<T>::value_and_grad(const std::vector<View>& x, const std::vector<View>& y,
                                      const GradientOptions& options) const {
  return impl_->value_and_grad({.x = x, .y = y, .sample_weight = options.sample_weight}, options);
}

template <class T>
std::vector<Parameter<T>> Model<T>::parameters() {
  const ModelCore& core = impl_->core;
  impl_->loan = core.parameters().lend();
  std::vector<Parameter<T>> result;
  for (std::size_t i = 0; i < core.parameters().count(); ++i) {
    const GraphParameter& parameter = core.graph().parameters[i];
    const Tensor& view = core.parameters().view(i);
    result.push_back({.name = parameter.name,
                      .shape = view.shape(),
                      .values = {view.as<T>(), static_cast<std::size_t>(view.shape().size())},
                      .trainable = core.trains(parameter.layer)});
  }
  return result;
}

template <class T>
std::vector<std::vector<T>> Model<T>::weights() const {
  return copies_of<T>(impl_->core.weights());
}

template <class T>
std::vector<std::vector<T>> Model<T>::averaged_weights() const {
  return copies_of<T>(impl_->core.averaged_weights());
}

template <class T>
void Model<T>::use_averaged_weights(bool use) {
  impl_->core.use_averages(use);
}

template <class T>
void Model<T>::set_weights(const std::vector<View>& weights) {
  impl_->core.set_weights(weights);
}

template <class T>
std::string Model<T>::summary(std::int64_t batch_size) const {
  return laminar::summary(impl_->core, batch_size);
}

template <class T>
double Model<T>::learning_rate() const {
  return impl_->core.learning_rate();
}
template <class T>
void Model<T>::set_learning_rate(double rate) {
  impl_->core.set_learning_rate(rate);
}

template <class T>
std::int64_t Model<T>::steps() const {
  return impl_->core.steps;
}
template <class T>
std::int64_t Model<T>::epochs() const {
  return impl_->core.epochs;
}
template <class T>
std::uint64_t Model<T>::seed() const {
  return impl_->core.seed();
}

template <class T>
void Model<T>::set_trainable(bool trainable) {
  impl_->core.set_trainable(trainable);
}
template <class T>
void Model<T>::set_threads(int threads) {
  impl_->context.threads = checked_threads(threads);
}
template <class T>
int Model<T>::threads() const {
  return impl_->context.threads;
}
template <class T>
const std::string& Model<T>::isa() const {
  return impl_->isa;
}

template <class T>
Model<T>::Model(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

template <class T>
ModelCore& ModelBridge::core_of(const Model<T>& model) {
  return model.impl_->core;
}
template <class T>
Model<T> ModelBridge::wrap(std::unique_ptr<ModelCore> core, const ModelOptions& options) {
  if (core->dtype() != dtype_of<T>) {
    throw ValueError("expected a model that computes in " + std::string(name_of(dtype_of<T>)) + ", got one in " +
                     std::string(name_of(core->dtype())));
  }
  return Model<T>(std::make_unique<typename Model<T>::Impl>(std::move(core), options));
}

template class Model<float>;
template class Model<double>;
template ModelCore& ModelBridge::core_of(const Model<float>&);
template ModelCore& ModelBridge::core_of(const Model<double>&);
template Model<float> ModelBridge::wrap(std::unique_ptr<ModelCore>, const ModelOptions&);
template Model<double> ModelBridge::wrap(std::unique_ptr<ModelCore>, const ModelOptions&);

}  // namespace laminar
