// SPDX-License-Identifier: BSD-3-Clause
//
// Y[m, n] = gamma[n] U + beta[n] with U = (X - mean[n]) s[n], s = 1 / sqrt(variance[n] + epsilon), m running over all
// axes but the last. Mean and variance are the batch's in training, moving averages otherwise.
// In training dX = gamma s (dY - mean(dY) - U mean(dY U)), otherwise dX = gamma s dY; d_gamma = sum dY U,
// d_beta = sum dY.
// Reference: Ioffe and Szegedy, "Batch normalization", ICML 2015.
#include <algorithm>
#include <cmath>

#include "core/bytes.hpp"
#include "laminar/error.hpp"
#include "layers/registry.hpp"
#include "ops/columns.hpp"

namespace laminar {
namespace {

struct BatchNormalizationFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("momentum", options.momentum);
    field("epsilon", options.epsilon);
    field("center", options.center);
    field("scale", options.scale);
    field("beta_initializer", options.beta_initializer);
    field("gamma_initializer", options.gamma_initializer);
  }
};

class BatchNormalizationLayer final : public FloatLayer<BatchNormalizationLayer> {
 public:
  explicit BatchNormalizationLayer(const BatchNormalizationOptions& options) : options_(options) {
    expect(options_.momentum >= 0 && options_.momentum <= 1, "BatchNormalization: momentum", "a number from 0 to 1",
           options_.momentum);
    expect(options_.epsilon > 0 && std::isfinite(options_.epsilon), "BatchNormalization: epsilon",
           "a finite number above 0", options_.epsilon);
  }

  std::string_view type() const override { return "BatchNormalization"; }
  Config::Map options() const override { return to_map<BatchNormalizationFields>(options_); }
  LayerTraits traits(ActivationSpec) const override {
    return {.backward_reads_outputs = false, .in_place = true, .needs_several_rows_in_training = true};
  }
  Inference infer(Mode mode, ActivationSpec activation, std::span<const TensorSpec> inputs) const override;

  template <class T>
  void forward_as(const ForwardCall& call) const;
  template <class T>
  void backward_as(const BackwardCall& call) const;

 private:
  template <class T>
  const T* gamma(std::span<const Tensor> parameters) const {
    return options_.scale ? parameters[0].as<const T>() : nullptr;
  }
  template <class T>
  const T* beta(std::span<const Tensor> parameters) const {
    return options_.center ? parameters[options_.scale ? 1 : 0].as<const T>() : nullptr;
  }
  template <class T>
  void take_statistics(const ForwardCall& call, T* mean, T* inverse) const;

  BatchNormalizationOptions options_;
};

Inference BatchNormalizationLayer::infer(Mode mode, ActivationSpec, std::span<const TensorSpec> inputs) const {
  expect_inputs(inputs, 1);
  const TensorSpec& x = inputs[0];
  const std::int64_t features = expect_features(x);
  const TensorSpec each{{features}, x.dtype};
  Inference inference{.outputs = {x}};
  if (options_.scale) inference.parameters.push_back({"gamma", each, options_.gamma_initializer, std::nullopt});
  if (options_.center) inference.parameters.push_back({"beta", each, options_.beta_initializer, std::nullopt});
  inference.state = {{"moving_mean", each, initializers::zeros()}, {"moving_variance", each, initializers::ones()}};
  if (mode == Mode::kTrain) {
    inference.saved = {each, each};  // mean and s
    inference.scratch = {{{3, features}, x.dtype}, {partial_shape(matrix_of(x.shape)), x.dtype}};
  } else {
    inference.scratch = {{{2, features}, x.dtype}};
  }
  return inference;
}

/// Mean and s of the batch, and what they leave in the moving averages
template <class T>
void BatchNormalizationLayer::take_statistics(const ForwardCall& call, T* mean, T* inverse) const {
  const MatrixShape shape = as_matrix(call.inputs[0].shape());
  column_moments(call.context, shape, call.inputs[0].as<const T>(), call.scratch[1].as<T>(), mean, inverse);
  T* moving_mean = call.state[0].as<T>();
  T* moving_variance = call.state[1].as<T>();
  const T keep = static_cast<T>(options_.momentum), take = static_cast<T>(1 - options_.momentum);
  for (std::int64_t c = 0; c < shape.columns; ++c) {
    moving_mean[c] = keep * moving_mean[c] + take * mean[c];
    moving_variance[c] = keep * moving_variance[c] + take * inverse[c];
  }
}

