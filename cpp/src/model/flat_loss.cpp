// SPDX-License-Identifier: BSD-3-Clause
#include "model/flat_loss.hpp"

#include <algorithm>
#include <cmath>

#include "core/parallel.hpp"
#include "laminar/error.hpp"

namespace laminar {
namespace {

/// Copies a tensor's numbers to or from double precision; returns where the next ones go.
double* copy_out(const Tensor& tensor, double* to) {
  return dispatch_float(tensor.dtype(), [&]<class T>() {
    const T* from = tensor.as<const T>();
    return std::copy(from, from + tensor.shape().size(), to);
  });
}

const double* copy_in(const double* from, const Tensor& tensor) {
  const double* end = from + tensor.shape().size();
  dispatch_float(tensor.dtype(), [&]<class T>() {
    std::transform(from, end, tensor.as<T>(), [](double number) { return static_cast<T>(number); });
  });
  return end;
}

}  // namespace

ModelCore::FlatLoss::FlatLoss(ModelCore& model, const Context& context, const Arrays& arrays)
    : model_(model), guard_(model.access_), workspace_(model.pool_) {
  model.expect_compiled("minimize");
  const std::size_t count = model.parameters_.count();
  std::vector<bool> wanted(count);
  for (std::size_t i = 0; i < count; ++i) {
    wanted[i] = model.trains(model.graph_.parameters[i].layer);
    if (!wanted[i]) continue;
    trained_.push_back(i);
    size_ += model.parameters_.view(i).shape().size();
  }
  if (trained_.empty()) throw ValueError("minimize: expected a layer that trains, got a model without one");

  workspace_->data.open(context, model.graph_, model.losses_, model.loss_inputs_, arrays);
  model.parameters_.ensure_gradients();
  const auto gradients = model.parameters_.gradient_pointers();
  workspace_->gradients.assign(gradients.begin(), gradients.end());
  workspace_->state.clear();
  workspace_->request = {.mode = Mode::kInfer,
                         .losses = true,
                         .input_gradients = false,
                         .parameter_gradients = true,
                         .wanted_parameters = std::move(wanted),
                         .inputs = {},
                         .targets = {}};
  plan_ = model.load(context, *workspace_, {.first = 0, .count = workspace_->data.rows()});
  model.bind(*workspace_, *plan_);
  context_ = sized_for(context, *plan_);
}

void ModelCore::FlatLoss::read(double* theta) const {
  for (const std::size_t i : trained_) theta = copy_out(model_.parameters_.view(i), theta);
}

void ModelCore::FlatLoss::write(const double* theta) {
  for (const std::size_t i : trained_) theta = copy_in(theta, model_.parameters_.view(i));
  model_.parameters_.note_change();
}

double ModelCore::FlatLoss::evaluate(const double* theta, double* gradient) {
  write(theta);
  double loss = 0.0;
  with_team(context_, [&](const Context& inner) { loss = model_.run(inner, *workspace_).total(); });
  double* end = gradient;
  for (const std::size_t i : trained_) end = copy_out(model_.parameters_.gradient(i), end);
  const bool finite = std::all_of(gradient, end, [](double number) { return std::isfinite(number); });
  if (!std::isfinite(loss) || !finite) {
    const std::string what = std::isfinite(loss) ? "gradient is not finite" : "loss is " + describe(Config(loss));
    throw DivergedError("minimize: the " + what + " at a point that was tried");
  }
  return loss;
}

}  // namespace laminar
