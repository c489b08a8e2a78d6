# SPDX-License-Identifier: BSD-3-Clause
"""PyTorch: eager with fused optimizers, or compiled by inductor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from harness.workloads import GEMM, PREDICT_BATCH, PREDICT_ONE, TRAIN, Workload
from peers.base import Prepared, Task

LOSSES: dict[str, Callable[..., torch.Tensor]] = {
    "cross_entropy": functional.cross_entropy,
    "binary_cross_entropy": functional.binary_cross_entropy_with_logits,
    "mean_squared_error": functional.mse_loss,
}


class PyTorch:
    """One process's PyTorch."""

    def __init__(self, compiled: bool, settings: dict[str, Any]) -> None:
        torch.set_num_threads(settings["threads"])
        self.compiled = compiled
        self.probabilities = settings["probabilities"]
        self.about = {
            "torch": torch.__version__,
            "blas": torch.backends.mkl.is_available() and "mkl",
            "threads": torch.get_num_threads(),
        }

    def prepare(self, workload: Workload, kinds: Sequence[str]) -> Prepared:
        """Build the modules of a workload."""
        x, y = (torch.from_numpy(array) for array in workload.data())
        if GEMM in kinds:
            return self._product(workload, x)
        model = network(workload)
        adam, sgd = torch.optim.Adam, torch.optim.SGD
        rule = adam if workload.optimizer == "adam" else sgd
        optimizer = rule(model.parameters(), lr=workload.learning_rate, fused=True)
        loss_function = LOSSES[workload.loss]

        def loss_of(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return loss_function(model(x), y)

        forward = torch.compile(loss_of, dynamic=False) if self.compiled else loss_of

        def step() -> None:
            optimizer.zero_grad(set_to_none=True)
            forward(x, y).backward()
            optimizer.step()

        predict = self._predictor(workload)
        one = x[:1].clone()
        return Prepared(
            {
                TRAIN: Task(step),
                PREDICT_ONE: Task(lambda: predict(one), scope=torch.inference_mode),
                PREDICT_BATCH: Task(lambda: predict(x), scope=torch.inference_mode),
            },
            outputs=lambda: _without_gradients(predict, x),
            weights=lambda: [parameter.detach().numpy().T for parameter in model.parameters()],
        )

    def release(self) -> None:
        """Forget compiled code: its guards would slow down the next workload's."""
        if self.compiled:
            torch._dynamo.reset()

    def _predictor(self, workload: Workload) -> Callable[[torch.Tensor], torch.Tensor]:
        model = network(workload).eval()
        if self.probabilities and workload.loss != "mean_squared_error":
            model.append(nn.Softmax(dim=1) if workload.loss == "cross_entropy" else nn.Sigmoid())
        return torch.compile(model, dynamic=False) if self.compiled else model

    def _product(self, workload: Workload, x: torch.Tensor) -> Prepared:
        weight = torch.from_numpy(workload.parameters()[0][0])
        out = torch.empty(workload.batch, workload.sizes[-1])
        if self.compiled:  # it would call the same library
            return Prepared()
        return Prepared(
            {GEMM: Task(lambda: torch.mm(x, weight, out=out))}, outputs=lambda: torch.mm(x, weight).numpy()
        )


def network(workload: Workload) -> nn.Sequential:
    """Make a module with the workload's initial parameters."""
    modules: list[nn.Module] = []
    for index, (kernel, bias) in enumerate(workload.parameters()):
        linear = nn.Linear(*kernel.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(kernel.T))
            linear.bias.copy_(torch.from_numpy(bias))
        modules += [nn.ReLU(), linear] if index else [linear]
    return nn.Sequential(*modules)


def _without_gradients(predict: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> Any:
    with torch.inference_mode():
        return predict(x).numpy()


def create(variant: str, settings: dict[str, Any]) -> PyTorch:
    return PyTorch(variant == "compile", settings)
