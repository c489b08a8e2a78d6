// SPDX-License-Identifier: BSD-3-Clause
//
// Y[m, out] = act(X[m, in] W[in, out] + b[out]), m running over all axes but the last.
#include "laminar/error.hpp"
#include "layers/registry.hpp"
#include "ops/elementwise.hpp"
#include "ops/gemm.hpp"

namespace laminar {
namespace {

// Smaller kernels lie in the level 1 cache, packed or not.
constexpr std::int64_t kWorthPacking = 1 << 14;

struct DenseFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("units", options.units);
    field("activation", options.activation);
    field("use_bias", options.use_bias);
    field("kernel_initializer", options.kernel_initializer);
    field("bias_initializer", options.bias_initializer);
    field("kernel_regularizer", options.kernel_regularizer);
  }
};

bool is_relu_kind(Activation activation) {
  switch (activation) {
    case Activation::kRelu:
    case Activation::kLeakyRelu:
    case Activation::kElu:
    case Activation::kGelu:
    case Activation::kGeluTanh:
    case Activation::kSilu:
      return true;
    default:
      return false;
  }
}

class DenseLayer final : public FloatLayer<DenseLayer> {
 public:
  explicit DenseLayer(const DenseOptions& options);

  std::string_view type() const override { return "Dense"; }
  Config::Map options() const override;
  ActivationSpec activation() const override { return options_.activation; }
  LayerTraits traits(ActivationSpec activation) const override;
  Inference infer(Mode mode, ActivationSpec activation, std::span<const TensorSpec> inputs) const override;
  double forward_flops(std::span<const TensorSpec> inputs) const override;
  std::uint64_t kink_signature(const ForwardCall& call) const override;

  void prepare(const Context& context, std::span<const Tensor> parameters,
               std::span<const Tensor> prepared) const override;
  template <class T>
  void forward_as(const ForwardCall& call) const;
  template <class T>
  void backward_as(const BackwardCall& call) const;

 private:
  DenseOptions options_;
};

DenseLayer::DenseLayer(const DenseOptions& options) : options_(options) {
  if (options_.units < 1) {
    throw ValueError("Dense: units: expected at least 1, got " + std::to_string(options_.units));
  }
}

Config::Map DenseLayer::options() const { return to_map<DenseFields>(options_); }

LayerTraits DenseLayer::traits(ActivationSpec activation) const {
  return {.backward_reads_outputs = activation.kind != Activation::kLinear,
          .takes_activation = true,
          .takes_input_activation = true,
          .rows_are_independent = true};
}

Inference DenseLayer::infer(Mode mode, ActivationSpec activation, std::span<const TensorSpec> inputs) const {
  expect_inputs(inputs, 1);
  const TensorSpec& x = inputs[0];
  const std::int64_t features = expect_features(x);
  const Initializer kernel_initializer = options_.kernel_initializer.value_or(
      is_relu_kind(options_.activation.kind) ? initializers::he_normal() : initializers::glorot_uniform());

  TensorSpec y = x;
  y.shape.set(-1, options_.units);
  const TensorSpec kernel{{features, options_.units}, x.dtype};
  Inference inference{.outputs = {y}};
  inference.parameters.push_back({"kernel", kernel, kernel_initializer, options_.kernel_regularizer});
  if (options_.use_bias) {
    inference.parameters.push_back({"bias", {{options_.units}, x.dtype}, options_.bias_initializer, std::nullopt});
  }
  if (kernel.shape.size() >= kWorthPacking) inference.prepared.push_back(kernel);
  if (mode == Mode::kTrain && needs_pre_activation(activation.kind)) inference.saved.push_back(y);
  return inference;
}

void DenseLayer::prepare(const Context& context, std::span<const Tensor> parameters,
                         std::span<const Tensor> prepared) const {
  if (prepared.empty()) return;
  const MatrixShape kernel = as_matrix(parameters[0].shape());
  dispatch_float(parameters[0].dtype(), [&]<class T>() {
    pack<T>(context, kernel.rows, kernel.columns, parameters[0].as<const T>(), prepared[0].as<T>());
  });
}

