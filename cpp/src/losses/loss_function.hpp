// SPDX-License-Identifier: BSD-3-Clause
//
// The seam between losses and everything above them: predictions and targets in, one number an
// example out. The plan weights and averages.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/config.hpp"
#include "core/context.hpp"
#include "core/tensor.hpp"
#include "laminar/losses.hpp"

namespace laminar {

/// Which numbers a target may be; the door checks the data against it once.
struct TargetDomain {
  enum class Kind {
    kReal,          ///< any finite number
    kUnitInterval,  ///< 0 <= y <= 1
    kNonNegative,   ///< y >= 0
    kLabels,        ///< whole numbers 0 .. classes - 1, kept as int32
  };
  Kind kind = Kind::kReal;
  /// Of kLabels; and of kUnitInterval where each row is spread over so many classes that exclude each other.
  std::int64_t classes = 0;
  bool may_be_missing = false;  ///< NaN stands for a target that is not known
};

/// What a loss wants its target to be: shape with the batch axis, dtype and domain.
struct TargetSpec {
  TensorSpec spec;
  TargetDomain domain;
  /// Whether an example counts in the mean over the batch by the share of its targets that are known.
  bool counts_by_known = false;
};

/// The share of an example's targets that are no NaN.
double known_share(const Tensor& targets, std::int64_t example);

struct LossForwardCall {
  const Context& context;
  std::span<const Tensor> predictions;  ///< where fused, logits that become the activation's output in place
  std::span<const Tensor> targets;
  Tensor losses;  ///< (m,), model dtype
  bool fused;     ///< see LossFunction::fuses
  std::span<const Tensor> scratch;
  std::span<const Tensor> saved = {};
};

struct LossBackwardCall {
  const Context& context;
  std::span<const Tensor> predictions;
  std::span<const Tensor> targets;
  Tensor scales;                            ///< (m,): d J / d losses, weights and mean already in it
  std::span<const Gradient> d_predictions;  ///< where fused, of the logits
  bool fused;
  std::span<const Tensor> scratch;
  std::span<const Tensor> saved = {};
};

class LossFunction {
 public:
  virtual ~LossFunction() = default;

  virtual std::string_view type() const = 0;
  virtual Config::Map options() const = 0;

  /// The targets this loss takes for predictions of these specs (their batch axis may be free), when the caller's
  /// targets have these shapes and dtypes; an empty `given` asks for a loss without targets. ShapeError when they do
  /// not fit; its message says "y" for the target.
  virtual std::vector<TargetSpec> targets(std::span<const TensorSpec> predictions,
                                          std::span<const TensorSpec> given) const = 0;
  virtual std::vector<TensorSpec> scratch(std::span<const TensorSpec> predictions) const;
  /// What forward keeps for backward.
  virtual std::vector<TensorSpec> saved(std::span<const TensorSpec> predictions) const;

  /// Whether loss and activation are computed together from the logits, stably and with dZ = A - Y.
  virtual bool fuses(ActivationSpec activation) const;

  virtual void forward(const LossForwardCall& call) const = 0;
  virtual void backward(const LossBackwardCall& call) const = 0;

  /// As Layer::kink_signature: changes when the loss crosses a point without a derivative.
  virtual std::uint64_t kink_signature(const LossForwardCall& call) const;
};

std::shared_ptr<const LossFunction> make_loss(const std::string& type, const Config::Map& options);

/// The one target there is; ShapeError when there are several or none.
const TensorSpec& single_target(std::span<const TensorSpec> predictions, std::span<const TensorSpec> given);

/// Whether two shapes may be the same once their free axes are known.
bool compatible(const Shape& a, const Shape& b);

/// Axis 0 against all others.
struct Examples {
  std::int64_t count;
  std::int64_t outputs;  ///< of one example
};
Examples examples_of(const Shape& predictions);

/// The usual target: as many numbers as there are predictions. y of shape (m,) stands for (m, 1).
TargetSpec same_shape_target(std::span<const TensorSpec> predictions, std::span<const TensorSpec> given,
                             TargetDomain domain);

}  // namespace laminar
