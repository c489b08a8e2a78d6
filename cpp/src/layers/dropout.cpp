// SPDX-License-Identifier: BSD-3-Clause
//
// Training: Y = X D / keep with D = [u < keep], keep = 1 - rate, u fresh for each (seed, node, step,
// element); dX += dY D / keep with the same D. Otherwise Y = X.
#include <cmath>

#include "core/parallel.hpp"
#include "laminar/error.hpp"
#include "layers/registry.hpp"
#include "ops/elementwise.hpp"

namespace laminar {
namespace {

constexpr std::int64_t kGrain = 16384;

struct DropoutFields {
  template <class Self, class Visitor>
  static void visit(Self& options, Visitor& field) {
    field("rate", options.rate);
  }
};

class InvertedDropout final : public FloatLayer<InvertedDropout> {
 public:
  explicit InvertedDropout(const DropoutOptions& options) : options_(options) {
    if (!(options_.rate >= 0.0 && options_.rate < 1.0)) {
      throw ValueError("Dropout: rate: expected the fraction to drop, 0 <= rate < 1, got " + describe(options_.rate));
    }
  }

  std::string_view type() const override { return "Dropout"; }
  Config::Map options() const override { return to_map<DropoutFields>(options_); }
  LayerTraits traits(ActivationSpec) const override {
    return {.backward_reads_inputs = false,
            .backward_reads_outputs = false,
            .in_place = true,
            .is_identity_when_inferring = true,
            .is_random_in_training = options_.rate > 0.0};
  }

  Inference infer(Mode, ActivationSpec, std::span<const TensorSpec> inputs) const override {
    expect_inputs(inputs, 1);
    expect_float(inputs[0]);
    return {.outputs = {inputs[0]}};
  }

  template <class T>
  void forward_as(const ForwardCall& call) const {
    const std::int64_t n = call.inputs[0].shape().size();
    if (call.mode == Mode::kInfer) {
      copy_or_add(call.context, n, call.inputs[0].as<const T>(), call.outputs[0].as<T>(), false);
    } else {
      apply<T>(call.context, call.random, n, call.inputs[0].as<const T>(), call.outputs[0].as<T>(), false);
    }
  }

  // The mask is drawn again rather than kept: the same key gives the same numbers.
  template <class T>
  void backward_as(const BackwardCall& call) const {
    const Gradient& d_input = call.d_inputs[0];
    if (!d_input.wanted()) return;
    const std::int64_t n = call.d_outputs[0].shape().size();
    const T* d_output = call.d_outputs[0].as<const T>();
    if (call.mode == Mode::kInfer) {
      copy_or_add(call.context, n, d_output, d_input.tensor.as<T>(), d_input.adds());
    } else {
      apply<T>(call.context, call.random, n, d_output, d_input.tensor.as<T>(), d_input.adds());
    }
  }

 private:
  template <class T>
  void apply(const Context& context, kernels::RandomKey key, std::int64_t n, const T* x, T* y, bool accumulate) const {
    const double keep = 1.0 - options_.rate;
    const auto threshold = static_cast<std::uint64_t>(std::llround(std::ldexp(keep, 32)));
    parallel_for_elements(context, n, kGrain, [&](std::int64_t begin, std::int64_t end) {
      context.kernels<T>().dropout({.n = end - begin,
                                    .key = key,
                                    .first_element = begin,
                                    .threshold = threshold,
                                    .scale = static_cast<T>(1.0 / keep),
                                    .x = x + begin,
                                    .y = y + begin,
                                    .accumulate = accumulate});
    });
  }

  DropoutOptions options_;
};

}  // namespace

std::shared_ptr<const Layer> make_dropout(const Config::Map& options) {
  return std::make_shared<InvertedDropout>(from_map<DropoutFields, DropoutOptions>(options, "Dropout"));
}

Dropout::Dropout(const DropoutOptions& options) : LayerRef(std::make_shared<InvertedDropout>(options), options.name) {}

}  // namespace laminar
