// SPDX-License-Identifier: BSD-3-Clause
//
// mean_j (1 - sum_i w_i (y_ij - p_ij)^2 / sum_i w_i (y_ij - mean y_j)^2)
//
// The spread of y about its mean is kept by Welford's recurrence, one target after the other: no difference of large
// sums, and the same bits however the rows are cut.
//   D. H. D. West, "Updating mean and variance estimates: an improved method", 1979
#include "metrics/metric_options.hpp"
#include "metrics/outputs.hpp"
#include "metrics/registry.hpp"

namespace laminar {
namespace {

class Spread {
 public:
  void add(double p, double y, double weight) {
    residual_ += weight * (y - p) * (y - p);
    weight_ += weight;
    const double apart = y - mean_;
    mean_ += weight / weight_ * apart;
    total_ += weight * apart * (y - mean_);
  }
  double weight() const { return weight_; }
  double result() const {
    if (total_ == 0) return residual_ == 0 ? 1 : 0;
    return 1 - residual_ / total_;
  }

 private:
  double weight_ = 0;
  double mean_ = 0;
  double total_ = 0;     ///< sum_i w_i (y_i - mean)^2
  double residual_ = 0;  ///< sum_i w_i (y_i - p_i)^2
};

class R2Function final : public BatchMetric {
 public:
  explicit R2Function(metrics::NamedOptions options)
      : options_(std::move(options)), name_(name_or(options_.name, "r2")) {}

  std::string_view type() const override { return "R2"; }
  Config::Map options() const override { return to_map<NamedFields>(options_); }
  std::string_view name() const override { return name_; }
  std::unique_ptr<MetricState> start(const TensorSpec& predictions, const TargetSpec& targets) const override {
    return std::make_unique<OutputsState<Spread>>(outputs_of(name_, predictions, targets));
  }

 private:
  metrics::NamedOptions options_;
  std::string name_;
};

}  // namespace

std::shared_ptr<const MetricFunction> make_r2(const Config::Map& options) {
  return std::make_shared<R2Function>(from_map<NamedFields, metrics::NamedOptions>(options, "R2"));
}

metrics::R2::R2(const NamedOptions& options) : Metric(std::make_shared<R2Function>(options)) {}

}  // namespace laminar
