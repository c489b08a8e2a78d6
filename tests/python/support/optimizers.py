# SPDX-License-Identifier: BSD-3-Clause
"""The optimizers' formulas on one vector, in plain NumPy; keywords are those of `laminar.optim`."""

from __future__ import annotations

import numpy as np


class SGD:
    def __init__(self, learning_rate=0.01, momentum=0.0, dampening=0.0, nesterov=False, weight_decay=0.0):
        self.lr, self.momentum, self.dampening = learning_rate, momentum, dampening
        self.nesterov, self.weight_decay, self.v = nesterov, weight_decay, 0.0

    def update(self, w, g):
        g = g + self.weight_decay * w
        self.v = self.momentum * self.v + (1 - self.dampening) * g
        return w - self.lr * (g + self.momentum * self.v if self.nesterov else self.v)


class Adam:
    def __init__(self, learning_rate=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8, epsilon_inside=False,
                 epsilon_hat=False, weight_decay=0.0):  # fmt: skip
        self.lr, self.betas, self.epsilon, self.hat = learning_rate, (beta_1, beta_2), epsilon, epsilon_hat
        self.inside, self.weight_decay = epsilon_inside, weight_decay
        self.m, self.s, self.t = 0.0, 0.0, 0

    def update(self, w, g):
        self.t += 1
        w = w - self.lr * self.weight_decay * w
        self.m = self.betas[0] * self.m + (1 - self.betas[0]) * g
        self.s = self.betas[1] * self.s + (1 - self.betas[1]) * g**2
        m, s = self.m / (1 - self.betas[0] ** self.t), self.s / (1 - self.betas[1] ** self.t)
        epsilon = self.epsilon / (1 - self.betas[1] ** self.t) ** 0.5 if self.hat else self.epsilon
        return w - self.lr * m / divisor(s, epsilon, self.inside)


class AdamW(Adam):
    def __init__(self, weight_decay=0.01, **options):
        super().__init__(weight_decay=weight_decay, **options)


class RMSprop:
    def __init__(self, learning_rate=1e-3, rho=0.9, epsilon=1e-8, momentum=0.0, centered=False,
                 epsilon_inside=False):  # fmt: skip
        self.lr, self.rho, self.epsilon, self.momentum = learning_rate, rho, epsilon, momentum
        self.centered, self.inside = centered, epsilon_inside
        self.s, self.mean, self.v = 0.0, 0.0, 0.0

    def update(self, w, g):
        self.s = self.rho * self.s + (1 - self.rho) * g**2
        self.mean = self.rho * self.mean + (1 - self.rho) * g
        variance = self.s - self.mean**2 if self.centered else self.s
        self.v = self.momentum * self.v + g / divisor(variance, self.epsilon, self.inside)
        return w - self.lr * self.v


class Adagrad:
    def __init__(self, learning_rate=1e-2, epsilon=1e-10):
        self.lr, self.epsilon, self.s = learning_rate, epsilon, 0.0

    def update(self, w, g):
        self.s = self.s + g**2
        return w - self.lr * g / divisor(self.s, self.epsilon, False)


def divisor(s, epsilon, inside):
    return np.sqrt(s + epsilon) if inside else np.sqrt(s) + epsilon
