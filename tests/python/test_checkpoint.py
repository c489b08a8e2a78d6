# SPDX-License-Identifier: BSD-3-Clause
"""The callback that keeps the latest and the best model."""

from __future__ import annotations

import json

import laminar as lm
import numpy as np
import pytest


def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 4))
    return x, x[:, 0] * x[:, 1]


def regressor():
    layers = [lm.Input((4,)), lm.Dense(16, "relu"), lm.Dropout(0.2), lm.Dense(1)]
    model = lm.Sequential(layers, seed=0)
    model.compile(lm.optim.Adam(0.01), "mean_squared_error")
    return model


def fit(model, callbacks, epochs, **options):
    x, y = data()
    return model.fit(
        x, y, batch_size=16, epochs=epochs, validation_split=0.25, callbacks=callbacks, verbose=0, **options
    )


def same(a, b):
    return all(np.array_equal(p, q) for p, q in zip(a.get_weights(), b.get_weights(), strict=True))


def test_a_stopped_run_goes_on_as_if_it_had_not(tmp_path):
    whole, checkpoint = regressor(), lm.callbacks.Checkpoint(tmp_path / "whole")
    losses = fit(whole, [checkpoint], 6).history["val_loss"]
    fit(regressor(), [lm.callbacks.Checkpoint(tmp_path / "run")], 3)
    resumed, again = (
        lm.load_model(tmp_path / "run" / "latest.safetensors"),
        lm.callbacks.Checkpoint(tmp_path / "run"),
    )
    fit(resumed, [again], 6, initial_epoch=resumed.epochs)
    assert same(resumed, whole)
    assert (again.best, again.best_epoch) == (checkpoint.best, checkpoint.best_epoch)
    assert again.best == min(losses)
    for name in ("latest.safetensors", "best.safetensors", "best.json"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_the_best_model_is_kept(tmp_path):
    values = iter([3.0, 1.0, 2.0])

    def script(epoch, logs):
        logs["score"] = next(values)

    model, kept = regressor(), []
    keep = lm.callbacks.EveryEpochs(1, lambda model, epoch, logs: kept.append(model.get_weights()))
    fit(model, [script, lm.callbacks.Checkpoint(tmp_path, "score"), keep], 3)
    best = lm.load_model(tmp_path / "best.safetensors")
    assert best.epochs == 2
    assert all(np.array_equal(p, q) for p, q in zip(best.get_weights(), kept[1], strict=True))
    assert json.loads((tmp_path / "best.json").read_text()) == {"monitor": "score", "best": 1.0, "epoch": 1}


def test_a_fresh_model_and_another_metric_begin_anew(tmp_path):
    (tmp_path / "best.json").write_text('{"monitor": "val_loss", "best": -1.0, "epoch": 7}')
    checkpoint = lm.callbacks.Checkpoint(tmp_path)
    model = regressor()
    fit(model, [checkpoint], 1)
    assert checkpoint.best_epoch == 0
    other = lm.callbacks.Checkpoint(tmp_path, "loss")
    fit(model, [other], 2, initial_epoch=1)
    assert other.best_epoch == 1


def test_the_latest_may_be_saved_less_often(tmp_path):
    fit(regressor(), [lm.callbacks.Checkpoint(tmp_path, every=2)], 3)
    assert lm.load_model(tmp_path / "latest.safetensors").epochs == 2


def test_bad_input(tmp_path):
    with pytest.raises(ValueError, match=r"Checkpoint: every: .*at least 1"):
        lm.callbacks.Checkpoint(tmp_path, every=0)
    with pytest.raises(TypeError, match="PathLike"):
        lm.callbacks.Checkpoint(1)
    with pytest.raises(ValueError, match="'val_acc' is not computed"):
        fit(regressor(), [lm.callbacks.Checkpoint(tmp_path, "val_acc")], 1)
    (tmp_path / "file").write_text("")
    with pytest.raises(FileExistsError):
        fit(regressor(), [lm.callbacks.Checkpoint(tmp_path / "file")], 1)
