# SPDX-License-Identifier: BSD-3-Clause
"""Values, gradients and 50-step trajectories against PyTorch in float64, for all that PyTorch has too.

The bound is the issue's: 1e-8, relative where numbers exceed 1. The measured numbers are printed
(pytest -rP shows them).
"""

from __future__ import annotations

import laminar as lm
import numpy as np
import pytest
from support.networks import distance, mlp, randomize
from support.records import EVERY, LOSSES, OPTIMIZERS

torch = pytest.importorskip(
    "torch", reason="PyTorch is the other side of these comparisons; it is not installed"
)
F = torch.nn.functional
torch.set_num_threads(1)  # small matrices; two libraries' threads would only get into each other's way

BOUND = 1e-8
WIDTHS = [(3, 5, 2), (17, 33, 4), (8, 1, 3), (64, 100, 10)]

ACTIVATIONS = {
    "linear": lambda z: z,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "selu": F.selu,
    "gelu": F.gelu,
    "gelu_tanh": lambda z: F.gelu(z, approximate="tanh"),
    "silu": F.silu,
    "softplus": lambda z: F.softplus(z, threshold=700),  # its default turns linear above 20
    "exponential": torch.exp,
    "softmax": lambda z: F.softmax(z, dim=-1),
}

LOSS_OF = {
    "squared_error": lambda y, p: ((p - y) ** 2).sum(1).mean() / 2,
    "mean_squared_error": lambda y, p: F.mse_loss(p, y),
    "mean_absolute_error": lambda y, p: F.l1_loss(p, y),
    "huber": lambda y, p: F.huber_loss(p, y),
    "huber_0.3": lambda y, p: F.huber_loss(p, y, delta=0.3),
    "pinball": lambda y, p: F.l1_loss(p, y) / 2,
    "poisson": lambda y, p: F.poisson_nll_loss(p, y, log_input=False, eps=0),
    "poisson_logits": lambda y, p: F.poisson_nll_loss(p, y),
    "binary_cross_entropy": lambda y, p: F.binary_cross_entropy(p, y),
    "binary_cross_entropy_soft_sum": lambda y, p: F.binary_cross_entropy(p, y, reduction="sum") / len(y),
    "binary_cross_entropy_logits": lambda y, p: F.binary_cross_entropy_with_logits(p, y),
    "cross_entropy": lambda y, p: F.nll_loss(torch.log(p), y),
    "cross_entropy_soft": lambda y, p: -(y * torch.log(p)).sum(1).mean(),
    "cross_entropy_logits": lambda y, p: F.cross_entropy(p, y),
}

WORDS = {"learning_rate": "lr", "epsilon": "eps", "rho": "alpha"}
NOT_IN_TORCH = {
    "damped": "PyTorch starts its buffer with the undamped gradient",
    "adam_inside": "no such option",
    "rmsprop_inside": "no such option",
}


class Twin:
    """The model's weights as tensors, and the same network on them."""

    def __init__(self, model, activations):
        self.weights = [torch.tensor(w, requires_grad=True) for w in model.get_weights()]
        self.activations = [ACTIVATIONS[name] for name in activations]

    def __call__(self, x):
        for i, g in enumerate(self.activations):
            x = g(x @ self.weights[2 * i] + self.weights[2 * i + 1])
        return x

    def numbers(self):
        return [w.detach().numpy() for w in self.weights]


def optimizer_for(record, weights):
    options = {WORDS.get(key, key): value for key, value in record.options.items()}
    if "beta_1" in options:
        options["betas"] = (options.pop("beta_1"), options.pop("beta_2"))
    if record.kind == "RMSprop":
        options.setdefault("alpha", 0.9)
    return getattr(torch.optim, record.kind)(weights, **options)


def problem(rng, widths, record, m=12):
    x, y = rng.normal(size=(m, widths[0])), record.targets(rng, m, widths[-1])
    return x, y, torch.tensor(x), torch.tensor(y)


def test_every_record_has_its_twin():
    assert set(EVERY) == set(ACTIVATIONS)
    assert {record.id for record in LOSSES} - set(LOSS_OF) == {"pinball_0.9"}  # PyTorch has no quantile loss


@pytest.mark.parametrize("widths", WIDTHS, ids=str)
@pytest.mark.parametrize("name", EVERY)
def test_activations(name, widths, rng):
    model = randomize(mlp(widths, name, name), rng, scale=0.5)
    other = Twin(model, [name, name])
    model.compile("sgd", "squared_error")
    x, y, tx, ty = problem(rng, widths, LOSSES[0])
    tx.requires_grad_()
    p = other(tx)
    loss = LOSS_OF["squared_error"](ty, p)
    loss.backward()
    value, gradients, dx = model.value_and_grad(x, y, wrt="both")
    off = max(
        distance(model.predict(x), p.detach().numpy()),
        distance(np.array(value), loss.detach().numpy()),
        distance(list(gradients.values()), [w.grad.numpy() for w in other.weights]),
        distance(dx, tx.grad.numpy()),
    )
    print(f"deviation {off:.1e}")
    assert off <= BOUND


