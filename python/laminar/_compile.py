# SPDX-License-Identifier: BSD-3-Clause
"""What ``compile`` is given, brought into the form of one loss and one list of metrics an output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from laminar import _core
from laminar._keywords import nearest
from laminar._options import type_name
from laminar.metrics import Function

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    OptimizerLike: TypeAlias = str | _core.Optimizer
    LossLike: TypeAlias = str | _core.Loss | Callable[..., Any] | None
    LossesLike: TypeAlias = LossLike | Sequence[LossLike] | Mapping[str, LossLike]
    MetricLike: TypeAlias = str | _core.Metric | _core.Loss | Function | Callable[..., float]
    MetricsLike: TypeAlias = MetricLike | Sequence[Any] | Mapping[str, Any] | None
    WeightsLike: TypeAlias = float | Sequence[float] | Mapping[str, float] | None


def as_optimizer(optimizer: OptimizerLike) -> _core.Optimizer:
    """Return the optimizer that a name stands for, or the one that was given."""
    if isinstance(optimizer, str):
        return _core.Optimizer(optimizer, {})
    if isinstance(optimizer, _core.Optimizer):
        return optimizer
    raise TypeError(
        f"compile: optimizer: expected a name such as 'adam' or an object such as lm.optim.Adam(), "
        f"got {type_name(optimizer)}"
    )


def as_losses(loss: LossesLike, outputs: Sequence[str]) -> list[_core.Loss | None]:
    """Return one loss, or None for no loss, for each output."""
    return [_as_loss(part) for part in _one_each("loss", loss, outputs, None)]


def as_metrics(metrics: MetricsLike, outputs: Sequence[str]) -> list[list[_core.Metric]]:
    """Return the metrics of each output."""
    parts = metrics if isinstance(metrics, list | tuple) else ()
    flat = not isinstance(metrics, Mapping) and not any(_is_sequence(part) for part in parts)
    if len(outputs) == 1 and flat:
        metrics = [metrics]
    parts = _one_each("metrics", metrics, outputs, None)
    return [[] if part is None else [_as_metric(m) for m in _as_parts(part)] for part in parts]


def as_loss_weights(weights: WeightsLike, outputs: Sequence[str]) -> list[float] | None:
    """Return the weight of each output's loss, or None where all are 1."""
    return None if weights is None else _one_each("loss_weights", weights, outputs, 1.0)


def _one_each(argument: str, given: Any, outputs: Sequence[str], missing: Any) -> list[Any]:
    """Spread a tuple in model order or a dict by name over the outputs."""
    if isinstance(given, Mapping):
        for name in given:
            if name not in outputs:
                raise ValueError(f"compile: {argument}: unknown output {name!r}{nearest(str(name), outputs)}")
        return [given.get(name, missing) for name in outputs]
    if given is None:
        return [missing] * len(outputs)
    parts = list(given) if _is_sequence(given) else [given]
    if len(parts) != len(outputs):
        raise ValueError(
            f"compile: {argument}: expected one for each of the {len(outputs)} outputs "
            f"({', '.join(outputs)}), in that order or in a dict by name, got {len(parts)}"
        )
    return parts


def _as_loss(loss: Any) -> _core.Loss | None:
    if loss is None or isinstance(loss, _core.Loss):
        return loss
    if isinstance(loss, str):
        return _core.Loss(loss, {})
    if callable(loss) and not isinstance(loss, type):
        return _core.Loss.from_callable(loss)
    raise TypeError(
        "compile: loss: expected a name such as 'cross_entropy', an object such as "
        f"lm.losses.CrossEntropy() or a callable (y_true, y_pred), got {type_name(loss)}"
    )


def _as_metric(metric: Any) -> _core.Metric:
    if isinstance(metric, _core.Metric):
        return metric
    if isinstance(metric, str):
        return _core.Metric(metric, {})
    if isinstance(metric, _core.Loss):
        return _core.Metric(metric.type, metric.options)
    if isinstance(metric, Function):
        return _core.Metric.from_callable(metric, metric.name)
    if callable(metric) and not isinstance(metric, type):
        function = Function(metric)
        return _core.Metric.from_callable(function, function.name)
    raise TypeError(
        "compile: metrics: expected names such as 'accuracy', objects such as lm.metrics.F1() or callables "
        f"(y_true, y_pred), got {type_name(metric)}"
    )


def _as_parts(metrics: Any) -> Sequence[Any]:
    return metrics if _is_sequence(metrics) else [metrics]


def _is_sequence(value: object) -> bool:
    return isinstance(value, list | tuple)
