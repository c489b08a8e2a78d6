// SPDX-License-Identifier: BSD-3-Clause
//
// From the gradients of batches to parameters that have moved:
// batches of one step are added up, penalties, finite?, clipping, the optimizer's rule, the average of the weights.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "laminar/error.hpp"
#include "model/gradient_clipping.hpp"
#include "model/model_core.hpp"
#include "ops/elementwise.hpp"
#include "ops/scaling.hpp"
#include "schedules/schedule_rule.hpp"

namespace laminar {

/// What the optimizer's number or schedule says of the next step.
double ModelCore::optimizer_rate() const {
  if (!compiled_) throw StateError("learning_rate: call compile(optimizer, loss) first");
  const LearningRate& learning_rate = compile_spec_.optimizer->learning_rate();
  const double rate = learning_rate.at({.step = steps, .epoch = epochs});
  if (std::isfinite(rate) && rate >= 0.0) return rate;
  throw ValueError("learning_rate: expected a finite number of 0 or more from " + name_of(learning_rate) + " at step " +
                   std::to_string(steps) + " of epoch " + std::to_string(epochs) + " (both from 0), got " +
                   describe(Config(rate)));
}

double ModelCore::learning_rate() const { return learning_rate_factor * optimizer_rate(); }

void ModelCore::set_learning_rate(double rate) {
  if (!std::isfinite(rate) || rate < 0.0) {
    throw ValueError("learning_rate: expected a finite number of at least 0, got " + describe(Config(rate)));
  }
  const Access::Writing guard(access_, Access::Nested::kAllowed);
  const double own = optimizer_rate();
  const double factor = rate == 0.0 ? 0.0 : rate / own;
  if (!std::isfinite(factor)) {
    throw ValueError("learning_rate: expected 0, since the optimizer's own rate is " + describe(Config(own)) +
                     " at this step and no factor makes more of it, got " + describe(Config(rate)));
  }
  learning_rate_factor = factor;
}

bool ModelCore::gradients_finite(const Context& context) const {
  return dispatch_float(dtype_, [&]<class T>() {
    return std::all_of(parameters_.runs().begin(), parameters_.runs().end(), [&](const Parameters::Run& run) {
      return all_finite(context, run.n, static_cast<const T*>(parameters_.gradients_of(run)));
    });
  });
}

DivergedError ModelCore::diverged(const std::string& what) const {
  return DivergedError("training diverged at step " + std::to_string(steps + 1) + " (epoch " +
                       std::to_string(epochs + 1) + ", learning rate " + describe(Config(learning_rate())) + "): the " +
                       what + "; no parameter was changed by this step");
}

void ModelCore::update(const Context& context, const BatchLoss& batch, bool ends_epoch) {
  if (!std::isfinite(batch.total())) throw diverged("loss is " + describe(Config(batch.total())));
  const std::int64_t batches = compile_spec_.optimizer->accumulates();
  if (batches == 1) {
    if (!batch.empty) take_step(context, batch.weight);
    return;
  }
  if (!batch.empty) accumulate(context, batch);
  if (++accumulated_.batches < batches && !ends_epoch) return;
  const Accumulated all = std::exchange(accumulated_, {});
  if (all.all_weights == 0.0) return;
  dispatch_float(dtype_, [&]<class T>() {
    for (const Parameters::Run& run : parameters_.runs()) {
      scale(context, run.n, T(1), static_cast<const T*>(accumulation_of(run)),
            static_cast<T*>(parameters_.gradients_of(run)));
    }
  });
  take_step(context, all.weight);
}

void* ModelCore::accumulation_of(const Parameters::Run& run) const {
  return parameters_.moments_of(run, compile_spec_.optimizer->accumulation_buffer());
}

/// Adds a batch's gradient to those of the batches before it; a bad one leaves them as they were.
void ModelCore::accumulate(const Context& context, const BatchLoss& batch) {
  if (!gradients_finite(context)) throw diverged("gradient is not finite");
  if (accumulated_.all_weights == 0.0) parameters_.zero_moment(compile_spec_.optimizer->accumulation_buffer());
  accumulated_.weight += batch.weight;
  accumulated_.all_weights += batch.all_weights;
  // As if the batches were one: the mean of their gradients, weighted as its examples would be.
  const double share = batch.all_weights / accumulated_.all_weights;
  dispatch_float(dtype_, [&]<class T>() {
    for (const Parameters::Run& run : parameters_.runs()) {
      move_average(context, run.n, static_cast<T>(share), static_cast<const T*>(parameters_.gradients_of(run)),
                   static_cast<T*>(accumulation_of(run)));
    }
  });
}

/// Moves the parameters by the gradients, which are still without the penalties'; `weight` is the sum of the sample
/// weights behind them.
void ModelCore::take_step(const Context& context, double weight) {
  const OptimizerRule& rule = *compile_spec_.optimizer;
  const double rate = learning_rate();
  const std::vector<bool>& trained = training_.request.wanted_parameters;
  add_penalty_gradients(context, graph_, parameters_, trained, parameters_.gradient_pointers(), weight);
  if (!gradients_finite(context)) throw diverged("gradient is not finite");
  if (!clip_gradients(context, rule.update_options(), parameters_, trained)) {
    throw diverged("norm of the gradient is not finite");
  }
  for (const Parameters::Run& run : parameters_.runs()) {
    std::array<void*, 4> moments{};
    for (int i = 0; i < rule.moments(); ++i) moments[static_cast<std::size_t>(i)] = parameters_.moments_of(run, i);
    rule.update(context, dtype_,
                {.n = run.n,
                 .parameters = run.parameters,
                 .gradients = parameters_.gradients_of(run),
                 .moments = {moments.data(), static_cast<std::size_t>(rule.moments())}},
                optimizer_steps_ + 1, rate);
  }
  parameters_.note_change();
  ++optimizer_steps_;
  ++steps;
  if (rule.update_options().ema_momentum) move_averages(context, *rule.update_options().ema_momentum);
}

/// a += (1 - momentum) / (1 - momentum^t) (W - a): the mean of the weights after steps 1 to t with weights
/// momentum^(t - i). Frozen ones too, so that one that thaws has an average as old as the others.
void ModelCore::move_averages(const Context& context, double momentum) {
  const double share = (1.0 - momentum) / (1.0 - std::pow(momentum, static_cast<double>(optimizer_steps_)));
  const int buffer = compile_spec_.optimizer->average_buffer();
  dispatch_float(dtype_, [&]<class T>() {
    for (std::size_t i = 0; i < parameters_.count(); ++i) {
      const Tensor& parameter = parameters_.view(i);
      move_average(context, parameter.shape().size(), static_cast<T>(share), parameter.as<const T>(),
                   parameters_.moment(buffer, i).as<T>());
    }
  });
}

}  // namespace laminar
