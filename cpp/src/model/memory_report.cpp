// SPDX-License-Identifier: BSD-3-Clause
#include "laminar/error.hpp"
#include "model/model_core.hpp"

namespace laminar {

std::vector<std::pair<std::string, std::size_t>> ModelCore::planned_bytes(std::int64_t batch_size) {
  if (!built()) throw StateError("the model has no shape yet; give it an Input, build it or show it data");
  if (batch_size < 1) throw ValueError("batch_size: expected at least 1, got " + std::to_string(batch_size));
  PlanRequest request;
  std::size_t staging = 0;
  for (const ValueId input : graph_.inputs) {
    TensorSpec spec = graph_.value(input).spec;
    spec.shape.set(0, batch_size);
    if (spec.shape.has_free_axis()) throw StateError("an input has a free axis, so the memory depends on the data");
    request.inputs.push_back(spec.shape);
    staging += align_up(size_bytes(spec));
  }
  const std::size_t prediction = make_plan(graph_, {}, request).arena_bytes + staging;
  std::size_t training = 0;
  if (compiled_ && !losses_.empty()) {
    request.mode = Mode::kTrain;
    request.losses = true;
    request.parameter_gradients = true;
    request.wanted_parameters = trainable_parameters();
    note_frozen_layers(request);
    for (std::size_t i = 0; i < losses_.size(); ++i) {
      if (loss_inputs_[i].output < 0) continue;
      // As many numbers as predictions: the largest a target can be.
      TensorSpec spec = loss_inputs_[i].predictions[0];
      spec.shape.set(0, batch_size);
      request.targets.push_back(spec);
      staging += align_up(size_bytes(spec));
    }
    training = make_plan(graph_, losses_, request).arena_bytes + staging;
  }
  const std::size_t moments = compiled_ && compile_spec_.optimizer != nullptr
                                  ? parameters_.bytes() * static_cast<std::size_t>(compile_spec_.optimizer->buffers())
                                  : 0;
  return {{"parameters", parameters_.bytes()},
          {"gradients", parameters_.bytes()},
          {"moments", moments},
          {"training", training},
          {"prediction", prediction}};
}

std::vector<std::pair<std::string, std::size_t>> ModelCore::allocated_bytes() const {
  std::size_t parameters = 0;
  for (const auto& storage : parameters_.storages()) parameters += storage->parameters.size_bytes();
  return {{"parameters", parameters},
          {"gradients", parameters_.gradient_bytes()},
          {"moments", parameters_.bytes() * static_cast<std::size_t>(parameters_.moments())},
          {"training", training_.bytes()},
          {"prediction", pool_.bytes() + prepared_.bytes()}};
}

}  // namespace laminar
