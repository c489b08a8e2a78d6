// SPDX-License-Identifier: BSD-3-Clause
//
// Metrics of whole arrays: one prediction of the rows, then a call of each.
#include <algorithm>

#include "core/arena.hpp"
#include "model/model_core.hpp"

namespace laminar {
namespace {

View rows_of(View view, std::int64_t first, std::int64_t rows) {
  view.data = static_cast<const std::byte*>(view.data) + first * view.strides_bytes[0];
  view.shape.set(0, rows);
  return view;
}

/// Room for what a model yields for some rows.
struct Outputs {
  std::vector<Arena> memory;
  std::vector<View> views;
  std::vector<void*> pointers;

  Outputs(ModelCore& model, std::span<const View> x) {
    for (std::size_t i = 0; i < model.graph().outputs.size(); ++i) {
      const TensorSpec spec{model.output_shape(i, x), model.dtype()};
      memory.emplace_back(size_bytes(spec));
      pointers.push_back(memory.back().data());
      views.emplace_back(pointers.back(), spec.dtype, spec.shape);
    }
  }

  /// An output as (m,) where it is (m, 1) and its targets are (m,), so that nobody subtracts a column from a row.
  View like(std::size_t output, const View& targets) const {
    const View& view = views[output];
    const bool column = view.shape.rank() == 2 && view.shape[1] == 1 && targets.shape.rank() == 1;
    return column ? View(view.data, view.dtype, Shape{view.shape[0]}) : view;
  }
};

}  // namespace

void ModelCore::add_array_metrics(const Context& context, const DataSet& data, std::int64_t first, std::int64_t rows,
                                  Logs& logs) {
  const auto wanted = [](const auto& metric) { return dynamic_cast<const ArrayMetric*>(metric.get()) != nullptr; };
  const bool any = std::any_of(metrics_.begin(), metrics_.end(), [&](const auto& metrics) {
    return std::any_of(metrics.begin(), metrics.end(), wanted);
  });
  if (!any) return;
  std::vector<View> shapes;
  for (std::size_t i = 0; i < data.n_inputs(); ++i) {
    shapes.emplace_back(nullptr, dtype_, data.input(i).shape());
    shapes.back().shape.set(0, rows);
  }
  const Outputs predictions(*this, shapes);
  const WorkspacePool::Lease workspace(pool_);
  workspace->data.take_inputs(data);
  predict_opened(context, *workspace, {.first = first, .count = rows}, 0, predictions.pointers);
  for (std::size_t loss = 0; loss < data.given_targets().size(); ++loss) {
    const auto output = static_cast<std::size_t>(loss_inputs_[loss].output);
    const std::string prefix =
        graph_.outputs.size() > 1 ? graph_.name_of_value(graph_.outputs[output]) + "_" : std::string();
    const View y = rows_of(data.given_targets()[loss], first, rows);
    const View& weights = data.weights()[loss].view();
    for (const auto& metric : metrics_[output]) {
      if (!wanted(metric)) continue;
      const auto& of_arrays = static_cast<const ArrayMetric&>(*metric);
      const double value = of_arrays.measure(y, predictions.like(output, y),
                                             weights.data == nullptr ? View() : rows_of(weights, first, rows));
      logs.emplace_back(prefix + std::string(metric->name()), value);
    }
  }
}

}  // namespace laminar
