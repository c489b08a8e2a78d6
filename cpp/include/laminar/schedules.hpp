// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <utility>

namespace laminar {

/// How far training has come when a rate is asked for.
struct Progress {
  std::int64_t step;   ///< optimizer steps taken, from 0
  std::int64_t epoch;  ///< epochs finished, from 0
};

/// A learning rate that changes with the progress of training. Derive from it to make your own.
class Schedule {
 public:
  virtual ~Schedule() = default;
  /// The rate of the step that comes next.
  virtual double rate(const Progress& progress) const = 0;
};

/// A number, or a schedule wherever a number may stand.
class LearningRate {
 public:
  LearningRate(double constant) : constant_(constant) {}  // NOLINT(google-explicit-constructor)
  template <std::derived_from<Schedule> Kind>
  LearningRate(std::shared_ptr<Kind> schedule)  // NOLINT(google-explicit-constructor)
      : schedule_(std::move(schedule)) {}

  double at(const Progress& progress) const { return schedule_ ? schedule_->rate(progress) : constant_; }
  bool is_constant() const { return schedule_ == nullptr; }
  double constant() const { return constant_; }

 private:
  double constant_ = 0.0;
  std::shared_ptr<const Schedule> schedule_;
};

}  // namespace laminar
