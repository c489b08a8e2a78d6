// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

namespace laminar {

class LossFunction;

/// What a loss is built from. Every loss gives one number an example; weights and the mean over
/// the batch are the model's.
class Loss {
 public:
  explicit Loss(std::shared_ptr<const LossFunction> function) : function_(std::move(function)) {}
  const LossFunction& function() const { return *function_; }
  std::shared_ptr<const LossFunction> shared_function() const { return function_; }

 private:
  std::shared_ptr<const LossFunction> function_;
};

namespace losses {

/// How the outputs of one example become one number.
enum class Reduction { kMean, kSum };

/// L = -sum_j y_j log p_j over the last axis; y is integer labels (int dtype or whole floats,
/// shape (m,) or (m, 1)) or rows of probabilities.
struct CrossEntropyOptions {
  bool from_logits = false;  ///< predictions are z and p = softmax(z)
};
class CrossEntropy : public Loss {
 public:
  explicit CrossEntropy(CrossEntropyOptions options = {});
};

/// What NaN in the targets means.
enum class Missing {
  kError,   ///< a mistake
  kIgnore,  ///< not labelled
};

/// L = -(y log p + (1 - y) log(1 - p)), mean (or sum) over the outputs of an example.
///
/// With Missing::kIgnore an entry that is not labelled has no loss and no gradient. With the labelled entries j of
/// example i and their number n_i the cost is
///
///     J = sum_i w_i sum_j l_ij / sum_i w_i n_i  (mean)  or  sum_i w_i sum_j l_ij / sum_i w_i  (sum)
///
/// and 0 where nothing is labelled. It is the same to the last bit as the plain loss where everything is.
struct BinaryCrossEntropyOptions {
  bool from_logits = false;  ///< predictions are z and p = sigmoid(z)
  Reduction reduce_outputs = Reduction::kMean;
  Missing missing = Missing::kError;
};
class BinaryCrossEntropy : public Loss {
 public:
  explicit BinaryCrossEntropy(BinaryCrossEntropyOptions options = {});
};

/// L = 1/2 sum_j (p_j - y_j)^2.
class SquaredError : public Loss {
 public:
  SquaredError();
};

/// L = mean_j (p_j - y_j)^2.
class MeanSquaredError : public Loss {
 public:
  MeanSquaredError();
};

/// L = mean_j |p_j - y_j|, subgradient 0 at 0.
class MeanAbsoluteError : public Loss {
 public:
  MeanAbsoluteError();
};

/// L = mean_j h(p_j - y_j), h(d) = d^2 / 2 for |d| <= delta, else delta (|d| - delta / 2).
struct HuberOptions {
  double delta = 1.0;
};
class Huber : public Loss {
 public:
  explicit Huber(HuberOptions options = {});
};

/// L = mean_j (p_j - y_j log p_j), or mean_j (exp(z_j) - y_j z_j) from logits; y >= 0.
struct PoissonOptions {
  bool from_logits = false;
};
class Poisson : public Loss {
 public:
  explicit Poisson(PoissonOptions options = {});
};

/// L = mean_j max(q (y_j - p_j), (q - 1) (y_j - p_j)), the quantile q's loss.
struct PinballOptions {
  double quantile = 0.5;
};
class Pinball : public Loss {
 public:
  explicit Pinball(PinballOptions options = {});
};

}  // namespace losses
}  // namespace laminar
