// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "core/parallel.hpp"
#include "laminar/error.hpp"
#include "model/model_core.hpp"

namespace laminar {
namespace {

constexpr std::int64_t kEvaluationRows = 1024;

}  // namespace

Logs ModelCore::evaluate(const Context& context, const Arrays& arrays, std::int64_t batch_size) {
  ensure_built(arrays.x);
  expect_compiled("evaluate");
  const Access::Reading guard(access_);
  const WorkspacePool::Lease workspace(pool_);
  workspace->data.open(context, graph_, losses_, loss_inputs_, arrays);
  return evaluate_rows(context, *workspace, 0, workspace->data.rows(), batch_size, [] {});
}

/// The rows count as one batch, however many are computed at a time: the result does not depend on it.
Logs ModelCore::evaluate_rows(const Context& context, Workspace& workspace, std::int64_t first, std::int64_t rows,
                              std::int64_t batch_size, const std::function<void()>& after_batch) {
  workspace.state.clear();
  workspace.request = {};
  workspace.request.losses = true;
  EpochSums sums(graph_, losses_, loss_inputs_, metrics_, workspace.data.target_specs());
  const std::int64_t step = batch_size > 0 ? batch_size : kEvaluationRows;
  for (std::int64_t done = 0; done < rows; done += step) {
    const std::shared_ptr<const Plan> plan =
        load(context, workspace, {.first = first + done, .count = std::min(step, rows - done)});
    bind(workspace, *plan);
    const Context sized = sized_for(context, *plan);
    with_team(sized, [&](const Context& inner) { workspace.execution.forward(inner, {}); });
    sums.add(context, workspace);
    after_batch();
  }
  const BatchLoss total = sums.total();
  Logs logs = sums.logs_with(total.loss + penalty(context, graph_, parameters_, total.weight));
  add_array_metrics(context, workspace.data, first, rows, logs);
  return logs;
}

}  // namespace laminar
