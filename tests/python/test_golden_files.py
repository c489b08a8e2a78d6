# SPDX-License-Identifier: BSD-3-Clause
"""Files of every released format are read, and written today as they were then."""

from __future__ import annotations

import json

import laminar as lm
import numpy as np
import pytest
from golden.make_files import FOLDER, models, predict

NAMES = sorted(path.stem for path in FOLDER.glob("*.safetensors"))


def test_there_is_a_file_of_every_layer_and_optimizer():
    assert {name for name, _ in models()} == set(NAMES)
    texts = [(FOLDER / f"{name}.safetensors").read_bytes() for name in NAMES]
    kinds = [
        name
        for module in (lm.layers, lm.optim)
        for name in module.__all__
        if isinstance(getattr(module, name), type)
        and name not in ("CustomLayer", "Layer", "Optimizer", "ParameterSpec")
    ]
    assert [kind for kind in kinds if not any(kind.encode() in text for text in texts)] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_read_and_written_again_byte_for_byte(name, tmp_path):
    path = FOLDER / f"{name}.safetensors"
    model = lm.load_model(path)
    model.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    expected = json.loads((FOLDER / "predictions.json").read_text())[name]
    if model.built:
        found = predict(model)
        assert all(np.allclose(f, e, rtol=1e-5, atol=1e-6) for f, e in zip(found, expected, strict=True))
