// SPDX-License-Identifier: BSD-3-Clause
//
// In training Y = X + Z with Z normal, of mean 0 and variance stddev^2, fresh each step; otherwise Y = X. dX = dY.
#include <cmath>

#include "core/parallel.hpp"
#include "laminar/error.hpp"
#include "layers/registry.hpp"
#include "ops/elementwise.hpp"

namespace laminar {
namespace {

constexpr std::int64_t kGrain = 4096;

struct GaussianNoiseFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("stddev", options.stddev);
  }
};

class AdditiveNoise final : public FloatLayer<AdditiveNoise> {
 public:
  explicit AdditiveNoise(const GaussianNoiseOptions& options) : options_(options) {
    expect(options_.stddev >= 0 && std::isfinite(options_.stddev), "GaussianNoise: stddev",
           "a finite number of at least 0", options_.stddev);
  }

  std::string_view type() const override { return "GaussianNoise"; }
  Config::Map options() const override { return to_map<GaussianNoiseFields>(options_); }
  LayerTraits traits(ActivationSpec) const override {
    return {.backward_reads_inputs = false,
            .backward_reads_outputs = false,
            .in_place = true,
            .is_identity_when_inferring = true,
            .is_random_in_training = options_.stddev > 0.0};
  }

  Inference infer(Mode, ActivationSpec, std::span<const TensorSpec> inputs) const override {
    expect_inputs(inputs, 1);
    expect_float(inputs[0]);
    return {.outputs = {inputs[0]}};
  }

  template <class T>
  void forward_as(const ForwardCall& call) const {
    const std::int64_t n = call.inputs[0].shape().size();
    const T* x = call.inputs[0].as<const T>();
    T* y = call.outputs[0].as<T>();
    if (call.mode == Mode::kInfer) {
      copy_or_add(call.context, n, x, y, false);
      return;
    }
    parallel_for_elements(call.context, n, kGrain, [&](std::int64_t begin, std::int64_t end) {
      call.context.kernels<T>().gaussian_noise({.n = end - begin,
                                                .key = call.random,
                                                .first_element = begin,
                                                .stddev = static_cast<T>(options_.stddev),
                                                .x = x + begin,
                                                .y = y + begin});
    });
  }

  template <class T>
  void backward_as(const BackwardCall& call) const {
    const Gradient& d_input = call.d_inputs[0];
    if (!d_input.wanted()) return;
    copy_or_add(call.context, call.d_outputs[0].shape().size(), call.d_outputs[0].as<const T>(), d_input.tensor.as<T>(),
                d_input.adds());
  }

 private:
  GaussianNoiseOptions options_;
};

}  // namespace

std::shared_ptr<const Layer> make_gaussian_noise(const Config::Map& options) {
  return std::make_shared<AdditiveNoise>(from_map<GaussianNoiseFields, GaussianNoiseOptions>(options, "GaussianNoise"));
}

GaussianNoise::GaussianNoise(const GaussianNoiseOptions& options)
    : LayerRef(std::make_shared<AdditiveNoise>(options), options.name) {}

}  // namespace laminar
