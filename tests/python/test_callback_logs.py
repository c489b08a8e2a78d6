# SPDX-License-Identifier: BSD-3-Clause
"""What callbacks write into files, read back."""

from __future__ import annotations

import csv
import pickle
import sys
from math import nan

import laminar as lm
import numpy as np
import pytest

X, Y = np.random.default_rng(0).normal(size=(90, 4)), np.arange(90) % 3


def fit(model, callbacks, **options):
    return model.fit(X, Y, **{"verbose": 0, "callbacks": callbacks} | options)


def rows_of(path, separator=","):
    with open(path, newline="") as file:
        return list(csv.reader(file, delimiter=separator))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv(separator, tmp_path, small_model):
    path = tmp_path / "log.csv"
    callbacks = [lm.callbacks.LearningRateLogger(), lm.callbacks.CSVLogger(path, separator)]
    history = fit(small_model(), callbacks, epochs=4, initial_epoch=1, validation_split=0.2).history
    rows = rows_of(path, separator)
    assert rows[0] == ["epoch", "loss", "val_loss", "learning_rate"]
    assert [int(row[0]) for row in rows[1:]] == [1, 2, 3]
    assert [[float(text) for text in row[1:]] for row in rows[1:]] == [
        list(v) for v in zip(*history.values(), strict=True)
    ]


def test_csv_replaces_or_appends(tmp_path, small_model):
    path, model = str(tmp_path / "log.csv"), small_model()
    fit(model, [lm.callbacks.CSVLogger(path, append=True)], epochs=2)
    fit(model, [lm.callbacks.CSVLogger(path, append=True)], epochs=4, initial_epoch=2)
    assert [row[0] for row in rows_of(path)] == ["epoch", "0", "1", "2", "3"]
    with pytest.raises(ValueError, match=r"a column for val_loss, got .*log.csv' with epoch, loss"):
        fit(model, [lm.callbacks.CSVLogger(path, append=True)], validation_split=0.2)
    assert len(rows_of(path)) == 5
    fit(model, [lm.callbacks.CSVLogger(path)])
    assert [row[0] for row in rows_of(path)] == ["epoch", "0"]


def test_csv_rows_are_on_disk_while_training_goes_on(tmp_path, small_model):
    path, seen = tmp_path / "log.csv", []
    logger = lm.callbacks.CSVLogger(path)

    def look(epoch, logs):
        seen.append(len(rows_of(path)))
        if epoch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(small_model(), [logger, look], epochs=5)
    assert seen == [2, 3]
    assert logger._file is None
    pickle.dumps(logger)


def test_csv_leaves_a_number_that_is_missing_empty(tmp_path, small_model):
    path = tmp_path / "log.csv"
    add = lm.callbacks.EveryEpochs(3, lambda model, epoch, logs: logs.update(extra=1.0))
    once = [lambda epoch, logs: logs.update(extra=nan) if epoch == 0 else None]
    fit(small_model(), [*once, add, lm.callbacks.CSVLogger(path)], epochs=3)
    assert [row[2] for row in rows_of(path)] == ["extra", "nan", "", "1.0"]


def test_a_folder_that_is_not_there(tmp_path, small_model):
    model = small_model()
    with pytest.raises(FileNotFoundError):
        fit(model, [lm.callbacks.CSVLogger(tmp_path / "none" / "log.csv")])
    assert model.steps == 0


def test_tensorboard(tmp_path, small_model):
    pytest.importorskip("tensorboardX")
    callbacks = [lm.callbacks.LearningRateLogger(), lm.callbacks.TensorBoard(tmp_path / "runs")]
    model = small_model()
    history = fit(model, callbacks, epochs=3, validation_split=0.2).history
    more = fit(model, callbacks, epochs=4, initial_epoch=3, validation_split=0.2).history
    shown = {name: events_in(tmp_path / "runs" / name) for name in ("train", "validation")}
    expected = {
        "train": {name: history[name] + more[name] for name in ("loss", "learning_rate")},
        "validation": {"loss": history["val_loss"] + more["val_loss"]},
    }
    for folder, columns in expected.items():
        assert set(shown[folder]) == set(columns)
        for name, values in columns.items():
            assert [step for step, _ in shown[folder][name]] == [0, 1, 2, 3]
            assert [value for _, value in shown[folder][name]] == pytest.approx(values, rel=1e-6)
    pickle.dumps(callbacks)


def events_in(folder):
    """Return {tag: [(step, value)]} of the event files: records of a length, a checksum, data, a checksum."""
    from tensorboardX.proto.event_pb2 import Event

    found = {}
    for path in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns):
        data, at = path.read_bytes(), 0
        while at < len(data):
            length = int.from_bytes(data[at : at + 8], "little")
            event = Event.FromString(data[at + 12 : at + 12 + length])
            at += length + 16
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, value.simple_value))
    return {tag: sorted(values) for tag, values in found.items()}


def test_tensorboard_is_closed_after_an_exception(tmp_path, small_model):
    pytest.importorskip("tensorboardX")
    board = lm.callbacks.TensorBoard(tmp_path)
    with pytest.raises(ZeroDivisionError):
        fit(small_model(), [board, lambda epoch, logs: 1 / 0])
    assert board._writers == {}
    assert [step for step, _ in events_in(tmp_path / "train")["loss"]] == [0]


def test_a_missing_tensorboardx_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match=r'pip install "laminar\[tensorboard\]"'):
        lm.callbacks.TensorBoard()
