# SPDX-License-Identifier: BSD-3-Clause
"""A network with what it takes to train it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from laminar._compile import as_loss_weights, as_losses, as_metrics, as_optimizer
from laminar._history import History
from laminar._keywords import known_keywords
from laminar._network import Network
from laminar._options import as_dtype_name, as_integer, type_name
from laminar.callbacks._base import as_callbacks
from laminar.callbacks._run import Run
from laminar.layers._base import as_tensors

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from laminar._compile import LossesLike, MetricsLike, OptimizerLike, WeightsLike
    from laminar._core import Arrays, SymbolicTensor
    from laminar._progress import Progress
    from laminar.callbacks._base import CallbackLike


class Model(Network):
    """Any directed acyclic graph of layers, with one or several inputs and outputs.

    Besides the methods below there are ``parameters()``, live writable views by name;
    ``get_weights()`` and ``set_weights(arrays)`` in layer order; ``train_on_batch(x, y=None,
    sample_weight=None)``, one step that returns the loss before it; ``layers``, ``trainable``, ``seed``,
    and the counters ``steps`` and ``epochs``. A model may be copied with :func:`copy.deepcopy` and pickled.

    Parameters
    ----------
    inputs : SymbolicTensor or sequence of SymbolicTensor
        What :func:`laminar.Input` returned.
    outputs : SymbolicTensor or sequence of SymbolicTensor
        What layers called on them yield.
    dtype : {"float32", "float64"}, default "float32"
        The type of parameters and results.
    seed : int, optional
        Determines initial values, shuffles and masks; by default one is drawn, see ``seed``.

    Attributes
    ----------
    history : History or None
        What the last ``fit`` recorded, also when an exception ended it.
    learning_rate : float
        That of the next step, also where a schedule says it. Setting a finite number of at least 0 scales
        what the optimizer says, so that the next step has that rate up to rounding and a schedule keeps its
        shape; ``compile`` ends that.

    Raises
    ------
    ValueError
        If an output does not depend on the inputs alone, or two layers have one name.

    Examples
    --------
    >>> import laminar as lm
    >>> x = lm.Input((8,))
    >>> h = lm.Dense(8, activation="relu")(x)
    >>> model = lm.Model(x, lm.Dense(1)(lm.Add()([x, h])), seed=0)
    >>> model
    <Model: 3 layers, 81 parameters, float32>
    """

    history: History | None = None

    @known_keywords
    def __init__(
        self,
        inputs: SymbolicTensor | Sequence[SymbolicTensor],
        outputs: SymbolicTensor | Sequence[SymbolicTensor],
        dtype: str = "float32",
        seed: int | None = None,
    ) -> None:
        super().__init__(
            as_tensors(inputs, "Model: inputs"),
            as_tensors(outputs, "Model: outputs"),
            as_dtype_name(dtype),
            seed if seed is None else as_integer("Model: seed", seed),
        )

    @known_keywords
    def compile(
        self,
        optimizer: OptimizerLike = "adam",
        loss: LossesLike = None,
        metrics: MetricsLike = None,
        loss_weights: WeightsLike = None,
    ) -> None:
        """Set how the model is trained; moments that an earlier ``compile`` left are dropped.

        ``J = sum_k loss_weights_k J_k`` over the outputs k, plus penalties and added losses.

        Parameters
        ----------
        optimizer : str or Optimizer, default "adam"
            Its settings are copied; :func:`laminar.optim.names` lists the names.
        loss : str, Loss or callable, optional
            :func:`laminar.losses.names` lists the names; a callable ``(y_true, y_pred)`` returns one loss
            an example, of shape (m,), and d losses / d y_pred. With several outputs a sequence in model order
            or a dict by layer name; ``None`` for an output without a loss.
        metrics : sequence of str, Metric, Loss or callable, optional
            :func:`laminar.metrics.names` lists the names; a callable ``(y_true, y_pred) -> float`` is
            called on whole arrays, see :class:`laminar.metrics.Function`; with several outputs one sequence
            each.
        loss_weights : sequence of float or dict, optional
            One factor an output, 1 by default.

        Raises
        ------
        ValueError
            If a name is unknown; the message proposes the nearest one.

        Examples
        --------
        >>> import laminar as lm
        >>> model = lm.Sequential([lm.Input((4,)), lm.Dense(3, activation="softmax")])
        >>> model.compile(lm.optim.SGD(0.1, momentum=0.9), "cross_entropy", metrics=["accuracy"])
        """
        outputs = self.output_names if self.built else [layer.name or "output" for layer in self.layers[-1:]]
        super().compile(
            as_optimizer(optimizer),
            as_losses(loss, outputs),
            as_metrics(metrics, outputs),
            as_loss_weights(loss_weights, outputs),
        )

    # The order of the arguments of fit and evaluate is Keras's; that of the core is its own.
    @known_keywords
    def fit(  # type: ignore[override]
        self,
        x: Arrays,
        y: Arrays | None = None,
        batch_size: int = 32,
        epochs: int = 1,
        validation_data: tuple[Any, ...] | None = None,
        validation_split: float = 0.0,
        shuffle: bool = True,
        sample_weight: Arrays | None = None,
        class_weight: Mapping[int, float] | None = None,
        callbacks: Iterable[CallbackLike] = (),
        verbose: int | str = "auto",
        initial_epoch: int = 0,
    ) -> History:
        """Train the model.

        Parameters
        ----------
        x : array or CSR matrix of shape (m, ...)
            The examples, of any real dtype; they are converted, and the rows of a sparse matrix made dense,
            batch by batch. With several inputs a tuple in model order or a dict by layer name.
        y : array, optional
            The targets, likewise; only a model whose losses are all from ``add_loss`` does without.
        batch_size : int, default 32
            Examples a step; the last batch of an epoch may be smaller.
        epochs : int, default 1
            The number of the last epoch: ``epochs - initial_epoch`` epochs are run.
        validation_data : tuple (x, y) or (x, y, sample_weight), optional
            What is evaluated after each epoch.
        validation_split : float, default 0.0
            The share of the last rows, before shuffling, that is kept for validation.
        shuffle : bool, default True
            Whether each epoch has an order of its own.
        sample_weight : array of shape (m,), optional
            One number of at least 0 an example.
        class_weight : dict of int to float, optional
            A factor of the sample weights for each label; 1 for labels not named.
        callbacks : sequence of Callback or callable, default ()
            What is called after each epoch, and more often where :mod:`laminar.callbacks` says so; ``True``
            from one of them stops training.
        verbose : {"auto", 0, 1, 2}, default "auto"
            0: nothing; 1: a bar; 2: a line an epoch; "auto": a bar on a terminal, else lines.
        initial_epoch : int, default 0
            The number of epochs that count as done.

        Returns
        -------
        History
            Losses and metrics of each epoch, also kept as ``model.history``.

        Raises
        ------
        ShapeError
            If shapes do not fit.
        ValueError
            If the data holds NaN or infinity, or labels that the loss does not take.
        DivergedError
            If a step's loss or gradient is not finite; no parameter has moved in that step.
        RuntimeError
            If the model is not compiled or is being trained by another thread.

        Examples
        --------
        >>> import laminar as lm
        >>> import numpy as np
        >>> x = np.linspace(-1, 1, 64).reshape(-1, 1)
        >>> model = lm.Sequential([lm.Dense(1)], seed=0)
        >>> model.compile(lm.optim.SGD(0.1), "mean_squared_error")
        >>> history = model.fit(x, 3 * x - 1, epochs=200, verbose=0)
        >>> [round(float(w.item()), 3) for w in model.get_weights()]
        [3.0, -1.0]
        """
        epochs = as_integer("fit: epochs", epochs)
        initial_epoch = as_integer("fit: initial_epoch", initial_epoch)
        with Run(self, as_callbacks(callbacks), _make_progress(verbose, epochs, initial_epoch)) as run:
            try:
                super().fit(
                    x,
                    y,
                    sample_weight,
                    _as_class_weight(class_weight),
                    as_integer("fit: batch_size", batch_size),
                    epochs,
                    initial_epoch,
                    shuffle,
                    _as_validation_data(validation_data),
                    validation_split,
                    run,
                )
            finally:
                self.history = History(self.last_history, self.last_epochs)
        return self.history

    @known_keywords
    def evaluate(  # type: ignore[override]
        self,
        x: Arrays,
        y: Arrays | None = None,
        batch_size: int | None = None,
        sample_weight: Arrays | None = None,
    ) -> dict[str, float]:
        """Return loss and metrics on data, without changing the model.

        Parameters
        ----------
        x : array or CSR matrix of shape (m, ...)
            The examples; with several inputs a tuple in model order or a dict by layer name. The rows of a
            sparse matrix are made dense `batch_size` at a time.
        y : array, optional
            The targets, likewise.
        batch_size : int, optional
            Examples at a time, by default 1,024; the result does not depend on it beyond rounding.
        sample_weight : array of shape (m,), optional
            One number of at least 0 an example.

        Returns
        -------
        dict of str to float
            ``"loss"``, penalties included, and each metric.

        Raises
        ------
        ShapeError
            If shapes do not fit.
        RuntimeError
            If the model is not compiled.

        Examples
        --------
        >>> import laminar as lm
        >>> import numpy as np
        >>> model = lm.Sequential([lm.Input((1,)), lm.Dense(1, kernel_initializer="ones")])
        >>> model.compile(loss="mean_squared_error", metrics=["mean_absolute_error"])
        >>> model.evaluate(np.array([[1.0], [3.0]]), np.array([0.0, 0.0]))
        {'loss': 5.0, 'mean_absolute_error': 2.0}
        """
        size = batch_size if batch_size is None else as_integer("evaluate: batch_size", batch_size)
        return super().evaluate(x, y, sample_weight, size)

    @known_keywords
    def predict(self, x: Arrays, batch_size: int | None = None, out: Arrays | None = None) -> Any:
        """Return what the last layer yields for data of any size.

        Parameters
        ----------
        x : array or CSR matrix of shape (m, ...)
            The examples; with several inputs a tuple in model order or a dict by layer name. The rows of a
            sparse matrix are made dense `batch_size` at a time.
        batch_size : int, optional
            Examples at a time, by default 1,024.
        out : array of shape (m, ...), optional
            C-contiguous, of the model's dtype: where the result is written instead of a new array.

        Returns
        -------
        array of shape (m, ...)
            The predictions, or `out`; a tuple where there are several outputs.

        Raises
        ------
        ShapeError
            If `x` or `out` does not fit.

        Examples
        --------
        >>> import laminar as lm
        >>> import numpy as np
        >>> model = lm.Sequential([lm.Input((1,)), lm.Dense(1, kernel_initializer="ones")])
        >>> model.predict(np.array([[1], [2]])).tolist()
        [[1.0], [2.0]]
        """
        size = batch_size if batch_size is None else as_integer("predict: batch_size", batch_size)
        return super().predict(x, size, out)


def _make_progress(verbose: object, epochs: int, initial_epoch: int) -> Progress | None:
    if verbose == 0:
        return None
    from laminar._progress import make_progress

    return make_progress(verbose, epochs, initial_epoch)


def _as_class_weight(class_weight: Any) -> dict[int, float] | None:
    if class_weight is None:
        return None
    if not isinstance(class_weight, Mapping):
        raise TypeError(f"fit: class_weight: expected a dict by label, got {type_name(class_weight)}")
    return dict(class_weight)


def _as_validation_data(data: Any) -> tuple[Any, ...] | None:
    if data is None:
        return None
    if not isinstance(data, list | tuple) or len(data) not in (2, 3):
        got = f"{len(data)} values" if isinstance(data, list | tuple) else type_name(data)
        raise TypeError(f"fit: validation_data: expected (x, y) or (x, y, sample_weight), got {got}")
    return tuple(data)