@pytest.mark.parametrize("widths", WIDTHS, ids=str)
@pytest.mark.parametrize("record", [r for r in LOSSES if r.id in LOSS_OF], ids=lambda r: r.id)
def test_losses(record, widths, rng):
    model = randomize(mlp(widths, "tanh", record.output), rng)
    other = Twin(model, ["tanh", record.output])
    model.compile("sgd", record.loss)
    x, y, tx, ty = problem(rng, widths, record)
    loss = LOSS_OF[record.id](ty, other(tx))
    loss.backward()
    value, gradients = model.value_and_grad(x, y)
    off = max(
        distance(np.array(value), loss.detach().numpy()),
        distance(list(gradients.values()), [w.grad.numpy() for w in other.weights]),
    )
    print(f"deviation {off:.1e}")
    assert off <= BOUND


def run_both(model, other, record, step_of, x, y, tx, ty, loss_of, steps=50):
    """Train both; return the largest distance of losses and weights on the way."""
    off = 0.0
    for _ in range(steps):
        step_of.zero_grad()
        loss = loss_of(ty, other(tx))
        loss.backward()
        step_of.step()
        off = max(off, distance(np.array(model.train_on_batch(x, y)), loss.detach().numpy()))
        off = max(off, distance(model.get_weights(), other.numbers()))
    return off


@pytest.mark.parametrize("widths", [(6, 8, 3), (20, 40, 5)], ids=str)
@pytest.mark.parametrize("loss_id", ["mean_squared_error", "cross_entropy_logits"])
@pytest.mark.parametrize("record", [r for r in OPTIMIZERS if r.id not in NOT_IN_TORCH], ids=lambda r: r.id)
def test_optimizer_trajectories(record, loss_id, widths, rng):
    loss = next(r for r in LOSSES if r.id == loss_id)
    model = randomize(mlp(widths, "tanh", loss.output), rng)
    other = Twin(model, ["tanh", loss.output])
    model.compile(record.ours(), loss.loss)
    start = model.get_weights()
    data = problem(rng, widths, loss)
    off = run_both(model, other, record, optimizer_for(record, other.weights), *data, LOSS_OF[loss_id])
    print(f"deviation {off:.1e}")
    assert off <= BOUND
    assert distance(model.get_weights(), start) > 0.1


@pytest.mark.parametrize("name", EVERY)
def test_activation_trajectories(name, rng):
    record = next(r for r in OPTIMIZERS if r.id == "adam")
    model = randomize(mlp((6, 12, 3), name), rng)
    other = Twin(model, [name, "linear"])
    model.compile(record.ours(), "mean_squared_error")
    data = problem(rng, (6, 12, 3), LOSSES[1])
    off = run_both(
        model, other, record, optimizer_for(record, other.weights), *data, LOSS_OF["mean_squared_error"]
    )
    print(f"deviation {off:.1e}")
    assert off <= BOUND


@pytest.mark.parametrize("record", [r for r in LOSSES if r.id in LOSS_OF], ids=lambda r: r.id)
def test_loss_trajectories(record, rng):
    optimizer = next(r for r in OPTIMIZERS if r.id == "momentum")
    model = randomize(mlp((6, 12, 3), "tanh", record.output), rng)
    other = Twin(model, ["tanh", record.output])
    model.compile(optimizer.ours(), record.loss)
    data = problem(rng, (6, 12, 3), record)
    off = run_both(model, other, record, optimizer_for(optimizer, other.weights), *data, LOSS_OF[record.id])
    print(f"deviation {off:.1e}")
    assert off <= BOUND


@pytest.mark.parametrize("kind", ["batch", "layer"])
def test_normalization_trajectories(kind, rng):
    """PyTorch keeps the unbiased variance, and its momentum is 1 minus ours: the mean is compared."""
    ours = {"batch": lambda: lm.BatchNormalization(momentum=0.9), "layer": lm.LayerNormalization}[kind]
    theirs = {"batch": torch.nn.BatchNorm1d, "layer": torch.nn.LayerNorm}[kind]
    layers = [lm.Dense(12, use_bias=False), ours(), lm.Activation("tanh"), lm.Dense(3)]
    model = lm.Sequential([lm.Input((6,)), *layers], dtype="float64", seed=0)
    model.compile(lm.optim.Adam(0.02), "mean_squared_error")
    first, last = torch.nn.Linear(6, 12, bias=False), torch.nn.Linear(12, 3)
    other = torch.nn.Sequential(first, theirs(12), torch.nn.Tanh(), last).double()
    with torch.no_grad():
        for linear, name in ((first, "dense_1"), (last, "dense_2")):
            linear.weight.copy_(torch.tensor(model.parameters()[f"{name}.kernel"].T))
        last.bias.zero_()
    step, off = torch.optim.Adam(other.parameters(), 0.02), 0.0
    for _ in range(50):
        x, y = rng.normal(3, 2, size=(12, 6)), rng.normal(size=(12, 3))
        step.zero_grad()
        loss = F.mse_loss(other(torch.tensor(x)), torch.tensor(y))
        loss.backward()
        step.step()
        off = max(off, distance(np.array(model.train_on_batch(x, y)), loss.detach().numpy()))
    weights = [first.weight.T, other[1].weight, other[1].bias, last.weight.T, last.bias]
    off = max(off, distance(list(model.parameters().values()), [w.detach().numpy() for w in weights]))
    if kind == "batch":
        off = max(off, distance(model.get_weights()[3], other[1].running_mean.numpy()))
    print(f"deviation {off:.1e}")
    assert off <= BOUND
