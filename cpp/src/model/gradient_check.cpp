// SPDX-License-Identifier: BSD-3-Clause
//
// d J / d theta_i against (J(theta_i + e) - J(theta_i - e)) / 2e, for every parameter and input element.
#include <algorithm>
#include <cmath>

#include "core/bytes.hpp"
#include "core/parallel.hpp"
#include "laminar/error.hpp"
#include "model/model_core.hpp"

namespace laminar {
namespace {

/// J and the kinks at one point.
struct Point {
  double loss;
  std::uint64_t kinks;
};

/// A number that has another value for a while; a loss of the caller's may throw meanwhile.
class Varied {
 public:
  Varied(double* number, double value) : number_(number), before_(*number) { *number = value; }
  ~Varied() { *number_ = before_; }
  Varied(const Varied&) = delete;
  Varied& operator=(const Varied&) = delete;

 private:
  double* number_;
  double before_;
};

/// The arrays of a call in memory of our own, where single numbers can be varied.
struct VariedInputs {
  std::vector<Arena> memory;
  std::vector<Tensor> tensors;
  std::vector<View> views;

  VariedInputs(const Context& context, const Graph& graph, const DataSet& data) {
    for (std::size_t i = 0; i < data.n_inputs(); ++i) {
      const TensorSpec spec{data.input(i).shape(), graph.value(graph.inputs[i]).spec.dtype};
      memory.emplace_back(size_bytes(spec));
      tensors.push_back({memory.back().data(), spec});
      data.input(i).copy(context, 0, tensors.back());
      views.emplace_back(tensors.back().data, spec.dtype, spec.shape);
    }
  }
};

/// The input gradients, out of the arena that the next forward pass writes to. Without data: no gradient flows there.
struct KeptGradients {
  std::vector<Arena> memory;
  std::vector<Tensor> tensors;

  KeptGradients(const Execution& execution, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const Tensor gradient = execution.input_gradient(i);
      memory.emplace_back(gradient.empty() ? 0 : size_bytes(gradient.spec));
      tensors.push_back({gradient.empty() ? nullptr : memory.back().data(), gradient.spec});
      if (!gradient.empty()) copy_bytes(tensors.back().data, gradient.data, size_bytes(gradient.spec));
    }
  }
};

}  // namespace

void ModelCore::expect_checkable(double epsilon) const {
  expect_compiled("check_gradients");
  if (dtype_ != DType::kFloat64) {
    throw ValueError(
        "check_gradients: model: expected dtype float64 (float32 rounds away what is to be measured), got " +
        std::string(name_of(dtype_)));
  }
  if (!(epsilon > 0.0) || !std::isfinite(epsilon)) {
    throw ValueError("check_gradients: epsilon: expected a finite number above 0, got " + describe(Config(epsilon)));
  }
  for (const GraphNode& node : graph_.nodes) {
    const LayerEntry& entry = graph_.entry_of(node);
    if (dropout_frozen_ || !entry.layer->traits(entry.layer->activation()).is_random_in_training) continue;
    throw ValueError("check_gradients: " + label(entry) +
                     " draws anew at every call, so there is no gradient to compare with; "
                     "use `with model.freeze_dropout():` around the check");
  }
}

GradientComparison ModelCore::compare_gradients(const Context& context, const Arrays& arrays, double epsilon) {
  ensure_built(arrays.x);
  expect_checkable(epsilon);
  const Access::Writing guard(access_);
  const WorkspacePool::Lease workspace(pool_);
  workspace->data.open(context, graph_, losses_, loss_inputs_, arrays);
  VariedInputs inputs(context, graph_, workspace->data);
  Arrays own = arrays;
  own.x = inputs.views;
  workspace->data.open(context, graph_, losses_, loss_inputs_, own);

  keep_state(*workspace);
  parameters_.ensure_gradients();
  workspace->gradients.assign(parameters_.gradient_pointers().begin(), parameters_.gradient_pointers().end());
  workspace->request = {.mode = Mode::kTrain,
                        .losses = true,
                        .input_gradients = true,
                        .parameter_gradients = true,
                        .wanted_parameters = std::vector<bool>(graph_.parameters.size(), true),
                        .inputs = {},
                        .targets = {}};
  note_frozen_layers(workspace->request);
  const std::shared_ptr<const Plan> plan = load(context, *workspace, {.first = 0, .count = workspace->data.rows()});
  bind(*workspace, *plan);
  Context serial = context;
  serial.threads = 1;

  GradientComparison result;
  result.loss = run(serial, *workspace).total();
  const KeptGradients input_gradients(workspace->execution, inputs.tensors.size());
  for (std::size_t i = 0; i < parameters_.count(); ++i) {
    const auto& regularizer = graph_.parameters[i].regularizer;
    const bool kink_at_zero = regularizer.value_or(Regularizer{}).l1 != 0.0;
    result.parts.push_back(compare_part(serial, *workspace, graph_.parameters[i].name, parameters_.view(i),
                                        parameters_.gradient(i), kink_at_zero, epsilon));
  }
  for (std::size_t i = 0; i < inputs.tensors.size(); ++i) {
    if (!is_float(inputs.tensors[i].dtype())) continue;
    result.parts.push_back(compare_part(serial, *workspace, graph_.input_names[i], inputs.tensors[i],
                                        input_gradients.tensors[i], false, epsilon));
  }
  return result;
}

GradientComparison::Part ModelCore::compare_part(const Context& context, Workspace& workspace, const std::string& name,
                                                 const Tensor& theta, const Tensor& gradient, bool kink_at_zero,
                                                 double epsilon) {
  const auto n = static_cast<std::size_t>(theta.shape().size());
  GradientComparison::Part part{name, {}, std::vector<double>(n, 0.0), {}};
  if (!gradient.empty()) std::copy_n(gradient.as<const double>(), n, part.computed.begin());

  const auto evaluate = [&](double* at, double value) {
    const Varied varied(at, value);
    Point point{0.0, 0};
    with_team(context, [&](const Context& inner) {
      workspace.execution.forward(inner, random(), &point.kinks);
      const BatchLoss batch =
          combine_losses(workspace.execution, losses_, workspace.loader.weights(), workspace.loader.known());
      point.loss = batch.loss + penalty(inner, graph_, parameters_, batch.weight);
    });
    if (kink_at_zero) point.kinks ^= value > 0.0 ? 1U : 2U;
    return point;
  };
  double* numbers = theta.as<double>();
  for (std::size_t i = 0; i < n; ++i) {
    const double before = numbers[i];
    const Point above = evaluate(numbers + i, before + epsilon);
    const Point below = evaluate(numbers + i, before - epsilon);
    part.approximate.push_back((above.loss - below.loss) / (2.0 * epsilon));
    part.counted.push_back(above.kinks == below.kinks);
  }
  return part;
}

}  // namespace laminar
