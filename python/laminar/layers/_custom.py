# SPDX-License-Identifier: BSD-3-Clause
"""Layers of the user's own, written on NumPy arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from laminar import _core
from laminar._keywords import known_keywords
from laminar._options import Option, as_axes, call_text, type_name
from laminar.layers._base import Layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from laminar.initializers import InitializerLike
    from laminar.regularizers import RegularizerLike

    Axes = tuple[int | None, ...]

Self = TypeVar("Self", bound="CustomLayer")


class ParameterSpec(Option):
    """A parameter that a :class:`CustomLayer` wants: its shape, how it starts, a penalty on it.

    Parameters
    ----------
    shape : sequence of int
        Its shape; ``()`` for a single number.
    initializer : str or Initializer, default "glorot_uniform"
        How it starts.
    regularizer : Regularizer, optional
        A penalty on it in the loss.

    Examples
    --------
    >>> import laminar as lm
    >>> lm.ParameterSpec((3, 2), "he_normal")
    ParameterSpec(shape=(3, 2), initializer='he_normal', regularizer=None)
    """

    @known_keywords
    def __init__(
        self,
        shape: Sequence[int],
        initializer: InitializerLike = "glorot_uniform",
        regularizer: RegularizerLike | None = None,
    ) -> None:
        self.shape = tuple(as_axes("ParameterSpec: shape", shape))
        self.initializer = initializer
        self.regularizer = regularizer


class CustomLayer(Layer):
    """Base of layers that are written in Python, on NumPy arrays.

    ``y = f(x_1, ..., x_n; theta_1, ..., theta_p)``; a subclass computes y and the gradients of J with regard
    to each x and theta:

    - ``parameters(*input_shapes)`` returns a dict of name to :class:`ParameterSpec`; by default it is empty.
    - ``output_shape(*input_shapes)`` returns the shape of y, by default that of the first input. Shapes start
      with the batch axis; an axis that is free is ``None``.
    - ``forward(*inputs, **parameters)`` returns y or ``(y, cache)``. If it has an argument ``training``, that
      is ``True`` in training and ``False`` in evaluation and prediction.
    - ``backward(d_y, cache)`` returns d J / d x of each input, then d J / d theta of each parameter in the
      order of ``parameters``: a tuple, or the one gradient alone. ``None`` stands for zeros.

    J holds the mean over the batch: backward sums over the batch and never divides by m. Arrays come in the
    model's dtype, as copies that may be kept and changed; any real dtype may be returned. A layer may be
    called several times and run in several threads at once, so what backward needs belongs into the cache,
    not into ``self``. An exception reaches the caller and leaves the model as it was.
    :func:`laminar.check_gradients` checks backward, unless forward is random. A pickled model holds the class
    by reference and the layer's attributes by value.

    Parameters
    ----------
    name : str, optional
        By default the model gives one, from the name of the class.

    Raises
    ------
    TypeError
        If the class has no ``forward`` or no ``backward``.
    ShapeError
        Whenever what one of the methods returns is not of the shape or kind that is needed.

    References
    ----------
    Ramachandran, Zoph and Le, "Searching for activation functions", 2017, for the layer of the example.

    Examples
    --------
    >>> import laminar as lm
    >>> import numpy as np
    >>> class Swish(lm.CustomLayer):  # y = x s with s = sigmoid(beta x), one beta a feature, trained
    ...     def parameters(self, input_shape):
    ...         return {"beta": lm.ParameterSpec((input_shape[-1],), initializer="ones")}
    ...     def forward(self, x, beta):
    ...         s = 1 / (1 + np.exp(-beta * x))
    ...         return x * s, (x, beta, s)
    ...     def backward(self, d_y, cache):
    ...         x, beta, s = cache
    ...         slope = x * s * (1 - s)
    ...         return d_y * (s + beta * slope), np.sum(d_y * x * slope, axis=0)
    >>> model = lm.Sequential([lm.Input((3,)), lm.Dense(4), Swish(), lm.Dense(1)], dtype="float64", seed=0)
    >>> model.compile("adam", "squared_error")
    >>> rng = np.random.default_rng(0)
    >>> lm.check_gradients(model, rng.normal(size=(5, 3)), rng.normal(size=5)).verdict
    'great'
    >>> model.parameters()["swish_1.beta"].tolist()
    [1.0, 1.0, 1.0, 1.0]
    """

    _arguments: tuple[tuple[Any, ...], dict[str, Any]] = ((), {})
    _parameter_names: tuple[str, ...] = ()

    def __new__(cls: type[Self], *args: Any, **kwargs: Any) -> Self:
        layer = super().__new__(cls)
        layer._arguments = (args, kwargs)
        return layer

    @known_keywords
    def __init__(self, name: str | None = None) -> None:
        from inspect import signature

        for method in ("forward", "backward"):
            if getattr(type(self), method) is getattr(CustomLayer, method):
                raise TypeError(f"{type(self).__name__}: expected a method {method!r}, found none")
        _core.Layer.__init__(self, self, name)
        self._takes_training = "training" in signature(self.forward).parameters
        self._made = True

    @property
    def options(self) -> dict[str, Any]:
        """The constructor's arguments by name, without the layer's name."""
        from inspect import signature

        args, kwargs = self._arguments
        given = signature(type(self).__init__).bind(self, *args, **kwargs).arguments
        return {key: value for key, value in given.items() if key not in ("self", "name")}

    def parameters(self, *args: Any, **kwargs: Any) -> Mapping[str, ParameterSpec]:
        """Say what parameters the layer has: ``parameters(*input_shapes)``.

        Returns
        -------
        dict of str to ParameterSpec
            Names that ``forward`` takes as arguments.
        """
        return {}

    def output_shape(self, *args: Any, **kwargs: Any) -> Sequence[int | None]:
        """Say what shape the output has: ``output_shape(*input_shapes)``.

        Returns
        -------
        tuple of int or None
            It starts with the batch axis of the inputs.
        """
        shape: Axes = args[0]
        return shape

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output: ``forward(*inputs, **parameters)``.

        Returns
        -------
        array, or tuple of array and any object
            The output, and what ``backward`` needs.
        """
        raise NotImplementedError

    def backward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the gradients: ``backward(d_output, cache)``.

        Returns
        -------
        array or tuple of array or None
            One of each input, then one of each parameter.
        """
        raise NotImplementedError

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.name, self.trainable), vars(self)

    # What the core calls.

    def _infer(self, shapes: tuple[Axes, ...]) -> tuple[list[int | None], list[tuple[Any, ...]]]:
        """Return the output's shape and the fields of each parameter."""
        specs = self.parameters(*shapes)
        if not isinstance(specs, Mapping):
            raise TypeError(f"{self._label}: parameters: expected a dict, got {type_name(specs)}")
        for name, spec in specs.items():
            _check_spec(f"{self._label}: parameters", name, spec)
        self._parameter_names = tuple(specs)
        batch = shapes[0][0]
        shape = self.output_shape(*shapes)
        if not isinstance(shape, list | tuple) or len(shape) == 0 or shape[0] not in (None, batch):
            raise _core.ShapeError(
                f"{self._label}: output_shape: expected a tuple that starts with the batch axis, {batch}, "
                f"got {shape!r}"
            )
        axes = [batch, *as_axes(f"{self._label}: output_shape", shape[1:])]
        if None in axes and not any(None in input_shape for input_shape in shapes):
            raise _core.ShapeError(
                f"{self._label}: output_shape: expected axes of known length for inputs of shape {shapes}, "
                f"got {shape!r}"
            )
        fields = [(name, spec.shape, spec.initializer, spec.regularizer) for name, spec in specs.items()]
        return axes, fields

    def _forward(
        self, inputs: tuple[Any, ...], parameters: tuple[Any, ...], training: bool
    ) -> tuple[Any, Any]:
        """Return the output and the cache."""
        arguments = dict(zip(self._parameter_names, parameters, strict=True))
        if self._takes_training:
            arguments["training"] = training
        result = self.forward(*inputs, **arguments)
        if not isinstance(result, tuple):
            return result, None
        if len(result) != 2:
            raise TypeError(
                f"{self._label}: forward: expected an array or (array, cache), got a tuple of {len(result)}"
            )
        return result

    def _backward(self, d_output: Any, cache: Any, n_inputs: int) -> tuple[Any, ...]:
        """Return the gradient of each input and parameter."""
        result = self.backward(d_output, cache)
        gradients = tuple(result) if isinstance(result, list | tuple) else (result,)
        if len(gradients) != n_inputs + len(self._parameter_names):
            wanted = ", ".join([f"{n_inputs} of inputs", *self._parameter_names])
            raise _core.ShapeError(
                f"{self._label}: backward: expected {n_inputs + len(self._parameter_names)} gradients "
                f"({wanted}), got {len(gradients)}"
            )
        return gradients

    @property
    def _label(self) -> str:
        return f"{self.name} ({self.type})" if self.name else self.type

    def __repr__(self) -> str:
        if not self._made:
            return f"<{type(self).__name__}: not constructed>"
        return call_text(type(self).__name__, self.options | ({"name": self.name} if self.name else {}))


def _check_spec(where: str, name: object, spec: object) -> None:
    if not isinstance(name, str) or not name.isidentifier() or name == "training":
        raise TypeError(f"{where}: expected names of arguments of forward, got {name!r}")
    if not isinstance(spec, ParameterSpec):
        raise TypeError(f"{where}: {name}: expected a ParameterSpec, got {type_name(spec)}")


def _rebuild(cls: type[Self], name: str, trainable: bool) -> Self:
    layer = cls.__new__(cls)
    CustomLayer.__init__(layer, name or None)
    layer.trainable = trainable
    return layer
