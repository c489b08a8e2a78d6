// SPDX-License-Identifier: BSD-3-Clause
//
// mean_j sqrt(sum_i w_i (p_ij - y_ij)^2 / sum_i w_i)
#include "metrics/metric_options.hpp"
#include "metrics/outputs.hpp"
#include "metrics/registry.hpp"

namespace laminar {
namespace {

class SquaredErrors {
 public:
  void add(double p, double y, double weight) {
    sum_ += weight * (p - y) * (p - y);
    weight_ += weight;
  }
  double weight() const { return weight_; }
  double result() const { return std::sqrt(sum_ / weight_); }

 private:
  double sum_ = 0;
  double weight_ = 0;
};

class RootMeanSquaredErrorFunction final : public BatchMetric {
 public:
  explicit RootMeanSquaredErrorFunction(metrics::NamedOptions options)
      : options_(std::move(options)), name_(name_or(options_.name, "root_mean_squared_error")) {}

  std::string_view type() const override { return "RootMeanSquaredError"; }
  Config::Map options() const override { return to_map<NamedFields>(options_); }
  std::string_view name() const override { return name_; }
  std::unique_ptr<MetricState> start(const TensorSpec& predictions, const TargetSpec& targets) const override {
    return std::make_unique<OutputsState<SquaredErrors>>(outputs_of(name_, predictions, targets));
  }

 private:
  metrics::NamedOptions options_;
  std::string name_;
};

}  // namespace

std::shared_ptr<const MetricFunction> make_root_mean_squared_error(const Config::Map& options) {
  return std::make_shared<RootMeanSquaredErrorFunction>(
      from_map<NamedFields, metrics::NamedOptions>(options, "RootMeanSquaredError"));
}

metrics::RootMeanSquaredError::RootMeanSquaredError(const NamedOptions& options)
    : Metric(std::make_shared<RootMeanSquaredErrorFunction>(options)) {}

}  // namespace laminar
