#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Make the ONNX files of other programs, each with an .npz of inputs and the program's own outputs.

Needs torch, onnxscript, scikit-learn and skl2onnx; README.md says which versions made them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import skl2onnx
import torch
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

FOLDER = Path(__file__).parent
M = 5
# Made of operators that no layer stands for: Where (Softplus), Slice (Unflatten), Pow (GELU by tanh).
REFUSED = {"activations_dynamo", "images_script_17", "images_script_20", "residual_script_17"}


class Residual(nn.Module):
    """Skips, a concatenation, a layer that two inputs share, two outputs."""

    def __init__(self):
        super().__init__()
        self.shared = nn.Linear(4, 6)
        self.inner = nn.Sequential(
            nn.LayerNorm(6), nn.Linear(6, 6), nn.GELU(approximate="tanh"), nn.Linear(6, 6)
        )
        self.left = nn.Sequential(nn.Linear(12, 3), nn.Softmax(dim=-1))
        self.right = nn.Linear(12, 1)

    def forward(self, a, b):
        a, b = nn.functional.silu(self.shared(a)), nn.functional.silu(self.shared(b))
        joined = torch.cat([a + self.inner(a), b + self.inner(b)], dim=1)
        return self.left(joined), self.right(joined).squeeze(-1)


def networks():
    """Yield the name, the module, the shapes of its inputs and the names of its outputs."""
    normed = [nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.3)]
    yield (
        "mlp",
        nn.Sequential(*normed, nn.Linear(6, 5), nn.LayerNorm(5), nn.GELU(), nn.Linear(5, 3)),
        [(4,)],
        ["y"],
    )
    kinds = [nn.LeakyReLU(0.2), nn.ELU(), nn.SELU(), nn.Sigmoid(), nn.Tanh(), nn.Softplus(), nn.SiLU()]
    layers = [layer for kind in kinds for layer in (nn.Linear(4, 4, bias=kind is not kinds[2]), kind)]
    yield "activations", nn.Sequential(*layers, nn.Softmax(dim=1)), [(4,)], ["y"]
    images = [
        nn.Flatten(),
        nn.Linear(12, 8, bias=False),
        nn.Unflatten(1, (2, 4)),
        nn.Linear(4, 3),
        nn.Flatten(),
    ]
    yield "images", nn.Sequential(*images), [(3, 4)], ["y"]
    yield "residual", Residual(), [(4,), (4,)], ["classes", "score"]


def save(name, inputs, outputs):
    np.savez_compressed(FOLDER / f"{name}.npz", **inputs, **outputs)


def strip(path):
    """Leave out where in PyTorch each node comes from, which is most of a file."""
    model = onnx.load(path)
    for node in model.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    for value in (*model.graph.input, *model.graph.output):
        value.ClearField("metadata_props")
    model.graph.ClearField("value_info")
    model.graph.ClearField("metadata_props")
    onnx.save(model, path)


def make_torch():
    for name, module, shapes, outputs in networks():
        for parameter in module.buffers():
            if parameter.is_floating_point():
                parameter.uniform_(0.5, 2.0)
        module.eval()
        inputs = {f"x{i}": torch.randn(M, *shape) for i, shape in enumerate(shapes, 1)}
        with torch.no_grad():
            results = module(*inputs.values())
        results = results if isinstance(results, tuple) else (results,)
        common = {"input_names": list(inputs), "output_names": outputs}
        for kind, options in {
            "script_17": {"opset_version": 17, "dynamo": False},
            "script_20": {"opset_version": 20, "dynamo": False},
            "dynamo": {"dynamo": True, "external_data": False, "verbose": False},
        }.items():
            file = f"torch_{name}_{kind}"
            if f"{name}_{kind}" in REFUSED:
                continue
            if kind == "dynamo":
                axes = {"dynamic_shapes": tuple({0: torch.export.Dim("batch")} for _ in inputs)}
            else:
                axes = {"dynamic_axes": {n: {0: "batch"} for n in (*inputs, *outputs)}}
            file_path = str(FOLDER / f"{file}.onnx")
            torch.onnx.export(module, tuple(inputs.values()), file_path, **common, **options, **axes)
            strip(file_path)
            arrays = {n: x.numpy() for n, x in inputs.items()}
            save(file, arrays, {n: y.numpy() for n, y in zip(outputs, results, strict=True)})


def make_scikit_learn():
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(60, 4)) * [1, 2, 3, 4] + 5).astype("float32")
    for n_classes in (2, 3):
        learner = MLPClassifier((6, 5), max_iter=20, early_stopping=True, random_state=0)
        pipeline = make_pipeline(StandardScaler(), learner).fit(x, rng.integers(0, n_classes, 60))
        file = f"sklearn_classifier_{n_classes}"
        model = skl2onnx.to_onnx(pipeline, x[:1], options={"zipmap": False})
        (FOLDER / f"{file}.onnx").write_bytes(model.SerializeToString())
        save(file, {"X": x[:M]}, {"probabilities": pipeline.predict_proba(x[:M]).astype("float32")})
    learner = MLPRegressor(
        hidden_layer_sizes=(6,), activation="tanh", max_iter=20, early_stopping=True, random_state=0
    )
    pipeline = make_pipeline(StandardScaler(), learner).fit(x, x[:, 0] * x[:, 1])
    (FOLDER / "sklearn_regressor.onnx").write_bytes(skl2onnx.to_onnx(pipeline, x[:1]).SerializeToString())
    save("sklearn_regressor", {"X": x[:M]}, {"variable": pipeline.predict(x[:M])[:, None].astype("float32")})


if __name__ == "__main__":
    torch.manual_seed(0)
    make_torch()
    make_scikit_learn()