template <class T>
void BatchNormalizationLayer::forward_as(const ForwardCall& call) const {
  const MatrixShape shape = as_matrix(call.inputs[0].shape());
  const bool saves = !call.saved.empty();
  T* factors = call.scratch[0].as<T>();
  T* inverse = saves ? call.saved[1].as<T>() : factors + shape.columns;
  const T* mean = saves ? call.saved[0].as<const T>() : call.state[0].as<const T>();
  if (call.mode == Mode::kTrain) {
    take_statistics(call, call.saved[0].as<T>(), inverse);
  } else {
    const std::size_t bytes = size_bytes(call.state[0].spec);
    if (saves) copy_bytes(call.saved[0].data, call.state[0].data, bytes);
    copy_bytes(inverse, call.state[1].data, bytes);
  }
  const T* gamma = this->gamma<T>(call.parameters);
  const T epsilon = static_cast<T>(options_.epsilon);
  for (std::int64_t c = 0; c < shape.columns; ++c) {
    inverse[c] = T(1) / std::sqrt(inverse[c] + epsilon);
    factors[c] = gamma == nullptr ? inverse[c] : gamma[c] * inverse[c];
  }
  scale_columns<T>(call.context, {.rows = shape.rows,
                                  .columns = shape.columns,
                                  .x = call.inputs[0].as<const T>(),
                                  .center = mean,
                                  .scale = factors,
                                  .shift = beta<T>(call.parameters),
                                  .y = call.outputs[0].as<T>(),
                                  .accumulate = false});
}

template <class T>
void BatchNormalizationLayer::backward_as(const BackwardCall& call) const {
  const MatrixShape shape = as_matrix(call.inputs[0].shape());
  const std::int64_t n = shape.columns;
  const T* x = call.inputs[0].as<const T>();
  const T* dy = call.d_outputs[0].as<const T>();
  const T* mean = call.saved[0].as<const T>();
  const T* inverse = call.saved[1].as<const T>();
  T* a = call.scratch[0].as<T>();
  T *b = a + n, *shift = b + n;
  const bool batch = call.mode == Mode::kTrain;
  if (batch || std::any_of(call.d_parameters.begin(), call.d_parameters.end(), [](auto& d) { return d.wanted(); })) {
    column_products(call.context, shape, x, dy, mean, call.scratch[1].as<T>(), shift, b);
  } else {
    std::fill(b, b + 2 * n, T(0));
  }
  const auto give = [&](std::size_t parameter, std::int64_t c, T value) {
    const Gradient& gradient = call.d_parameters[parameter];
    if (!gradient.wanted()) return;
    T& out = gradient.tensor.as<T>()[c];
    out = gradient.adds() ? out + value : value;
  };
  const T* gamma = this->gamma<T>(call.parameters);
  const T share = T(1) / static_cast<T>(shape.rows);
  for (std::int64_t c = 0; c < n; ++c) {
    const T sum = shift[c], product = b[c] * inverse[c];
    if (options_.scale) give(0, c, product);
    if (options_.center) give(options_.scale ? 1 : 0, c, sum);
    a[c] = gamma == nullptr ? inverse[c] : gamma[c] * inverse[c];
    b[c] = batch ? -a[c] * inverse[c] * share * product : T(0);
    shift[c] = batch ? -a[c] * share * sum : T(0);
  }
  const Gradient& d_input = call.d_inputs[0];
  if (!d_input.wanted()) return;
  combine_columns<T>(call.context, {.rows = shape.rows,
                                    .columns = n,
                                    .x = x,
                                    .dy = dy,
                                    .center = mean,
                                    .a = a,
                                    .b = b,
                                    .shift = shift,
                                    .dx = d_input.tensor.as<T>(),
                                    .accumulate = d_input.adds()});
}

}  // namespace

std::shared_ptr<const Layer> make_batch_normalization(const Config::Map& options) {
  return std::make_shared<BatchNormalizationLayer>(
      from_map<BatchNormalizationFields, BatchNormalizationOptions>(options, "BatchNormalization"));
}

BatchNormalization::BatchNormalization(const BatchNormalizationOptions& options)
    : LayerRef(std::make_shared<BatchNormalizationLayer>(options), options.name) {}

}  // namespace laminar
