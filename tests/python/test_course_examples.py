# SPDX-License-Identifier: BSD-3-Clause
"""The course's own runs: each prints what the notes report beside its own numbers, and draws its picture."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

for package in ("h5py", "matplotlib", "scipy", "sklearn"):
    pytest.importorskip(package)

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "course"
CATS = ("course/train_catvnoncat.h5", "course/test_catvnoncat.h5")
FILES = {
    "logistic_regression_cats": CATS,
    "deep_network_cats": CATS,
    "regularization": ("course/regularization_2d.mat",),
}
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "common")


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    """Return a function that runs an example as the command line would and returns what it prints."""
    monkeypatch.syspath_prepend(FOLDER)

    def run_example(name: str, *options: str) -> str:
        monkeypatch.setattr(sys, "argv", [f"{name}.py", "--out", str(tmp_path / "picture.png"), *options])
        runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
        return capsys.readouterr().out

    return run_example


def tables(text: str) -> dict[str, list[str]]:
    """Return the cells of every printed row by the row's name."""
    rows = [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]
    return {name: cells for name, *cells in rows}


def number(cell: str) -> float:
    return float(re.sub(r"[^\d.e-]", "", cell))


def is_better(cells: list[str], by: float) -> bool:
    """Return whether the last number exceeds the one before it."""
    return number(cells[-1]) > number(cells[-2]) + by


# What the small settings already show, with room for another processor's rounding.
SHOWN = {
    "autoencoder": lambda rows: number(rows["8 numbers"][1]) < number(rows["2 numbers"][1]) < 0.08,
    "batch_normalization": lambda rows: is_better(rows["sigmoid, learning rate 1.0"], by=50),
    "deep_network_cats": lambda rows: number(rows["12288-20-7-5-1"][1]) > 60,
    "gradient_checking": lambda rows: (
        rows["two-sided"] == ["3.0001", "3.0001"]
        and rows["one-sided"] == ["3.0301", "3.0301"]
        and {name for name, cells in rows.items() if "bug" in cells} == {"dense_1.bias", "dense_2.kernel"}
    ),
    "initialization": lambda rows: rows["zeros"][1] == "50.0 %" and number(rows["He"][1]) > 55,
    "input_normalization": lambda rows: (
        rows["x1 from 1 to 1000"][2] == "over 20,000"
        and rows["x1 from 1 to 10"][2] == rows["x1 from 1 to 10"][3]
    ),
    "logistic_regression_cats": lambda rows: number(rows["learning rate 0.001"][1]) < 0.69,
    "multi_task": lambda rows: (
        rows["0.0 %"][1] == rows["0.0 %"][2] and is_better(rows["60.0 %"][2:0:-1], by=5)
    ),
    "optimizers": lambda rows: is_better([rows["momentum"][2], rows["Adam"][2]], by=10),
    "planar_flower": lambda rows: (
        rows["logistic regression, scikit-learn"] == ["47 %", "47.0 %"]
        and number(rows["4 hidden units"][1]) > 80
    ),
    "random_search": lambda rows: is_better([rows["coarse"][2], rows["fine"][2]], by=5),
    "regularization": lambda rows: all(
        number(rows[name][column]) > 85 for name in ("none", "L2, lambda 0.7") for column in (1, 3)
    ),
    "transfer": lambda rows: is_better([rows["from scratch"][1], rows["new head, the rest frozen"][1]], by=2),
    "vectorization": lambda rows: number(rows["loop"][-1]) > 10,
}


def test_every_example_is_checked():
    assert sorted(SHOWN) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_quick_run(name, run, tmp_path):
    data = Path(os.environ.get("LAMINAR_DATA", ""))
    if missing := [file for file in FILES.get(name, ()) if not (data / file).is_file()]:
        pytest.skip(f"{' and '.join(missing)} not found below the folder that LAMINAR_DATA names")
    out = run(name, "--quick")
    header = next(line for line in out.splitlines() if "notes" in line)
    table = out[out.index(header) :].split("\n\n")[0].splitlines()
    assert len(table) > 2
    assert len({len(line) for line in table}) == 1, "columns are aligned"
    picture = tmp_path / "picture.png"
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert picture.stat().st_size > 5000
    assert out.endswith(f"\nwrote {picture}\n")
    assert SHOWN[name](tables(out))


@pytest.mark.parametrize("name", FILES)
def test_missing_data_is_named(name, run, monkeypatch, tmp_path, capsys):
    monkeypatch.delenv("LAMINAR_DATA", raising=False)
    with pytest.raises(SystemExit, match=r"^2$"):
        run(name)
    message = capsys.readouterr().err
    assert all(part in message for part in (*FILES[name], "--data", "LAMINAR_DATA"))

    monkeypatch.setenv("LAMINAR_DATA", str(tmp_path / "empty"))
    with pytest.raises(SystemExit, match=r"^2$"):
        run(name)
    message = capsys.readouterr().err
    assert all(str(tmp_path / "empty" / file) in message for file in FILES[name])
    assert not (tmp_path / "picture.png").exists()


def test_missing_data_leaves_no_traceback():
    environment = {name: value for name, value in os.environ.items() if name != "LAMINAR_DATA"}
    command = [sys.executable, FOLDER / "regularization.py"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert "regularization.py: error: this example reads course/regularization_2d.mat" in result.stderr


@pytest.mark.parametrize("name", NAMES)
def test_default_picture_is_named_after_the_example(name, run, capsys):
    with pytest.raises(SystemExit, match=r"^0$"):
        run(name, "--help")
    help_text = " ".join(capsys.readouterr().out.split())
    assert f"(default: {name}.png in the working directory)" in help_text
    assert "notes" in help_text
