// SPDX-License-Identifier: BSD-3-Clause
//
// The moving average of the weights, looked at or put in their place for a while.

#include "core/bytes.hpp"
#include "laminar/error.hpp"
#include "model/model_core.hpp"

namespace laminar {

/// The average of a parameter; before the first step the parameter itself.
Tensor ModelCore::average(std::size_t index) const {
  return optimizer_steps_ == 0 ? parameters_.view(index)
                               : parameters_.moment(compile_spec_.optimizer->average_buffer(), index);
}

void ModelCore::expect_averages() const {
  if (compiled_ && compile_spec_.optimizer->update_options().ema_momentum) return;
  throw StateError("averaged weights: there are none; compile the model with an optimizer that has ema_momentum");
}

std::vector<Tensor> ModelCore::averaged_weights() const {
  expect_averages();
  std::vector<Tensor> result;
  for (const GraphLayer& layer : graph_.layers) {
    for (const int index : layer.parameters) result.push_back(average(static_cast<std::size_t>(index)));
    for (const int index : layer.state) result.push_back(parameters_.state_view(static_cast<std::size_t>(index)));
  }
  return result;
}

void ModelCore::use_averages(bool use) {
  if (use == averages_in_use_) return;
  if (use) expect_averages();
  const Access::Writing guard(access_, Access::Nested::kAllowed);
  if (use) replaced_weights_ = Arena(parameters_.bytes());
  std::byte* kept = replaced_weights_.data();
  for (std::size_t i = 0; i < parameters_.count(); ++i) {
    const Tensor& parameter = parameters_.view(i);
    const std::size_t bytes = size_bytes(parameter.spec);
    if (use) copy_bytes(kept, parameter.data, bytes);
    copy_bytes(parameter.data, use ? average(i).data : kept, bytes);
    kept += align_up(bytes);
  }
  if (!use) replaced_weights_ = Arena();
  averages_in_use_ = use;
  parameters_.note_change();
}

}  // namespace laminar
