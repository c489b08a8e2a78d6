"""The compiled core: handles of layers, losses, schedules and optimizers, and the model."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

__version__: str

class ShapeError(ValueError): ...
class FormatError(ValueError): ...
class DivergedError(ArithmeticError, ValueError): ...

class SymbolicTensor:
    """A tensor of a graph that is being built."""

    @property
    def shape(self) -> tuple[int | None, ...]: ...
    @property
    def dtype(self) -> str: ...

def input_tensor(shape: Sequence[int | None], dtype: str | None, name: str | None) -> SymbolicTensor: ...

class Layer:
    """Options and a name; its parameters live in the model that it becomes part of."""

    @overload
    def __init__(self, type: str, options: Mapping[str, Any], name: str | None = None) -> None: ...
    @overload
    def __init__(self, object: Layer, name: str | None) -> None:
        """A layer that a Python object computes, by _infer, _forward and _backward."""
    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def options(self) -> dict[str, Any]: ...
    trainable: bool
    def call(self, inputs: Sequence[SymbolicTensor]) -> list[SymbolicTensor]: ...

class Schedule:
    def __init__(self, type: str, options: Mapping[str, Any]) -> None: ...
    @property
    def type(self) -> str: ...
    @property
    def options(self) -> dict[str, Any]: ...
    def rate(self, step: int, epoch: int) -> float: ...
    def rates(self, steps: int, steps_per_epoch: int) -> NDArray[np.float64]: ...

class Optimizer:
    def __init__(self, type: str, options: Mapping[str, Any]) -> None: ...
    @property
    def type(self) -> str: ...
    @property
    def options(self) -> dict[str, Any]: ...

def adapt(layer: Layer, x: ArrayLike) -> None:
    """Gives a Normalization the mean and std of x."""

class Loss:
    def __init__(self, type: str, options: Mapping[str, Any]) -> None: ...
    @staticmethod
    def from_callable(
        function: Callable[[NDArray[Any], NDArray[Any]], tuple[ArrayLike, ArrayLike]],
    ) -> Loss: ...
    @property
    def type(self) -> str: ...
    @property
    def options(self) -> dict[str, Any]: ...

class Metric:
    def __init__(self, type: str, options: Mapping[str, Any]) -> None: ...
    @staticmethod
    def from_callable(
        function: Callable[[NDArray[Any], NDArray[Any], NDArray[Any] | None], float], name: str
    ) -> Metric: ...
    @property
    def type(self) -> str: ...
    @property
    def options(self) -> dict[str, Any]: ...
    @property
    def name(self) -> str:
        """The key in logs and history."""
    @property
    def function(self) -> Callable[..., float] | None: ...

# Arrays of a model with one input (or output) are given as they are; with several, as a tuple in
# model order or a dict by layer name. x may be a CSR matrix of SciPy's, or what has its attributes.
Arrays = Any

class Hooks(Protocol):
    """What fit calls where it is not None; True stops. What is added to an epoch's logs is recorded."""

    @property
    def on_begin(self) -> Callable[[Sequence[str]], None] | None:
        """With the names of an epoch's logs, once the data is found right."""
    @property
    def on_epoch_begin(self) -> Callable[[int], None] | None: ...
    @property
    def on_step(self) -> Callable[[int, dict[str, float]], bool] | None:
        """With the model's steps, where every_steps divides them, and the logs so far."""
    @property
    def every_steps(self) -> int: ...
    @property
    def on_poll(self) -> Callable[[int, int, int, dict[str, float]], bool] | None:
        """Now and then with the epoch, the batches done and in all, and the logs so far."""
    @property
    def on_epoch(self) -> Callable[[int, dict[str, float]], bool] | None: ...

class ModelFile:
    """A model's file, opened, and its header."""

    def __init__(self, path: str) -> None: ...
    @property
    def kind(self) -> Literal["Sequential", "Model"]: ...

