// SPDX-License-Identifier: BSD-3-Clause
#include "metrics/registry.hpp"

#include <limits>

#include "laminar/error.hpp"

namespace laminar {

std::shared_ptr<const Metric> make_metric(const std::string& name) {
  if (name == "accuracy") return make_accuracy();
  if (const LossEntry* loss = find_loss(name)) return make_loss_metric(*loss);
  std::vector<std::string> names = loss_names();
  names.insert(names.begin(), "accuracy");
  throw ValueError(expected_one_of("metric", names, name));
}

double WeightedMean::result() const {
  if (!seen_) return std::numeric_limits<double>::quiet_NaN();
  return weights_ == 0 ? 0 : sum_ / weights_;
}

double weight_at(const Tensor& weights, std::int64_t i) {
  if (weights.empty()) return 1;
  return weights.dtype() == DType::kFloat64 ? weights.as<const double>()[i]
                                            : static_cast<double>(weights.as<const float>()[i]);
}

}  // namespace laminar
