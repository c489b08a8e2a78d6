// SPDX-License-Identifier: BSD-3-Clause
//
// L[m] = prediction[m]; d prediction[m] (+)= scales[m]
#include "losses/given_loss.hpp"
#include "core/bytes.hpp"

namespace laminar {
namespace {

class GivenLoss final : public LossFunction {
 public:
  std::string_view type() const override { return "GivenLoss"; }
  Config::Map options() const override { return {}; }
  std::vector<TargetSpec> targets(std::span<const TensorSpec>, std::span<const TensorSpec>) const override {
    return {};
  }

  void forward(const LossForwardCall& call) const override {
    copy_bytes(call.losses.data, call.predictions[0].data, size_bytes(call.losses.spec));
  }

  void backward(const LossBackwardCall& call) const override {
    const Gradient& d_prediction = call.d_predictions[0];
    if (!d_prediction.wanted()) return;
    dispatch_float(call.scales.dtype(), [&]<class T>() {
      const std::int64_t rows = call.scales.shape().size();
      T* to = d_prediction.tensor.as<T>();
      for (std::int64_t i = 0; i < rows; ++i) {
        to[i] = (d_prediction.adds() ? to[i] : T(0)) + call.scales.as<const T>()[i];
      }
    });
  }
};

}  // namespace

std::shared_ptr<const LossFunction> make_given_loss() { return std::make_shared<GivenLoss>(); }

}  // namespace laminar