class Model:
    """Graph, parameters and training state."""

    @overload
    def __init__(
        self,
        layers_or_inputs: Sequence[Layer | SymbolicTensor],
        outputs: Sequence[SymbolicTensor] | None,
        dtype: str,
        seed: int | None,
    ) -> None:
        """outputs None: a sequence of layers, built at once or, without an input, at the first data."""
    @overload
    def __init__(
        self, state: Mapping[str, Any], make_layer: Callable[[str, Mapping[str, Any], str, bool], Layer]
    ) -> None:
        """From what get_state returned; make_layer(type, options, name, trainable) makes each layer."""
    @overload
    def __init__(
        self,
        file: ModelFile,
        make_layer: Callable[[str, dict[str, Any]], Layer],
        find_function: Callable[[str, str], Callable[..., Any]],
    ) -> None:
        """From a file; find_function(name, "loss" or "metric") finds what it only names."""
    @property
    def dtype(self) -> str: ...
    @property
    def seed(self) -> int: ...
    @property
    def built(self) -> bool: ...
    @property
    def compiled(self) -> bool: ...
    @property
    def layers(self) -> list[Layer]: ...
    @property
    def input_names(self) -> list[str]: ...
    @property
    def output_names(self) -> list[str]: ...
    @property
    def input_shapes(self) -> list[tuple[int | None, ...]]: ...
    @property
    def output_shapes(self) -> list[tuple[int | None, ...]]: ...
    @property
    def n_layers(self) -> int:
        """Layers with parameters on the longest path, the input not counted (the notes' L)."""
    trainable: bool
    """Whether any layer trains; setting it sets every layer's."""
    learning_rate: float
    steps: int
    epochs: int
    @property
    def inputs(self) -> list[SymbolicTensor]: ...
    @property
    def outputs(self) -> list[SymbolicTensor]: ...
    def output_of(self, layer: Layer) -> SymbolicTensor: ...
    def call(self, inputs: Sequence[SymbolicTensor]) -> list[SymbolicTensor]: ...
    def build(self, input_shapes: Sequence[Sequence[int | None]]) -> None: ...
    def compile(
        self,
        optimizer: Optimizer,
        losses: Sequence[Loss | None],
        metrics: Sequence[Sequence[Metric]],
        loss_weights: Sequence[float] | None,
    ) -> None:
        """One loss (or None) and one list of metrics an output."""
    @property
    def compile_options(self) -> dict[str, Any] | None: ...
    def add_loss(self, tensor: SymbolicTensor, weight: float) -> None: ...
    def fit(
        self,
        x: Arrays,
        y: Arrays | None,
        sample_weight: Arrays | None,
        class_weight: Mapping[int, float] | None,
        batch_size: int,
        epochs: int,
        initial_epoch: int,
        shuffle: bool,
        validation_data: tuple[Any, ...] | None,
        validation_split: float,
        hooks: Hooks,
    ) -> None: ...
    @property
    def last_history(self) -> dict[str, list[float]]:
        """Of the last fit, also after an exception ended it."""
    @property
    def last_epochs(self) -> list[int]: ...
    def train_on_batch(
        self, x: Arrays, y: Arrays | None = None, sample_weight: Arrays | None = None
    ) -> float: ...
    def evaluate(
        self,
        x: Arrays,
        y: Arrays | None = None,
        sample_weight: Arrays | None = None,
        batch_size: int | None = None,
    ) -> dict[str, float]: ...
    def predict(self, x: Arrays, batch_size: int | None = None, out: Arrays | None = None) -> Any: ...
    def predict_batch(self, x: Arrays) -> Any: ...
    def value_and_grad(
        self,
        x: Arrays,
        y: Arrays | None = None,
        sample_weight: Arrays | None = None,
        training: bool = True,
        wrt: str = "parameters",
    ) -> Any: ...
    def check_gradients(
        self, x: Arrays, y: Arrays | None, sample_weight: Arrays | None, epsilon: float
    ) -> dict[str, Any]:
        """Keys: loss, kinks, parts {name: (approx, grad, counted)} with arrays."""
    def parameters(self) -> dict[str, NDArray[Any]]: ...
    def get_weights(self) -> list[NDArray[Any]]: ...
    def set_weights(self, weights: Sequence[ArrayLike]) -> None: ...
    def get_averaged_weights(self) -> list[NDArray[Any]]: ...
    averages_in_use: bool
    """While True the averages stand in the parameters' place and training is an error."""
    dropout_frozen: bool
    def plan_bytes(self, batch_size: int) -> dict[str, int]:
        """Keys: parameters, gradients, moments, training (activations, scratch of one step), prediction."""
    def allocated_bytes(self) -> dict[str, int]: ...
    def summary_text(self, title: str, batch_size: int) -> str: ...
    def get_state(self) -> dict[str, Any]: ...
    def set_state(self, state: Mapping[str, Any]) -> None: ...
    def save_file(self, path: str, kind: str) -> None: ...
    def custom_parts(self) -> list[tuple[str, str]]:
        """What a file can only name: ("layer", type), ("loss", name), ("metric", name)."""
    def load_weights_file(self, path: str, partial: bool) -> None: ...

def write_file(path: str, content: bytes) -> None:
    """Put a file in the place of `path`, whole or not at all."""

class FlatLoss:
    """The loss on fixed data of one vector: the parameters that train, in the order of their names.

    The model is in use until close().
    """

    def __init__(self, model: Model, x: Arrays, y: Arrays | None, sample_weight: Arrays | None) -> None: ...
    def read(self) -> NDArray[np.float64]: ...
    def write(self, theta: NDArray[np.float64]) -> None: ...
    def evaluate(self, theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Writes theta; the loss there and its gradient, a new array."""
    def close(self) -> None: ...

def set_num_threads(n: int) -> None: ...
def get_num_threads() -> int: ...
def isa() -> str: ...
def available_isas() -> list[str]: ...
def build_info() -> dict[str, str]:
    """Keys: version, compiler, eigen, openmp."""

Number = np.number[Any]
