// SPDX-License-Identifier: BSD-3-Clause
//
// The seam between optimizers and the model: a rule is arithmetic on flat runs of parameters. It keeps
// nothing; the model owns its moments, which lie in buffers laid out like the parameters.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/config.hpp"
#include "core/context.hpp"
#include "core/tensor.hpp"
#include "laminar/optimizers.hpp"

namespace laminar {

/// A stretch of parameters that lie together in memory, with their gradients and moments.
struct ParameterRun {
  std::int64_t n;
  void* parameters;
  const void* gradients;
  std::span<void* const> moments;  ///< `OptimizerRule::moments()` of them
};

class OptimizerRule {
 public:
  virtual ~OptimizerRule() = default;

  virtual std::string_view type() const = 0;
  virtual Config::Map options() const = 0;
  virtual const LearningRate& learning_rate() const = 0;
  virtual const UpdateOptions& update_options() const = 0;
  /// Buffers the model keeps for this rule, each as large as the parameters, zero at first.
  virtual int moments() const = 0;

  /// Batches a step.
  std::int64_t accumulates() const { return update_options().gradient_accumulation_steps.value_or(1); }
  // The buffers that the options ask for stand behind the moments.
  int accumulation_buffer() const { return moments(); }
  int average_buffer() const { return moments() + (accumulates() > 1 ? 1 : 0); }
  int buffers() const { return average_buffer() + (update_options().ema_momentum ? 1 : 0); }

  /// One update of one run; `step` counts from 1, `rate` is the learning rate of this step.
  virtual void update(const Context& context, DType dtype, const ParameterRun& run, std::int64_t step,
                      double rate) const = 0;
};

std::shared_ptr<const OptimizerRule> make_optimizer(const std::string& type, const Config::Map& options);

}  // namespace laminar
