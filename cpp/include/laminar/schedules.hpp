// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// Learning rates that change during training.
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
///
/// \code{.cpp}
/// struct Harmonic : Schedule {
///   double rate(const Progress& progress) const override { return 0.1 / static_cast<double>(progress.epoch + 1); }
/// };
/// const Adam adam({.learning_rate = std::make_shared<Harmonic>()});
/// \endcode
///
/// A model whose schedule is the caller's own cannot be saved.
class Schedule {
 public:
  virtual ~Schedule() = default;
  /// The rate of the step that comes next. Models may ask from several threads, and more than once a step.
  /// \param progress steps and epochs of the model's life
  /// \return a finite number of at least 0; anything else makes the step throw ValueError
  virtual double rate(const Progress& progress) const = 0;
};

/// A number, or a schedule wherever a number may stand.
class LearningRate {
 public:
  /// The same rate at all times.
  /// \param constant at least 0, which the optimizer that takes it checks
  LearningRate(double constant) : constant_(constant) {}  // NOLINT(google-explicit-constructor)
  /// A schedule of the caller's own.
  /// \param schedule not null
  template <std::derived_from<Schedule> Kind>
  LearningRate(std::shared_ptr<Kind> schedule)  // NOLINT(google-explicit-constructor)
      : schedule_(std::move(schedule)) {}

  /// The rate at a time.
  ///
  /// \code{.cpp}
  /// const LearningRate rate = schedules::CosineDecay({.initial_learning_rate = 0.1, .decay_steps = 100});
  /// assert(rate.at({.step = 0, .epoch = 0}) == 0.1 && rate.at({.step = 100, .epoch = 3}) == 0.0);
  /// \endcode
  ///
  /// \param progress steps and epochs
  /// \return the number, or what the schedule says
  double at(const Progress& progress) const { return schedule_ ? schedule_->rate(progress) : constant_; }
  /// Whether it is a number.
  /// \return false for a schedule
  bool is_constant() const { return schedule_ == nullptr; }
  /// The number.
  /// \return 0 for a schedule
  double constant() const { return constant_; }
  /// The schedule.
  /// \return null for a number
  const Schedule* schedule() const { return schedule_.get(); }

 private:
  double constant_ = 0.0;
  std::shared_ptr<const Schedule> schedule_;
};