template <class T>
void DenseLayer::forward_as(const ForwardCall& call) const {
  const MatrixShape x = as_matrix(call.inputs[0].shape());
  const std::int64_t units = options_.units;
  const bool softmax = call.activation.kind == Activation::kSoftmax;
  const MatrixView<T> input = row_major(call.inputs[0].as<const T>(), x.columns);
  T* y = call.outputs[0].as<T>();
  const Epilogue<T> epilogue{.bias = options_.use_bias ? call.parameters[1].as<const T>() : nullptr,
                             .activation = softmax ? Activation::kLinear : call.activation,
                             .pre_activation = call.saved.empty() ? nullptr : call.saved[0].as<T>()};
  const T* packed = call.prepared.empty() ? nullptr : call.prepared[0].as<const T>();
  if (packed != nullptr) {
    gemm<T>(call.context, x.rows, units, x.columns, input, PackedMatrix<T>{packed}, y, epilogue);
  } else {
    gemm<T>(call.context, x.rows, units, x.columns, input, row_major(call.parameters[0].as<const T>(), units), y,
            epilogue);
  }
  if (softmax) activate(call.context, call.activation, {x.rows, units}, y, y);
}

template <class T>
void DenseLayer::backward_as(const BackwardCall& call) const {
  const MatrixShape x = as_matrix(call.inputs[0].shape());
  const MatrixShape y = as_matrix(call.outputs[0].shape());
  const T* input = call.inputs[0].as<const T>();
  T* dz = call.d_outputs[0].as<T>();
  if (call.activation.kind != Activation::kLinear) {
    const T* z = call.saved.empty() ? nullptr : call.saved[0].as<const T>();
    activate_backward(call.context, call.activation, y, z, call.outputs[0].as<const T>(), dz, dz, false);
  }
  const Gradient& d_kernel = call.d_parameters[0];
  const bool wants_bias = options_.use_bias && call.d_parameters[1].wanted();
  if (d_kernel.wanted()) {  // dW[in, out] += X[m, in]^T dZ[m, out], db[out] += sum over m of dZ[m, out]
    gemm<T>(call.context, x.columns, y.columns, x.rows, row_major(input, x.columns).transposed(),
            row_major<T>(dz, y.columns), d_kernel.tensor.as<T>(),
            {.accumulate = d_kernel.adds(),
             .b_sums = wants_bias ? call.d_parameters[1].tensor.as<T>() : nullptr,
             .add_b_sums = wants_bias && call.d_parameters[1].adds()});
  } else if (wants_bias) {
    column_sums<T>(call.context, y, dz, call.d_parameters[1].tensor.as<T>(), call.d_parameters[1].adds());
  }
  const Gradient& d_input = call.d_inputs[0];
  if (d_input.wanted()) {  // dX[m, in] += dZ[m, out] W[in, out]^T, times act'(X) where X came out of an activation
    gemm<T>(call.context, x.rows, x.columns, y.columns, row_major<T>(dz, y.columns),
            row_major(call.parameters[0].as<const T>(), y.columns).transposed(), d_input.tensor.as<T>(),
            {.accumulate = d_input.adds(), .derivative = call.input_activation, .derivative_a = input});
  }
}

double DenseLayer::forward_flops(std::span<const TensorSpec> inputs) const {
  return static_cast<double>(inputs[0].shape.size()) * static_cast<double>(options_.units);
}

std::uint64_t DenseLayer::kink_signature(const ForwardCall& call) const {
  return has_kink(call.activation.kind) ? hash_of_signs(call.outputs[0]) : 0;
}

}  // namespace

std::shared_ptr<const Layer> make_dense(const Config::Map& options) {
  return std::make_shared<DenseLayer>(from_map<DenseFields, DenseOptions>(options, "Dense"));
}

Dense::Dense(const DenseOptions& options) : LayerRef(std::make_shared<DenseLayer>(options), options.name) {}

}  // namespace laminar
