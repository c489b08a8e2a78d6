// SPDX-License-Identifier: BSD-3-Clause
//
// A function of the caller's as a metric of whole arrays.
#include "laminar/error.hpp"
#include "metrics/metric.hpp"

namespace laminar {
namespace {

class ArrayFunction final : public ArrayMetric {
 public:
  ArrayFunction(std::string name, Metric::Function function) : name_(std::move(name)), function_(std::move(function)) {
    if (name_.empty()) throw ValueError("metric: name: expected a text, got ''");
    if (!function_) throw ValueError(name_ + ": expected a function, got none");
  }

  std::string_view type() const override { return "Function"; }
  Config::Map options() const override { return {}; }
  std::string_view name() const override { return name_; }
  double measure(const View& y_true, const View& y_pred, const View& sample_weight) const override {
    return function_(y_true, y_pred, sample_weight);
  }

 private:
  std::string name_;
  Metric::Function function_;
};

}  // namespace

Metric::Metric(std::string name, Function function)
    : Metric(std::make_shared<ArrayFunction>(std::move(name), std::move(function))) {}

}  // namespace laminar
