// SPDX-License-Identifier: BSD-3-Clause
//
// Y[m, n] = gamma[n] U + beta[n] with U = (X - mean[m]) s[m], s = 1 / sqrt(variance[m] + epsilon) over each row;
// dX = s (G - mean(G) - U mean(G U)) with G = dY gamma; d_gamma = sum over m of dY U, d_beta = sum over m of dY.
// Reference: Ba, Kiros, Hinton, "Layer normalization", 2016.
#include <algorithm>
#include <cmath>

#include "core/parallel.hpp"
#include "laminar/error.hpp"
#include "layers/registry.hpp"
#include "ops/columns.hpp"

namespace laminar {
namespace {

// Elements that outweigh a thread more.
constexpr std::int64_t kGrain = 8192;
// Parameter gradients are summed over blocks of so many rows, which are added in order.
constexpr std::int64_t kBlockRows = 32;

struct LayerNormalizationFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("epsilon", options.epsilon);
    field("center", options.center);
    field("scale", options.scale);
    field("beta_initializer", options.beta_initializer);
    field("gamma_initializer", options.gamma_initializer);
  }
};

std::int64_t blocks_of(std::int64_t rows) { return (rows + kBlockRows - 1) / kBlockRows; }

class LayerNormalizationLayer final : public FloatLayer<LayerNormalizationLayer> {
 public:
  explicit LayerNormalizationLayer(const LayerNormalizationOptions& options) : options_(options) {
    expect(options_.epsilon > 0 && std::isfinite(options_.epsilon), "LayerNormalization: epsilon",
           "a finite number above 0", options_.epsilon);
  }

  std::string_view type() const override { return "LayerNormalization"; }
  Config::Map options() const override { return to_map<LayerNormalizationFields>(options_); }
  LayerTraits traits(ActivationSpec) const override { return {.backward_reads_outputs = false, .in_place = true}; }
  Inference infer(Mode mode, ActivationSpec activation, std::span<const TensorSpec> inputs) const override;

  template <class T>
  void forward_as(const ForwardCall& call) const;
  template <class T>
  void backward_as(const BackwardCall& call) const;

 private:
  std::size_t beta_index() const { return options_.scale ? 1 : 0; }

  LayerNormalizationOptions options_;
};

Inference LayerNormalizationLayer::infer(Mode mode, ActivationSpec, std::span<const TensorSpec> inputs) const {
  expect_inputs(inputs, 1);
  const TensorSpec& x = inputs[0];
  const std::int64_t features = expect_features(x);
  const TensorSpec each{{features}, x.dtype};
  Inference inference{.outputs = {x}};
  if (options_.scale) inference.parameters.push_back({"gamma", each, options_.gamma_initializer, std::nullopt});
  if (options_.center) inference.parameters.push_back({"beta", each, options_.beta_initializer, std::nullopt});
  if (mode == Mode::kTrain) {
    const std::int64_t rows = matrix_of(x.shape).rows;
    inference.saved = {{{rows}, x.dtype}, {{rows}, x.dtype}};  // mean and s
    inference.scratch = {{{2, rows == kFree ? kFree : blocks_of(rows), features}, x.dtype}};
  }
  return inference;
}

template <class T>
void LayerNormalizationLayer::forward_as(const ForwardCall& call) const {
  const MatrixShape shape = as_matrix(call.inputs[0].shape());
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / shape.columns);
  const bool saves = !call.saved.empty();
  parallel_for(call.context, shape.rows, grain, [&](std::int64_t begin, std::int64_t end) {
    call.context.kernels<T>().layer_norm(
        {.rows = end - begin,
         .columns = shape.columns,
         .x = call.inputs[0].as<const T>() + begin * shape.columns,
         .gamma = options_.scale ? call.parameters[0].as<const T>() : nullptr,
         .beta = options_.center ? call.parameters[beta_index()].as<const T>() : nullptr,
         .epsilon = static_cast<T>(options_.epsilon),
         .y = call.outputs[0].as<T>() + begin * shape.columns,
         .means = saves ? call.saved[0].as<T>() + begin : nullptr,
         .scales = saves ? call.saved[1].as<T>() + begin : nullptr});
  });
}

template <class T>
void LayerNormalizationLayer::backward_as(const BackwardCall& call) const {
  const MatrixShape shape = as_matrix(call.inputs[0].shape());
  const std::int64_t n = shape.columns, blocks = blocks_of(shape.rows);
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / (kBlockRows * n));
  const Gradient none;
  const Gradient& d_gamma = options_.scale ? call.d_parameters[0] : none;
  const Gradient& d_beta = options_.center ? call.d_parameters[beta_index()] : none;
  const Gradient& dx = call.d_inputs[0];
  T* gamma_sums = call.scratch[0].as<T>();
  T* beta_sums = gamma_sums + blocks * n;
  parallel_for(call.context, blocks, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin; block < end; ++block) {
      const std::int64_t first = block * kBlockRows, at = first * n;
      call.context.kernels<T>().layer_norm_backward(
          {.rows = std::min(kBlockRows, shape.rows - first),
           .columns = n,
           .x = call.inputs[0].as<const T>() + at,
           .gamma = options_.scale ? call.parameters[0].as<const T>() : nullptr,
           .means = call.saved[0].as<const T>() + first,
           .scales = call.saved[1].as<const T>() + first,
           .dy = call.d_outputs[0].as<const T>() + at,
           .dx = dx.wanted() ? dx.tensor.as<T>() + at : nullptr,
           .accumulate = dx.adds(),
           .d_gamma = d_gamma.wanted() ? gamma_sums + block * n : nullptr,
           .d_beta = d_beta.wanted() ? beta_sums + block * n : nullptr});
    }
  });
  const auto add_up = [&](const Gradient& gradient, const T* sums) {
    if (!gradient.wanted()) return;
    call.context.kernels<T>().column_sums(blocks, n, sums, n, gradient.tensor.as<T>(), gradient.adds());
  };
  add_up(d_gamma, gamma_sums);
  add_up(d_beta, beta_sums);
}

}  // namespace

std::shared_ptr<const Layer> make_layer_normalization(const Config::Map& options) {
  return std::make_shared<LayerNormalizationLayer>(
      from_map<LayerNormalizationFields, LayerNormalizationOptions>(options, "LayerNormalization"));
}

LayerNormalization::LayerNormalization(const LayerNormalizationOptions& options)
    : LayerRef(std::make_shared<LayerNormalizationLayer>(options), options.name) {}

}  // namespace laminar
