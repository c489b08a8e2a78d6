# SPDX-License-Identifier: BSD-3-Clause
from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
from scipy.special import xlogy
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils import check_array, column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import validate_data

from laminar import losses
from laminar.metrics import R2
from laminar.sklearn._base import BaseMLP
from laminar.sklearn._callback_support import with_callbacks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from laminar.callbacks._base import CallbackLike
    from laminar.schedules import Schedule
    from laminar.sklearn._data import Rows

    Array = NDArray[Any]

Self = TypeVar("Self", bound="MLPRegressor")

# scikit-learn's names of the output activations that belong to losses; identity to all others.
_OUT_ACTIVATIONS = {"poisson": "exp", "binary_cross_entropy": "logistic", "cross_entropy": "softmax"}


class MLPRegressor(RegressorMixin, BaseMLP):
    """Multi-layer perceptron regressor: scikit-learn's, and more.

    ``J = sum_i w_i L_i / sum_i w_i + alpha / (2 sum_i w_i) sum W^2`` is minimized, L being half the squared
    error, summed over the outputs.

    Parameters
    ----------
    loss : str, Loss or callable, default "squared_error"
        "squared_error"; "poisson", whose output is an exponential; or any other of :mod:`laminar.losses`,
        such as "huber" or ``laminar.losses.Pinball(0.9)``. A callable ``(y_true, y_pred)`` returns one loss
        an example and d losses / d y_pred.
    hidden_layer_sizes : int or array-like of int, default (100,)
        Units of each hidden layer.
    activation : str, ActivationFunction or a list of one a hidden layer, default "relu"
        scikit-learn's "identity", "logistic", "tanh" and "relu", or any of :func:`laminar.activations.names`.
    solver : {"adam", "sgd", "lbfgs"}, default "adam"
        What minimizes the loss; "lbfgs" is for small data, and takes all of it at once.
    alpha : float, default 1e-4
        L2 penalty: ``alpha / (2 m) sum W^2`` of a batch of m examples, biases left out.
    batch_size : int or "auto", default "auto"
        Examples a step; "auto" is ``min(200, n_samples)``.
    learning_rate : {"constant", "invscaling", "adaptive"}, default "constant"
        Of "sgd" alone. "invscaling": ``learning_rate_init / (t_ + 1)^power_t`` after each epoch; "adaptive":
        divided by 5 each time the loss or score has not improved by `tol` for `n_iter_no_change` epochs.
    learning_rate_init : float, default 1e-3
        The step size, of "adam" and "sgd".
    power_t : float, default 0.5
        The exponent of "invscaling".
    max_iter : int, default 200
        The most epochs, or iterations of "lbfgs".
    shuffle : bool, default True
        Whether each epoch has an order of its own.
    random_state : int, RandomState or None, default None
        Determines initial weights, the validation split, shuffles and dropout.
    tol : float, default 1e-4
        How much the loss or the score must improve to count as better.
    verbose : bool or int, default False
        Whether a line is printed each epoch.
    warm_start : bool, default False
        Whether ``fit`` goes on where the last one ended, with the optimizer's moments too.
    momentum : float, default 0.9
        Of "sgd", in [0, 1].
    nesterovs_momentum : bool, default True
        Of "sgd": whether momentum looks one step ahead.
    early_stopping : bool, default False
        Whether a score on validation data decides when to stop; the weights of its best epoch are kept.
    validation_fraction : float, default 0.1
        The share of the rows that is validation data, unless ``fit`` is given some.
    beta_1, beta_2 : float, default 0.9, 0.999
        Decay of the averages of "adam".
    epsilon : float, default 1e-8
        What keeps the divisor of "adam" away from 0.
    n_iter_no_change : int or inf, default 10
        Training stops after more epochs than these without improvement.
    max_fun : int, default 15000
        The most evaluations of "lbfgs".
    dropout : float or list of float, default 0.0
        The share of a hidden layer's activations that is dropped in training; one for all, or one a layer.
    batch_norm : bool, default False
        Whether each hidden layer is normalized over the batch before its activation.
    schedule : Schedule or None, default None
        A schedule of :mod:`laminar.schedules` in the place of `learning_rate` and `learning_rate_init`.
    n_threads : int or None, default None
        Threads of a call; by default :func:`laminar.get_num_threads`, which honours joblib's limit in its
        workers.
    max_time : float or None, default None
        Seconds after which ``fit`` stops, between two steps.
    callbacks : list of Callback or callable, default None
        What is called during ``fit``, see :mod:`laminar.callbacks`. scikit-learn's own callbacks are given to
        ``set_callbacks``.
    transform_layer : int, default -1
        The hidden layer whose activations ``transform`` returns.

    Attributes
    ----------
    coefs_, intercepts_ : list of ndarray
        Kernels of shape (n_in, n_out) and biases, layer by layer. They are the network's own: writing into
        them, or assigning others, changes its predictions.
    loss_ : float
        The last epoch's loss, penalty included.
    loss_curve_ : list of float
        The loss of each epoch.
    best_loss_ : float or None
        The smallest loss; None with `early_stopping`.
    validation_scores_ : list of float or None
        R^2 of the validation data after each epoch; None without `early_stopping`.
    best_validation_score_ : float or None
        The largest of them.
    validation_loss_curve_ : list of float or None
        The loss of the validation data after each epoch.
    n_iter_ : int
        Epochs of the last ``fit``, or iterations.
    t_ : int
        Training examples seen, over all epochs.
    n_layers_, n_outputs_ : int
        Layers, input and output among them; numbers that the network yields for an example.
    out_activation_ : {"identity", "exp", "logistic", "softmax"}
        Name of the output's activation.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if all are strings.

    References
    ----------
    Kingma and Ba, "Adam: a method for stochastic optimization", 2015 (arXiv:1412.6980).

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from laminar.sklearn import MLPRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> mlp = MLPRegressor(loss="huber", learning_rate_init=0.01, tol=1e-3, max_iter=1000, random_state=0)
    >>> model = make_pipeline(StandardScaler(), mlp)
    >>> model.fit(X, y).score(X, y) > 0.4
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseMLP._parameter_constraints,
        "loss": [StrOptions(set(losses.names())), losses.Loss, callable],
    }

    def __init__(
        self,
        loss: Any = "squared_error",
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        dropout: float | Sequence[float] = 0.0,
        batch_norm: bool = False,
        schedule: Schedule | None = None,
        n_threads: int | None = None,
        max_time: float | None = None,
        callbacks: Sequence[CallbackLike] | None = None,
        transform_layer: int = -1,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.loss = loss
        self.dropout = dropout
        self.batch_norm = batch_norm
        self.schedule = schedule
        self.n_threads = n_threads
        self.max_time = max_time
        self.callbacks = callbacks
        self.transform_layer = transform_layer

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self: Self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Train on data, from new weights unless `warm_start` is on.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input data.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The target values.
        sample_weight : array-like of shape (n_samples,), optional
            One number of at least 0 an example; an example of weight 0 adds nothing.
        X_val, y_val : array-like, optional
            What `early_stopping` judges by, instead of `validation_fraction` of the rows.
        sample_weight_val : array-like, optional
            The weights of these rows.

        Returns
        -------
        MLPRegressor
            The estimator itself.

        Raises
        ------
        ValueError
            If the data does not fit, or a step's loss or gradient was not finite.

        Examples
        --------
        >>> import numpy as np
        >>> from laminar.sklearn import MLPRegressor
        >>> X = np.linspace(-1, 1, 200)[:, None]
        >>> y = np.sin(3 * X[:, 0])
        >>> MLPRegressor(solver="lbfgs", random_state=0).fit(X, y).score(X, y) > 0.99
        True
        """
        return self._fit(X, y, sample_weight, validation=(X_val, y_val, sample_weight_val))

    @available_if(lambda self: self._check_solver())
    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self: Self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Make one pass over data, with what earlier passes left: weights, moments, learning rate.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input data.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The target values.
        sample_weight : array-like of shape (n_samples,), optional
            One number of at least 0 an example.

        Returns
        -------
        MLPRegressor
            The estimator itself.
        """
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: Any) -> Array:
        """Return the value of each row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input data. An array of float32 or float64 in C order is the quickest, if the estimator was
            fitted without feature names.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The predictions.
        """
        outputs: Array = self._predict_outputs(X)
        return outputs.ravel() if outputs.shape[1] == 1 else outputs

    # What the base asks.

    def _check_targets(self, X: Any, y: Any, first: bool, incremental: bool) -> tuple[Any, Array]:
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            y_numeric=True,
            dtype=(np.float64, np.float32),
            ensure_min_samples=self._least_rows(),
            reset=first,
        )
        return X, self._two_axes(y)

    @staticmethod
    def _two_axes(y: Array) -> Array:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return y.reshape(len(y), -1)

    def _encode_validation(self, y: Any, like: Array) -> Array:
        y = self._two_axes(check_array(y, ensure_2d=False, dtype="numeric", input_name="y_val"))
        if y.shape[1] != like.shape[1]:
            raise ValueError(f"y_val: expected {like.shape[1]} columns as y has, got {y.shape[1]}")
        return y

    def _outputs(self, y: Array) -> tuple[tuple[int, ...], str]:
        name = self.loss if isinstance(self.loss, str) else ""
        return (y.shape[1],), _OUT_ACTIVATIONS.get(name, "identity")

    def _targets(self, y: Array) -> Any:
        return y

    def _losses(self) -> tuple[list[Any], list[list[Any]], list[float] | None]:
        n_outputs = self._architecture.outputs[0]
        if self._is("squared_error"):
            return ["squared_error"], [["squared_error"] if n_outputs > 1 else []], None
        if self._is("poisson"):  # the sum over the outputs, not their mean
            return ["poisson"], [[]], [float(n_outputs)]
        return [self.loss], [[]], None

    def _is(self, name: str) -> bool:
        return isinstance(self.loss, str) and self.loss == name

    def _reporter(self, y: Array, weights: Array | None) -> Any:
        n_outputs = y.shape[1]
        if self._is("squared_error") and n_outputs > 1:
            # Steps go along the sum over the outputs; what is reported has their mean.
            def reported(logs: dict[str, float], prefix: str) -> float:
                data = logs[f"{prefix}squared_error"]
                return data / n_outputs + (logs[f"{prefix}loss"] - data)

            return reported
        if self._is("poisson"):  # half the deviance: with the terms that don't depend on the network
            constant = float(np.average(xlogy(y, y) - y, weights=weights, axis=0).sum())
            return lambda logs, prefix: logs[f"{prefix}loss"] + constant
        return lambda logs, prefix: logs[f"{prefix}loss"]

    def _score_metrics(self) -> list[Any]:
        return [R2()]

    def _score_of(self, logs: dict[str, float], test: Rows) -> float:
        return logs["val_r2"]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = self._is("poisson") or isinstance(self.loss, losses.Poisson)
        return tags
