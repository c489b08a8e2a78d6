// SPDX-License-Identifier: BSD-3-Clause
//
// Y[m, n] = (X - mean[n]) / std[n], 0 where std[n] is 0; dX = dY / std. Mean and std are of training data and not
// trained: NaN, until `adapt` or `set_weights` has told them.
#include <cmath>
#include <limits>

#include "laminar/error.hpp"
#include "layers/registry.hpp"
#include "ops/columns.hpp"

namespace laminar {
namespace {

struct NormalizationFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("mean", options.mean);
    field("std", options.std);
  }
};

class NormalizationLayer final : public FloatLayer<NormalizationLayer> {
 public:
  explicit NormalizationLayer(const NormalizationOptions& options);

  std::string_view type() const override { return "Normalization"; }
  Config::Map options() const override { return to_map<NormalizationFields>(options_); }
  LayerTraits traits(ActivationSpec) const override {
    return {.backward_reads_inputs = false, .backward_reads_outputs = false, .in_place = true};
  }
  Inference infer(Mode mode, ActivationSpec activation, std::span<const TensorSpec> inputs) const override;
  void expect_ready(std::span<const Tensor> state) const override;

  template <class T>
  void forward_as(const ForwardCall& call) const;
  template <class T>
  void backward_as(const BackwardCall& call) const;

 private:
  NormalizationOptions options_;
};

NormalizationLayer::NormalizationLayer(const NormalizationOptions& options) : options_(options) {
  if (options_.mean.has_value() != options_.std.has_value()) {
    throw ValueError(std::string("Normalization: ") + (options_.mean ? "std: expected it beside mean, got none"
                                                                     : "mean: expected it beside std, got none"));
  }
  if (!options_.mean) return;
  if (options_.mean->empty() || options_.mean->size() != options_.std->size()) {
    throw ValueError("Normalization: std: expected one number a feature, as many as in mean, got " +
                     std::to_string(options_.std->size()) + " and " + std::to_string(options_.mean->size()));
  }
  for (const double mean : *options_.mean) {
    expect(std::isfinite(mean), "Normalization: mean", "finite numbers", mean);
  }
  for (const double std : *options_.std) {
    expect(std::isfinite(std) && std >= 0, "Normalization: std", "finite numbers of at least 0", std);
  }
}

Inference NormalizationLayer::infer(Mode mode, ActivationSpec, std::span<const TensorSpec> inputs) const {
  expect_inputs(inputs, 1);
  const TensorSpec& x = inputs[0];
  const std::int64_t features = expect_features(x);
  if (options_.mean && options_.mean->size() != static_cast<std::size_t>(features)) {
    throw ShapeError("expected " + std::to_string(options_.mean->size()) +
                     " input features, as it was adapted to, got " + std::to_string(features) + " (input shape " +
                     to_string(x.shape) + ")");
  }
  const TensorSpec each{{features}, x.dtype};
  const Initializer unknown{.kind = Initializer::Kind::kConstant, .value = std::numeric_limits<double>::quiet_NaN()};
  Inference inference{.outputs = {x}};
  inference.state = {{"mean", each, unknown, options_.mean.value_or(std::vector<double>())},
                     {"std", each, unknown, options_.std.value_or(std::vector<double>())}};
  (mode == Mode::kTrain ? inference.saved : inference.scratch) = {each};  // 1 / std
  return inference;
}

void NormalizationLayer::expect_ready(std::span<const Tensor> state) const {
  const bool known = dispatch_float(state[1].dtype(), [&]<class T>() { return !std::isnan(*state[1].as<const T>()); });
  if (!known) throw StateError("it has no mean and std yet; call its adapt(x) with training data first");
}

template <class T>
void NormalizationLayer::forward_as(const ForwardCall& call) const {
  const MatrixShape shape = as_matrix(call.inputs[0].shape());
  const T* std = call.state[1].as<const T>();
  T* factors = (call.saved.empty() ? call.scratch : call.saved)[0].as<T>();
  for (std::int64_t c = 0; c < shape.columns; ++c) {
    factors[c] = std[c] < std::numeric_limits<T>::min() ? T(0) : T(1) / std[c];
  }
  scale_columns<T>(call.context, {.rows = shape.rows,
                                  .columns = shape.columns,
                                  .x = call.inputs[0].as<const T>(),
                                  .center = call.state[0].as<const T>(),
                                  .scale = factors,
                                  .shift = nullptr,
                                  .y = call.outputs[0].as<T>(),
                                  .accumulate = false});
}

template <class T>
void NormalizationLayer::backward_as(const BackwardCall& call) const {
  const Gradient& d_input = call.d_inputs[0];
  if (!d_input.wanted()) return;
  const MatrixShape shape = as_matrix(call.d_outputs[0].shape());
  scale_columns<T>(call.context, {.rows = shape.rows,
                                  .columns = shape.columns,
                                  .x = call.d_outputs[0].as<const T>(),
                                  .center = nullptr,
                                  .scale = call.saved[0].as<const T>(),
                                  .shift = nullptr,
                                  .y = d_input.tensor.as<T>(),
                                  .accumulate = d_input.adds()});
}

}  // namespace

std::shared_ptr<const Layer> make_normalization(const Config::Map& options) {
  return std::make_shared<NormalizationLayer>(
      from_map<NormalizationFields, NormalizationOptions>(options, "Normalization"));
}

Normalization::Normalization(const NormalizationOptions& options)
    : LayerRef(std::make_shared<NormalizationLayer>(options), options.name) {}

}  // namespace laminar
