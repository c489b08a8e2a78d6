// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

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
  const Schedule* schedule() const { return schedule_.get(); }

 private:
  double constant_ = 0.0;
  std::shared_ptr<const Schedule> schedule_;
};

namespace schedules {

/// What the time t of a schedule counts: optimizer steps taken or epochs finished, both from 0.
enum class By : std::uint8_t { kStep, kEpoch };

/// initial_learning_rate / (1 + decay_rate t / decay_steps)
struct InverseTimeDecayOptions {
  double initial_learning_rate = 0.01;
  std::int64_t decay_steps = 1;
  double decay_rate = 1.0;
  bool staircase = false;  ///< t / decay_steps is rounded down
  By by = By::kStep;
};
class InverseTimeDecay : public LearningRate {
 public:
  explicit InverseTimeDecay(const InverseTimeDecayOptions& options);
};

/// initial_learning_rate decay_rate^(t / decay_steps)
struct ExponentialDecayOptions {
  double initial_learning_rate = 0.01;
  std::int64_t decay_steps = 1;
  double decay_rate = 0.95;
  bool staircase = false;  ///< t / decay_steps is rounded down
  By by = By::kStep;
};
class ExponentialDecay : public LearningRate {
 public:
  explicit ExponentialDecay(const ExponentialDecayOptions& options);
};

/// initial_learning_rate / (t + 1)^power
struct PowerDecayOptions {
  double initial_learning_rate = 0.01;
  double power = 0.5;
  By by = By::kStep;
};
class PowerDecay : public LearningRate {
 public:
  explicit PowerDecay(const PowerDecayOptions& options);
};

/// values[i] while boundaries[i - 1] <= t < boundaries[i]: one value more than boundaries.
struct PiecewiseConstantDecayOptions {
  std::vector<std::int64_t> boundaries;
  std::vector<double> values;
  By by = By::kStep;
};
class PiecewiseConstantDecay : public LearningRate {
 public:
  explicit PiecewiseConstantDecay(const PiecewiseConstantDecayOptions& options);
};

/// Half a cosine from initial_learning_rate down to alpha times it at t = decay_steps, where it stays:
///
///     initial_learning_rate ((1 - alpha) (1 + cos(pi min(t / decay_steps, 1))) / 2 + alpha)
struct CosineDecayOptions {
  double initial_learning_rate = 0.01;
  std::int64_t decay_steps = 1;
  double alpha = 0.0;
  By by = By::kStep;
};
class CosineDecay : public LearningRate {
 public:
  explicit CosineDecay(const CosineDecayOptions& options);
};

/// (t + 1) / (warmup_steps + 1) times the first rate of another schedule while t < warmup_steps, then that schedule,
/// whose own time of that kind starts after the warm-up.
struct WarmupOptions {
  LearningRate learning_rate = 0.01;
  std::int64_t warmup_steps = 1;
  By by = By::kStep;
};
class Warmup : public LearningRate {
 public:
  explicit Warmup(const WarmupOptions& options);
};

}  // namespace schedules
}  // namespace laminar