/// Schedules of the learning rate, each a formula in the time t.
namespace schedules {

/// What the time t of a schedule counts.
enum class By : std::uint8_t {
  kStep,   ///< optimizer steps taken, from 0
  kEpoch,  ///< epochs finished, from 0
};

/// Options of `InverseTimeDecay`.
struct InverseTimeDecayOptions {
  double initial_learning_rate = 0.01;  ///< the rate at t = 0, at least 0
  std::int64_t decay_steps = 1;         ///< the unit of t, at least 1
  double decay_rate = 1.0;              ///< how fast it falls, at least 0
  bool staircase = false;               ///< t / decay_steps is rounded down
  By by = By::kStep;                    ///< what t counts
};

/// A rate that falls as one over the time.
///
///     initial_learning_rate / (1 + decay_rate t / decay_steps)
///
/// \code{.cpp}
/// const schedules::InverseTimeDecay rate({.initial_learning_rate = 0.1, .decay_steps = 100});
/// assert(rate.at({.step = 100, .epoch = 0}) == 0.05);
/// \endcode
class InverseTimeDecay : public LearningRate {
 public:
  /// \param options each has a default
  /// \throws ValueError if a number is out of its range
  explicit InverseTimeDecay(const InverseTimeDecayOptions& options);
};

/// Options of `ExponentialDecay`.
struct ExponentialDecayOptions {
  double initial_learning_rate = 0.01;  ///< the rate at t = 0, at least 0
  std::int64_t decay_steps = 1;         ///< the time in which it falls to decay_rate times itself, at least 1
  double decay_rate = 0.95;             ///< above 0
  bool staircase = false;               ///< t / decay_steps is rounded down
  By by = By::kStep;                    ///< what t counts
};

/// A rate that falls by the same share in the same time.
///
///     initial_learning_rate decay_rate^(t / decay_steps)
///
/// \code{.cpp}
/// const schedules::ExponentialDecay rate(
///     {.initial_learning_rate = 0.1, .decay_steps = 100, .decay_rate = 0.5, .staircase = true});
/// assert(rate.at({.step = 199, .epoch = 0}) == 0.05);
/// \endcode
class ExponentialDecay : public LearningRate {
 public:
  /// \param options each has a default
  /// \throws ValueError if a number is out of its range
  explicit ExponentialDecay(const ExponentialDecayOptions& options);
};

/// Options of `PowerDecay`.
struct PowerDecayOptions {
  double initial_learning_rate = 0.01;  ///< the rate at t = 0, at least 0
  double power = 0.5;                   ///< at least 0
  By by = By::kStep;                    ///< what t counts
};

/// A rate that falls as a power of the time, by default as one over its square root.
///
///     initial_learning_rate / (t + 1)^power
///
/// \code{.cpp}
/// const schedules::PowerDecay rate({.initial_learning_rate = 0.1, .by = schedules::By::kEpoch});
/// assert(rate.at({.step = 0, .epoch = 3}) == 0.05);
/// \endcode
class PowerDecay : public LearningRate {
 public:
  /// \param options each has a default
  /// \throws ValueError if a number is out of its range
  explicit PowerDecay(const PowerDecayOptions& options);
};

/// Options of `PiecewiseConstantDecay`.
struct PiecewiseConstantDecayOptions {
  std::vector<std::int64_t> boundaries;  ///< the times at which the rate changes: they grow from 1 on
  std::vector<double> values;            ///< the rates, each at least 0: one more than boundaries
  By by = By::kStep;                     ///< what t counts
};

/// A rate that jumps: values[i] while boundaries[i - 1] <= t < boundaries[i].
///
/// \code{.cpp}
/// const schedules::PiecewiseConstantDecay rate(
///     {.boundaries = {10, 20}, .values = {0.1, 0.01, 0.001}, .by = schedules::By::kEpoch});
/// assert(rate.at({.step = 0, .epoch = 10}) == 0.01);
/// \endcode
class PiecewiseConstantDecay : public LearningRate {
 public:
  /// \param options values must be given
  /// \throws ValueError if there is not one value more than boundaries, or a number is out of its range
  explicit PiecewiseConstantDecay(const PiecewiseConstantDecayOptions& options);
};

/// Options of `CosineDecay`.
struct CosineDecayOptions {
  double initial_learning_rate = 0.01;  ///< the rate at t = 0, at least 0
  std::int64_t decay_steps = 1;         ///< the time in which it falls, at least 1
  double alpha = 0.0;                   ///< the share of the first rate that is left, in [0, 1]
  By by = By::kStep;                    ///< what t counts
};

/// Half a cosine from initial_learning_rate down to alpha times it at t = decay_steps, where it stays.
///
///     initial_learning_rate ((1 - alpha) (1 + cos(pi min(t / decay_steps, 1))) / 2 + alpha)
///
/// An example stands at `LearningRate::at`.
///
/// Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017 (arXiv:1608.03983),
/// here without restarts.
class CosineDecay : public LearningRate {
 public:
  /// \param options each has a default
  /// \throws ValueError if a number is out of its range
  explicit CosineDecay(const CosineDecayOptions& options);
};

/// Options of `Warmup`.
struct WarmupOptions {
  LearningRate learning_rate = 0.01;  ///< what comes after: a number of at least 0, or a schedule
  std::int64_t warmup_steps = 1;      ///< how long it takes, at least 1
  By by = By::kStep;                  ///< what t and warmup_steps count
};

/// A rise from nearly 0 to another rate: (t + 1) / (warmup_steps + 1) times the first rate of another schedule while
/// t < warmup_steps, then that schedule, whose own time of that kind starts after the warm-up.
///
/// \code{.cpp}
/// const schedules::Warmup rate({.learning_rate = schedules::CosineDecay({.initial_learning_rate = 0.1,
///                                                                        .decay_steps = 900}),
///                               .warmup_steps = 99});
/// assert(rate.at({.step = 49, .epoch = 0}) == 0.05 && rate.at({.step = 99, .epoch = 0}) == 0.1);
/// \endcode
class Warmup : public LearningRate {
 public:
  /// \param options each has a default
  /// \throws ValueError if a number is out of its range
  explicit Warmup(const WarmupOptions& options);
};

}  // namespace schedules
}  // namespace laminar
