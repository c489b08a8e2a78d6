#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Gradient checking, in one dimension and in many, with two planted bugs found and located.

The two-sided quotient (J(theta + eps) - J(theta - eps)) / (2 eps) is off by O(eps^2), the one-sided one
by O(eps). The notes' example, J = theta^3 at 1 with eps 0.01, where the derivative is 3: 3.0001 and
3.0301.

In many dimensions the score is ||approx - grad|| / (||approx|| + ||grad||) over all parameters; the
notes call below 1e-7 great, 1e-5 a reason to look, 1e-3 a reason to worry, at eps 1e-7 in double
precision. `lm.check_gradients` does this for any model. Here it vouches for the library's own gradient,
and that one then judges a backward pass written by hand, with and without the bugs: dW2 doubled, db1
with 4/m for 1/m.
"""

from __future__ import annotations

import laminar as lm
import numpy as np

from common import new_figure, parse_options, print_table, save_picture

BANDS = {1e-7: "great", 1e-5: "look", 1e-3: "worry"}


def backward_by_hand(model: lm.Model, x: np.ndarray, y: np.ndarray, bugs: bool) -> dict[str, np.ndarray]:
    """Return the gradient of the mean cross-entropy of a network relu, relu, sigmoid, written by hand."""
    W1, b1, W2, b2, W3, b3 = model.get_weights()
    m = len(x)
    A1 = np.maximum(0, x @ W1 + b1)
    A2 = np.maximum(0, A1 @ W2 + b2)
    A3 = 1 / (1 + np.exp(-(A2 @ W3 + b3)))
    dZ3 = A3 - y[:, None]
    dZ2 = dZ3 @ W3.T * (A2 > 0)
    dZ1 = dZ2 @ W2.T * (A1 > 0)
    return {
        "dense_1.kernel": x.T @ dZ1 / m,
        "dense_1.bias": dZ1.sum(axis=0) * (4 if bugs else 1) / m,
        "dense_2.kernel": A1.T @ dZ2 * (2 if bugs else 1) / m,
        "dense_2.bias": dZ2.sum(axis=0) / m,
        "dense_3.kernel": A2.T @ dZ3 / m,
        "dense_3.bias": dZ3.sum(axis=0) / m,
    }


def difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b)))


def main() -> None:
    options = parse_options(__doc__)
    examples = 20 if options.quick else 200

    def cube(theta: float) -> float:
        return theta**3

    two_sided = (cube(1.01) - cube(0.99)) / 0.02
    one_sided = (cube(1.01) - cube(1)) / 0.01
    print_table(
        ["derivative of theta^3 at 1", "notes", "here"],
        [["two-sided", "3.0001", f"{two_sided:.4f}"], ["one-sided", "3.0301", f"{one_sided:.4f}"]],
    )

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(examples, 4)), rng.integers(0, 2, examples)
    model = lm.Sequential(
        [lm.Input((4,)), lm.Dense(5, "relu"), lm.Dense(3, "relu"), lm.Dense(1, "sigmoid")],
        dtype="float64",
        seed=0,
    )
    model.compile("sgd", "binary_cross_entropy")
    model.fit(x, y, epochs=20, verbose=0)  # at the start, with b = 0, relus sit on their kink

    report = lm.check_gradients(model, x, y)
    print(f"\n{report}\n")

    _, grads = model.value_and_grad(x, y)
    right, wrong = (
        {name: difference(grad, by_hand[name]) for name, grad in grads.items()}
        for by_hand in (backward_by_hand(model, x, y, bugs) for bugs in (False, True))
    )
    print_table(
        ["backward by hand", "without bugs", "with two", ""],
        [[n, f"{right[n]:.1e}", f"{wrong[n]:.1e}", "bug" if wrong[n] > 1e-7 else "right"] for n in grads],
    )

    axes = (figure := new_figure(8, 4)).subplots()
    places = np.arange(len(grads))
    library = [report.by_parameter[name] for name in grads]
    bars = {
        "library, against quotients": library,
        "by hand": right.values(),
        "by hand, two bugs": wrong.values(),
    }
    for shift, (label, scores) in zip((-0.27, 0, 0.27), bars.items(), strict=True):
        axes.bar(places + shift, np.maximum(list(scores), 1e-17), 0.27, label=label)
    for limit, word in BANDS.items():
        axes.axhline(limit, color="gray", linestyle="--", linewidth=0.8)
        axes.text(len(grads) - 0.55, limit, word, va="top", ha="right", color="gray", fontsize=9)
    axes.set(yscale="log", ylim=(1e-17, 1e4), ylabel="difference", title="Two bugs, located")
    axes.set_xticks(places, list(grads), fontsize=8)
    axes.legend(fontsize=8, loc="upper right")
    save_picture(figure, options.out)


if __name__ == "__main__":
    main()
