# SPDX-License-Identifier: BSD-3-Clause
"""The libraries that are compared: one module each, all with the same door."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.machine import cpu_flags

if TYPE_CHECKING:
    from peers.base import Peer


@dataclass(frozen=True)
class PeerSpec:
    """How a peer is started. Variants of one family share a column: the better one counts."""

    name: str
    family: str
    module: str
    requires: tuple[str, ...]
    variant: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    needs_flag: str | None = None  # of the CPU
    least_threads: int = 1  # below it, the variant is another one's double

    def missing(self) -> str | None:
        """Why it cannot run here, None if it can."""
        absent = [name for name in self.requires if importlib.util.find_spec(name) is None]
        if absent:
            return f"not installed: {', '.join(absent)}"
        if self.needs_flag and self.needs_flag not in cpu_flags():
            return f"the CPU has no {self.needs_flag}"
        return None


# The core type that NumPy's OpenBLAS chooses by itself is not always the fastest.
_SKYLAKEX = {"OPENBLAS_CORETYPE": "SKYLAKEX"}
_JAX = {"JAX_PLATFORMS": "cpu"}
_ORT = ("onnxruntime", "onnx")

OURS = "laminar"
PEERS = (
    PeerSpec(OURS, OURS, "ours", ("laminar",)),
    PeerSpec("torch", "PyTorch", "pytorch", ("torch",)),
    # Constant folding and prepacking of weights, for predictions only.
    PeerSpec(
        "torch-compile",
        "PyTorch compiled",
        "pytorch",
        ("torch",),
        "compile",
        {"TORCHINDUCTOR_FREEZING": "1"},
    ),
    PeerSpec("jax", "JAX jit", "jax_jit", ("jax", "optax"), "step", _JAX),
    PeerSpec("jax-scan", "JAX scan", "jax_jit", ("jax", "optax"), "scan", _JAX),
    PeerSpec("sklearn", "scikit-learn", "scikit_learn", ("sklearn",)),
    PeerSpec("sklearn-skylakex", "scikit-learn", "scikit_learn", ("sklearn",), "", _SKYLAKEX, "avx512f"),
    PeerSpec("numpy", "NumPy", "numpy_mlp", ("numpy",)),
    PeerSpec("numpy-skylakex", "NumPy", "numpy_mlp", ("numpy",), "", _SKYLAKEX, "avx512f"),
    PeerSpec("ort", "ONNX Runtime", "onnx_runtime", _ORT, "spin"),
    PeerSpec("ort-nospin", "ONNX Runtime", "onnx_runtime", _ORT, "nospin", least_threads=2),
    PeerSpec("ort-bound", "ONNX Rt bound", "onnx_runtime", _ORT, "bound spin"),
    PeerSpec("ort-bound-nospin", "ONNX Rt bound", "onnx_runtime", _ORT, "bound nospin", least_threads=2),
)


def names() -> list[str]:
    """All peers' names, ours first."""
    return [spec.name for spec in PEERS]


def choose(wanted: list[str] | None, threads: int) -> tuple[list[PeerSpec], dict[str, str]]:
    """Return the peers that can run here, and why the others can't."""
    chosen, left_out = [], {}
    for spec in PEERS:
        if wanted is not None and spec.name not in (OURS, *wanted):
            continue
        if reason := spec.missing():
            left_out[spec.name] = reason
        elif threads >= spec.least_threads:
            chosen.append(spec)
    return chosen, left_out


def create(name: str, settings: dict[str, Any]) -> Peer:
    """Import a peer's library and set it up; done in the peer's own process."""
    spec = next(spec for spec in PEERS if spec.name == name)
    peer: Peer = importlib.import_module(f"peers.{spec.module}").create(spec.variant, settings)
    return peer
