# SPDX-License-Identifier: BSD-3-Clause
"""What a model is besides training: a graph that can be called, looked at and copied."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from numpy import ndarray

from laminar import _core
from laminar._keywords import known_keywords, nearest
from laminar._options import as_integer
from laminar._saved import Saved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray
    from scipy.optimize import OptimizeResult

    from laminar._core import Arrays, SymbolicTensor

Self = TypeVar("Self", bound="Network")


class Network(Saved):
    """Base of the models: everything that needs no optimizer."""

    _made = False  # whether the core's constructor has succeeded

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._made = True

    def __call__(self, x: Any) -> Any:
        """Predict a batch that fits at once, or put the model into a larger graph.

        Parameters
        ----------
        x : array or CSR matrix, or SymbolicTensor; with several inputs a tuple, for arrays also a dict
            The inputs of shape (m, ...), in model order or by layer name.

        Returns
        -------
        array or SymbolicTensor
            What the last layer yields; a tuple where there are several outputs.

        Raises
        ------
        ShapeError
            If the inputs do not fit.

        Examples
        --------
        >>> import laminar as lm
        >>> import numpy as np
        >>> block = lm.Sequential([lm.Input((4,)), lm.Dense(2)])
        >>> block(np.zeros((3, 4), dtype="float32")).shape
        (3, 2)
        >>> block(lm.Input((4,))).shape
        (None, 2)
        """
        if type(x) is ndarray:
            return self.predict_batch(x)
        tensors = x if isinstance(x, list | tuple) else (x,)
        if tensors and all(isinstance(tensor, _core.SymbolicTensor) for tensor in tensors):
            outputs = self.call(tensors)
            return outputs[0] if len(outputs) == 1 else tuple(outputs)
        return self.predict_batch(x)

    @known_keywords
    def value_and_grad(
        self,
        x: Arrays,
        y: Arrays | None = None,
        sample_weight: Arrays | None = None,
        training: bool = True,
        wrt: str = "parameters",
    ) -> Any:
        """Return the loss of a batch, penalties included, and its gradient.

        No counter and no moving average changes.

        Parameters
        ----------
        x : array or CSR matrix of shape (m, ...)
            The batch; with several inputs a tuple in model order or a dict by layer name. All rows of a
            sparse matrix are made dense.
        y : array, optional
            The targets; only a model whose losses are all from :meth:`add_loss` does without.
        sample_weight : array of shape (m,), optional
            One number of at least 0 an example.
        training : bool, default True
            Whether layers such as dropout behave as in training.
        wrt : {"parameters", "inputs", "both"}, default "parameters"
            What the gradient is taken of.

        Returns
        -------
        loss : float
            ``sum_i w_i L_i / sum_i w_i``, plus penalties.
        gradients : dict of str to array
            With the keys of ``parameters()``; left out where `wrt` is ``"inputs"``.
        dx : array
            d loss / d x; a tuple where there are several inputs; left out where `wrt` is ``"parameters"``.

        Raises
        ------
        RuntimeError
            If the model is not compiled.
        DivergedError
            If the loss or the gradient is not finite.

        Examples
        --------
        >>> import laminar as lm
        >>> import numpy as np
        >>> model = lm.Sequential([lm.Input((1,)), lm.Dense(1, kernel_initializer="ones")], dtype="float64")
        >>> model.compile(loss="squared_error")
        >>> loss, gradients, dx = model.value_and_grad(np.array([[3.0]]), np.array([1.0]), wrt="both")
        >>> loss, gradients["dense_1.kernel"].tolist(), dx.tolist()
        (2.0, [[6.0]], [[2.0]])
        """
        return super().value_and_grad(x, y, sample_weight, training, wrt)

    def minimize(
        self,
        x: Arrays,
        y: Arrays | None = None,
        method: str = "L-BFGS-B",
        max_iterations: int = 1000,
        tolerance: float = 1e-5,
        sample_weight: Arrays | None = None,
        **options: Any,
    ) -> OptimizeResult:
        """Minimize the loss of all the data at once with SciPy: for small data and small networks.

        ``min_theta J(theta)`` with theta the parameters of the layers that train, in the model's order, and J
        what ``evaluate(x, y)["loss"]`` reports, penalties included: layers behave as at prediction, dropout
        drops nothing. Neither the compiled optimizer nor its moments, ``steps``, ``epochs`` and
        ``history`` are touched. Afterwards the model has the parameters of the smallest J that was met, also
        when an exception or Ctrl-C ended the search.

        Parameters
        ----------
        x : array or CSR matrix of shape (m, ...)
            The examples; with several inputs a tuple in model order or a dict by layer name. All are one
            batch, so the rows of a sparse matrix are made dense once and stay so until the end.
        y : array, optional
            The targets, likewise; only a model whose losses are all from :meth:`add_loss` does without.
        method : {"L-BFGS-B", "BFGS", "CG"}, default "L-BFGS-B"
            SciPy's name of the method. BFGS keeps a square matrix of as many rows as there are parameters.
        max_iterations : int, default 1000
            The most iterations; each computes J and its gradient once or a few times.
        tolerance : float, default 1e-5
            The search ends where no ``|d J / d theta_i|`` is above it, or where J no longer falls.
        sample_weight : array of shape (m,), optional
            One number of at least 0 an example.
        options : object
            More of SciPy's options of the method, such as ``maxcor=20``.

        Returns
        -------
        scipy.optimize.OptimizeResult
            ``fun`` is J, ``x`` theta in float64, ``jac`` the gradient; and ``success``, ``message``, ``nit``,
            ``nfev``.

        Raises
        ------
        ImportError
            If SciPy is missing: ``pip install "laminar[optimize]"``.
        ValueError
            If no layer trains, or the method is unknown; the message proposes the nearest one.
        DivergedError
            If J or its gradient is not finite at a point that the search tries.

        References
        ----------
        Byrd, Lu, Nocedal and Zhu, "A limited memory algorithm for bound constrained optimization", 1995.

        Examples
        --------
        >>> import laminar as lm
        >>> import numpy as np
        >>> x = np.linspace(0, 1, 64)[:, None]
        >>> model = lm.Sequential([lm.Dense(1)], dtype="float64", seed=0)
        >>> model.compile(loss="mean_squared_error")
        >>> result = model.minimize(x, 3 * x - 1)
        >>> result.success, [round(float(w.item()), 3) for w in model.get_weights()]
        (True, [3.0, -1.0])
        """
        from laminar._minimize import minimize

        limit = as_integer("minimize: max_iterations", max_iterations)
        return minimize(self, x, y, method, limit, tolerance, sample_weight, options)

    @known_keywords
    def add_loss(self, tensor: SymbolicTensor, weight: float = 1.0) -> None:
        """Add a tensor of the graph to what training makes small.

        ``J = sum_i w_i (L_i + weight t_i) / sum_i w_i``.

        Parameters
        ----------
        tensor : SymbolicTensor
            One number an example: of shape (None,) or (None, 1).
        weight : float, default 1.0
            Its factor.

        Examples
        --------
        >>> import laminar as lm
        >>> import numpy as np
        >>> x = lm.Input((2,))
        >>> model = lm.Model(x, lm.Dense(1, kernel_initializer="ones")(x))
        >>> model.add_loss(lm.Dense(1, kernel_initializer="ones", activation="exponential")(x), weight=0.5)
        >>> model.compile()
        >>> model.evaluate(np.zeros((4, 2)))["loss"]
        0.5
        """
        super().add_loss(tensor, weight)

    def get_layer(self, name: str) -> _core.Layer:
        """Return the layer of that name.

        Parameters
        ----------
        name : str
            A layer's name, such as ``"dense_1"``.

        Returns
        -------
        Layer
            The layer.

        Raises
        ------
        ValueError
            If there is none; the message proposes the nearest name.

        Examples
        --------
        >>> import laminar as lm
        >>> model = lm.Sequential([lm.Input((4,)), lm.Dense(2, name="scores")])
        >>> model.get_layer("scores")
        Dense(units=2, name='scores')
        """
        layers = {layer.name: layer for layer in self.layers}
        if name not in layers:
            raise ValueError(f"get_layer: no layer is named {name!r}{nearest(str(name), layers)}")
        return layers[name]

    def get_output(self, name: str) -> SymbolicTensor:
        """Return what a layer yields, to build another model on it.

        The new model shares the layers up to there. ``inputs`` and ``outputs`` are the model's own tensors.

        Parameters
        ----------
        name : str
            The name of a layer that is called once.

        Returns
        -------
        SymbolicTensor
            Its output.

        Raises
        ------
        ValueError
            If no layer has that name, or the layer is called several times.
        RuntimeError
            If the model has no input shape yet.

        Examples
        --------
        >>> import laminar as lm
        >>> base = lm.Sequential([lm.Input((4,)), lm.Dense(8, "relu", name="features"), lm.Dense(10)])
        >>> base.trainable = False  # what is learned stays; the new head alone will train
        >>> model = lm.Model(base.inputs, lm.Dense(3, "softmax", name="head")(base.get_output("features")))
        >>> [(layer.name, layer.trainable) for layer in model.layers]
        [('features', False), ('head', True)]
        """
        return super().output_of(self.get_layer(name))

    @known_keywords
    def summary(self, print_fn: Callable[[str], object] | None = None, batch_size: int = 32) -> None:
        """Print the layers, their parameters and the memory that training and prediction take.

        Of a model without an input shape it says that these are known when the first data has come.

        Parameters
        ----------
        print_fn : callable, optional
            Called with each line; by default ``print``.
        batch_size : int, default 32
            The batch size that the memory is told for.

        Examples
        --------
        >>> import laminar as lm
        >>> lm.Sequential([lm.Input((4,)), lm.Dense(2)], seed=0).summary()  # doctest: +ELLIPSIS
        Sequential, float32, seed 0
        layer ...
        """
        text = self.summary_text(type(self).__name__, as_integer("summary: batch_size", batch_size))
        for line in text.splitlines():
            (print if print_fn is None else print_fn)(line)

    @contextmanager
    def freeze_dropout(self) -> Iterator[None]:
        """Keep the dropout masks as they are within a ``with`` block.

        Every step in the block draws the same masks, so that the loss is a function of the parameters
        alone, as :func:`laminar.check_gradients` needs. Blocks may be nested.

        Examples
        --------
        >>> import laminar as lm
        >>> import numpy as np
        >>> model = lm.Sequential([lm.Input((8,)), lm.Dropout(0.5), lm.Dense(1)])
        >>> model.compile(loss="squared_error")
        >>> x, y = np.ones((4, 8)), np.ones(4)
        >>> with model.freeze_dropout():
        ...     model.value_and_grad(x, y)[0] == model.value_and_grad(x, y)[0]
        True
        """
        before = self.dropout_frozen
        self.dropout_frozen = True
        try:
            yield
        finally:
            self.dropout_frozen = before

    def get_averaged_weights(self) -> list[NDArray[Any]]:
        """Return the moving averages of the weights, which an optimizer with `ema_momentum` keeps.

        Before the first step they are the weights themselves. What layers keep untrained has no average and
        is returned as it is.

        Returns
        -------
        list of array
            Copies in the order of ``get_weights()``; ``set_weights`` makes them the weights for good.

        Raises
        ------
        RuntimeError
            If the optimizer keeps no average.

        Examples
        --------
        >>> import laminar as lm
        >>> import numpy as np
        >>> model = lm.Sequential([lm.Input((1,)), lm.Dense(1, kernel_initializer="zeros", use_bias=False)])
        >>> model.compile(lm.optim.SGD(0.5, ema_momentum=0.5), "squared_error")
        >>> for _ in range(2):
        ...     loss = model.train_on_batch(np.ones((1, 1)), np.ones(1))
        >>> model.get_weights()[0].item()
        0.75
        >>> round(model.get_averaged_weights()[0].item(), 3)  # (0.5 * 0.5 + 1.0 * 0.75) / (0.5 + 1.0)
        0.667
        """
        return super().get_averaged_weights()

    @contextmanager
    def use_averaged_weights(self) -> Iterator[None]:
        """Put the moving averages in the place of the weights within a ``with`` block.

        Predictions and evaluations in the block are those of the averages; training in it is an error, and
        so is the whole block without an optimizer with `ema_momentum`. The weights come back bit for bit,
        also after an exception. Blocks may be nested, and callbacks may open one between two epochs.

        Examples
        --------
        >>> import laminar as lm
        >>> import numpy as np
        >>> model = lm.Sequential([lm.Input((1,)), lm.Dense(1)])
        >>> model.compile(lm.optim.Adam(ema_momentum=0.99), "squared_error")
        >>> x, y = np.ones((4, 1)), np.zeros(4)
        >>> history = model.fit(x, y, epochs=5, verbose=0)
        >>> with model.use_averaged_weights():
        ...     averaged = model.evaluate(x, y)["loss"]
        >>> model.evaluate(x, y)["loss"] < averaged  # the average lags behind
        True
        """
        before = self.averages_in_use
        self.averages_in_use = True
        try:
            yield
        finally:
            self.averages_in_use = before

    def __repr__(self) -> str:
        name = type(self).__name__
        if not self._made:
            return f"<{name}: not constructed>"
        if not self.built:
            return f"<{name}: {len(self.layers)} layers, not built, {self.dtype}>"
        parameters = sum(array.size for array in self.parameters().values())
        return f"<{name}: {len(self.layers)} layers, {parameters:,} parameters, {self.dtype}>"

    def __reduce__(self) -> tuple[Any, ...]:
        # The layers come as objects, each of its own class; two models that share one share its copy.
        return _rebuild, (type(self), self.get_state(), self.layers), vars(self) or None


def _rebuild(cls: type[Self], state: dict[str, Any], layers: list[_core.Layer]) -> Self:
    model = cls.__new__(cls)
    in_order = iter(layers)
    Network.__init__(model, state, lambda type, options, name, trainable: next(in_order))
    return model
