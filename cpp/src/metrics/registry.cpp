// SPDX-License-Identifier: BSD-3-Clause
#include "metrics/registry.hpp"

#include "laminar/error.hpp"

namespace laminar {
namespace {

struct MetricEntry {
  const char* type;  ///< "TopKAccuracy", the class
  const char* name;  ///< "top_k_accuracy", the string that stands for it with its default options
  MakeMetric* make;
};

constexpr MetricEntry kMetrics[] = {
    {"Accuracy", "accuracy", make_accuracy},
    {"ErrorRate", "error_rate", make_error_rate},
    {"F1", "f1", make_f1},
    {"Precision", "precision", make_precision},
    {"R2", "r2", make_r2},
    {"Recall", "recall", make_recall},
    {"RootMeanSquaredError", "root_mean_squared_error", make_root_mean_squared_error},
    {"TopKAccuracy", "top_k_accuracy", make_top_k_accuracy},
};

}  // namespace

std::shared_ptr<const MetricFunction> make_metric(const std::string& type, const Config::Map& options) {
  for (const MetricEntry& entry : kMetrics) {
    if (type == entry.type || type == entry.name) return entry.make(options);
  }
  if (const LossEntry* loss = find_loss(type)) return make_loss_metric(loss->make(options));
  std::vector<std::string> names;
  for (const MetricEntry& entry : kMetrics) names.emplace_back(entry.name);
  for (std::string& name : loss_names()) names.push_back(std::move(name));
  throw ValueError(expected_one_of("metric", names, type));
}

Metric::Metric(const char* name) : Metric(make_metric(name)) {}
Metric::Metric(const std::string& name) : Metric(make_metric(name)) {}
Metric::Metric(const Loss& loss) : Metric(make_loss_metric(loss.shared_function())) {}

}  // namespace laminar
