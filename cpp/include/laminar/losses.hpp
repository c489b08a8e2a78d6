// SPDX-License-Identifier: BSD-3-Clause
/// \file
/// Losses: what training makes small.
#pragma once

#include <memory>
#include <utility>

namespace laminar {

class LossFunction;

/// What a loss is built from; `laminar::losses` holds the kinds.
///
/// Every loss gives one number an example. Weights and the mean over the batch are the model's:
///
///     J = sum_i w_i L_i / sum_i w_i
class Loss {
 public:
  /// \cond
  explicit Loss(std::shared_ptr<const LossFunction> function) : function_(std::move(function)) {}
  const LossFunction& function() const { return *function_; }
  std::shared_ptr<const LossFunction> shared_function() const { return function_; }
  /// \endcond

 private:
  std::shared_ptr<const LossFunction> function_;
};

/// The kinds of `Loss`: one number L an example from predictions p and targets y.
///
/// Cross-entropy after a softmax, and binary cross-entropy after a sigmoid, are computed together with the activation
/// from its input z: exactly at any size of z, with dZ = p - y. `from_logits` does the same without such a layer. What
/// is given probabilities clips them to [eps, 1 - eps] with the dtype's eps.
namespace losses {

/// How the outputs of one example become one number.
enum class Reduction {
  kMean,  ///< their mean
  kSum,   ///< their sum
};

/// Options of `CrossEntropy`.
struct CrossEntropyOptions {
  bool from_logits = false;  ///< predictions are z and p = softmax(z)
};

/// Cross-entropy between classes that exclude each other.
///
///     L = -sum_j y_j log p_j over the last axis; -log p_c for a label c
///
/// Predictions are (m, ..., classes) with at least 2 classes. Targets are whole numbers 0 to classes - 1 of an integer
/// or float dtype and shape (m, ...) or (m, ..., 1), or probabilities of the predictions' shape. An example of several
/// rows has their mean.
///
/// \code{.cpp}
/// Model<double> model(Sequential{Input({.shape = {4}}), ActivationLayer({.activation = Activation::kLinear})});
/// model.compile({.loss = losses::CrossEntropy()});
/// const std::vector<double> p{0.3, 0.2, 0.1, 0.4};
/// const std::vector<int> label{1};
/// assert(std::abs(model.evaluate(View(p.data(), {1, 4}), View(label))["loss"] + std::log(0.2)) < 1e-12);
/// \endcode
class CrossEntropy : public Loss {
 public:
  /// \param options whether predictions are logits
  explicit CrossEntropy(CrossEntropyOptions options = {});
};

/// What NaN in the targets means.
enum class Missing {
  kError,   ///< a mistake: ValueError
  kIgnore,  ///< not labelled
};

/// Options of `BinaryCrossEntropy`.
struct BinaryCrossEntropyOptions {
  bool from_logits = false;                     ///< predictions are z and p = sigmoid(z)
  Reduction reduce_outputs = Reduction::kMean;  ///< how the outputs of one example become one number
  Missing missing = Missing::kError;            ///< what NaN in the targets means, also to the metrics of the output
};

/// Cross-entropy of yes-or-no outputs, each on its own.
///
///     L = -(y log p + (1 - y) log(1 - p)), mean (or sum) over the outputs of an example
///
/// Targets are numbers from 0 to 1 of the predictions' shape; (m,) will do for (m, 1).
///
/// With Missing::kIgnore an entry that is not labelled has no loss and no gradient. With the labelled entries j of
/// example i and their number n_i the cost is
///
///     J = sum_i w_i sum_j l_ij / sum_i w_i n_i  (mean)  or  sum_i w_i sum_j l_ij / sum_i w_i  (sum)
///
/// and 0 where nothing is labelled. It is the same to the last bit as the plain loss where everything is.
///
/// \code{.cpp}
/// Model<double> model(Sequential{Input({.shape = {2}}), ActivationLayer({.activation = Activation::kLinear})});
/// model.compile({.loss = losses::BinaryCrossEntropy({.missing = losses::Missing::kIgnore})});
/// const std::vector<double> p{0.5, 0.9, 0.2, 0.5};
/// const std::vector<double> y{1, std::nan(""), std::nan(""), 0};
/// const Logs logs = model.evaluate(View(p.data(), {2, 2}), View(y.data(), {2, 2}));
/// assert(std::abs(logs["loss"] - std::log(2.0)) < 1e-12);  // of two labels at 0.5
/// \endcode
class BinaryCrossEntropy : public Loss {
 public:
  /// \param options logits, mean or sum, missing labels
  explicit BinaryCrossEntropy(BinaryCrossEntropyOptions options = {});
};

/// Half the squared distance: L = 1/2 sum_j (p_j - y_j)^2, so that dL/dp = p - y.
///
/// Targets are finite numbers of the predictions' shape; (m,) will do for (m, 1). An example stands at
/// `MeanSquaredError`.
class SquaredError : public Loss {
 public:
  /// It has no options.
  SquaredError();
};

/// Squared error without the factor 1/2: L = mean_j (p_j - y_j)^2.
///
/// Targets are finite numbers of the predictions' shape; (m,) will do for (m, 1).
///
/// \code{.cpp}
/// Model<double> model(Sequential{Input({.shape = {2}}), ActivationLayer({.activation = Activation::kLinear})});
/// model.compile({.loss = losses::MeanSquaredError(),
///                .metrics = {losses::SquaredError(), losses::MeanAbsoluteError(), losses::Huber({.delta = 1.0}),
///                            losses::Pinball({.quantile = 0.75})}});
/// const std::vector<double> p{1, 2};
/// const std::vector<double> y{1, 4};
/// const Logs logs = model.evaluate(View(p.data(), {1, 2}), View(y.data(), {1, 2}));
/// assert(logs["loss"] == 2.0 && logs["squared_error"] == 2.0 && logs["mean_absolute_error"] == 1.0);
/// assert(logs["huber"] == 0.75 && logs["pinball"] == 0.75);
/// \endcode
class MeanSquaredError : public Loss {
 public:
  /// It has no options.
  MeanSquaredError();
};

/// Absolute error, whose best constant is the median: L = mean_j |p_j - y_j|, subgradient 0 at 0.
///
/// Targets are finite numbers of the predictions' shape; (m,) will do for (m, 1). An example stands at
/// `MeanSquaredError`.
class MeanAbsoluteError : public Loss {
 public:
  /// It has no options.
  MeanAbsoluteError();
};

/// Options of `Huber`.
struct HuberOptions {
  double delta = 1.0;  ///< where square and line meet, above 0, in the unit of the targets
};

/// Squared error for small differences, absolute error for large ones.
///
///     L = mean_j h(p_j - y_j), h(d) = d^2 / 2 for |d| <= delta, else delta (|d| - delta / 2)
///
/// Targets are finite numbers of the predictions' shape; (m,) will do for (m, 1). An example stands at
/// `MeanSquaredError`.
///
/// Source: Huber, "Robust estimation of a location parameter", 1964.
class Huber : public Loss {
 public:
  /// \param options delta
  /// \throws ValueError unless delta is finite and above 0
  explicit Huber(HuberOptions options = {});
};

/// Options of `Poisson`.
struct PoissonOptions {
  bool from_logits = false;  ///< predictions are z = log p instead of expected counts p
};

/// Negative log-likelihood of counts, up to a constant.
///
///     L = mean_j (p_j - y_j log p_j), or mean_j (exp(z_j) - y_j z_j) from logits
///
/// Targets are finite numbers of at least 0 and of the predictions' shape; (m,) will do for (m, 1). A p below the
/// dtype's epsilon counts as epsilon.
///
/// \code{.cpp}
/// Model<double> model(Sequential{Input({.shape = {1}}), ActivationLayer({.activation = Activation::kExponential})});
/// model.compile({.loss = losses::Poisson()});
/// const std::vector<double> z{0};  // one count is expected
/// const std::vector<int> counts{3};
/// assert(model.evaluate(View(z.data(), {1, 1}), View(counts))["loss"] == 1.0);
/// \endcode
class Poisson : public Loss {
 public:
  /// \param options whether predictions are logarithms
  explicit Poisson(PoissonOptions options = {});
};

/// Options of `Pinball`.
struct PinballOptions {
  double quantile = 0.5;  ///< q, above 0 and below 1; 0.5 is half the absolute error
};

/// The loss whose best constant is the quantile q of the targets.
///
///     L = mean_j max(q (y_j - p_j), (q - 1) (y_j - p_j)), subgradient 0 at 0
///
/// Targets are finite numbers of the predictions' shape; (m,) will do for (m, 1). An example stands at
/// `MeanSquaredError`.
///
/// Source: Koenker and Bassett, "Regression quantiles", 1978.
class Pinball : public Loss {
 public:
  /// \param options the quantile
  /// \throws ValueError unless the quantile lies between 0 and 1, both excluded
  explicit Pinball(PinballOptions options = {});
};

}  // namespace losses
}  // namespace laminar
