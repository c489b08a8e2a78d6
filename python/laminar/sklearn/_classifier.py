# SPDX-License-Identifier: BSD-3-Clause
from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target

from laminar import losses
from laminar.sklearn._callback_support import with_callbacks
from laminar.sklearn._classification import ClassifyingMLP
from laminar.sklearn._labels import Labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from laminar.callbacks._base import CallbackLike
    from laminar.schedules import Schedule

    Array = NDArray[Any]

Self = TypeVar("Self", bound="MLPClassifier")

_SEVERAL_OUTPUTS = ("multilabel-indicator", "multiclass-multioutput")


class MLPClassifier(ClassifierMixin, ClassifyingMLP):
    """Multi-layer perceptron classifier: scikit-learn's, and more.

    ``J = sum_i w_i L_i / sum_i w_i + alpha / (2 sum_i w_i) sum W^2`` is minimized, L being the log loss of
    the classes' probabilities: softmax of several classes, sigmoid of two or of labels that don't exclude
    each other.

    Parameters
    ----------
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
    loss : str, Loss or callable, default "log_loss"
        Another loss of the probabilities, any of :mod:`laminar.losses`; targets are 1 for the class and 0 for
        all others. A callable ``(y_true, y_pred)`` returns one loss an example and d losses / d y_pred.
    dropout : float or list of float, default 0.0
        The share of a hidden layer's activations that is dropped in training; one for all, or one a layer.
    batch_norm : bool, default False
        Whether each hidden layer is normalized over the batch before its activation.
    class_weight : dict, list of dict, "balanced" or None, default None
        Factors of the sample weights by class; "balanced" makes all classes weigh the same.
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
    classes_ : ndarray, or list of ndarray
        The labels; a list where each output has classes of its own.
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
        The accuracy of the validation data after each epoch; None without `early_stopping`.
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
    out_activation_ : {"softmax", "logistic"}
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
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import train_test_split
    >>> from laminar.sklearn import MLPClassifier
    >>> X_train, X_test, y_train, y_test = train_test_split(*load_digits(return_X_y=True), random_state=0)
    >>> model = MLPClassifier((64, 32), dropout=0.1, early_stopping=True, random_state=0)
    >>> model.fit(X_train, y_train).score(X_test, y_test) > 0.9
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **ClassifyingMLP._parameter_constraints,
        "loss": [StrOptions({"log_loss", *losses.names()}), losses.Loss, callable],
        "class_weight": [StrOptions({"balanced"}), dict, list, None],
    }

    _labels: Labels

    def __init__(
        self,
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
        loss: Any = "log_loss",
        dropout: float | Sequence[float] = 0.0,
        batch_norm: bool = False,
        class_weight: Mapping[Any, float] | Sequence[Mapping[Any, float]] | str | None = None,
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
        self.class_weight = class_weight
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
            Class labels; several columns of 0 and 1 are labels that don't exclude each other, several columns
            of other labels are outputs with classes of their own.
        sample_weight : array-like of shape (n_samples,), optional
            One number of at least 0 an example; an example of weight 0 adds nothing.
        X_val, y_val : array-like, optional
            What `early_stopping` judges by, instead of `validation_fraction` of the rows.
        sample_weight_val : array-like, optional
            The weights of these rows.

        Returns
        -------
        MLPClassifier
            The estimator itself.

        Raises
        ------
        ValueError
            If the data does not fit, or a step's loss or gradient was not finite.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from laminar.sklearn import MLPClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> MLPClassifier(max_iter=500, random_state=0).fit(X, y).score(X, y) > 0.95
        True
        """
        return self._fit(X, y, sample_weight, validation=(X_val, y_val, sample_weight_val))

    @available_if(lambda self: self._check_solver())
    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self: Self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """Make one pass over data, with what earlier passes left: weights, moments, learning rate.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input data.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels.
        sample_weight : array-like of shape (n_samples,), optional
            One number of at least 0 an example.
        classes : array-like of shape (n_classes,), optional
            All labels that `y` will ever hold; needed in the first call, may be left out later.

        Returns
        -------
        MLPClassifier
            The estimator itself.

        Raises
        ------
        ValueError
            If `y` holds a label that is not in `classes`.

        Examples
        --------
        >>> import numpy as np
        >>> from laminar.sklearn import MLPClassifier
        >>> model = MLPClassifier(random_state=0)
        >>> for X in np.random.default_rng(0).normal(size=(200, 20, 2)):
        ...     y = np.where(X[:, 0] > 0, "right", "left")
        ...     model = model.partial_fit(X, y, classes=["left", "right"])
        >>> model.predict([[2.0, 0.0], [-2.0, 0.0]]).tolist()
        ['right', 'left']
        """
        if isinstance(self.class_weight, str):
            raise ValueError(
                "class_weight: expected weights by class with partial_fit, which can't know what is "
                f"balanced, got {self.class_weight!r}"
            )
        if _check_partial_fit_first_call(self, classes):
            of_rows = type_of_target(y, input_name="y") in _SEVERAL_OUTPUTS
            self._labels = Labels.of(np.asarray(y)) if of_rows else Labels.among(np.asarray(self.classes_))
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: Any) -> Array:
        """Return the likeliest class of each row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input data.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Labels of ``classes_``.
        """
        outputs = self._predict_outputs(X)
        return self._labels.decide(outputs)

    def predict_proba(self, X: Any) -> Any:
        """Return the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input data. An array of float32 or float64 in C order is the quickest, if the estimator was
            fitted without feature names.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), or list of ndarray
            Columns in the order of ``classes_``; one array for each output that has classes of its own.
        """
        outputs = self._predict_outputs(X)
        return self._labels.probabilities(outputs)

    def predict_log_proba(self, X: Any) -> Any:
        """Return the logarithm of :meth:`predict_proba`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input data.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), or list of ndarray
            The logarithms, minus infinity where a probability is 0.
        """
        probabilities = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            if isinstance(probabilities, list):
                return [np.log(of_output) for of_output in probabilities]
            return np.log(probabilities)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of rows whose labels are right, all of them where there are several.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input data.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The true labels.
        sample_weight : array-like of shape (n_samples,), optional
            The weight of each row.

        Returns
        -------
        float
            The accuracy, between 0 and 1.
        """
        if "_labels" not in vars(self) or self._labels.kind != "multioutput":
            return float(super().score(X, y, sample_weight))
        return float(np.average((self.predict(X) == np.asarray(y)).all(axis=1), weights=sample_weight))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
