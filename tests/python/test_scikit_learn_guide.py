# SPDX-License-Identifier: BSD-3-Clause
"""The guide for scikit-learn's users and its example run as they are printed."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn", minversion="1.6")
pytest.importorskip("scipy")

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "scikit_learn.md"
EXAMPLE = ROOT / "examples" / "scikit_learn_search.py"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)


def run_example(monkeypatch, capsys, *options: str) -> str:
    monkeypatch.setattr(sys, "argv", [EXAMPLE.name, *options])
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    return capsys.readouterr().out


def test_every_block_of_the_guide_runs(monkeypatch, tmp_path):
    for package in ("sklearn.callback", "pandas", "skops"):  # the first is scikit-learn 1.9's
        pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall(GUIDE.read_text(encoding="utf-8"))
    assert len(blocks) > 5
    names: dict[str, object] = {"__name__": "guide"}
    for block in blocks:
        exec(compile(block, str(GUIDE), "exec"), names)


def test_search_with_optuna(monkeypatch, capsys):
    pytest.importorskip("optuna")
    out = run_example(monkeypatch, capsys, "--trials", "6", "--epochs", "12")
    assert re.search(r"^random search: cross-validated R\^2 -?\d\.\d{3} with$", out, re.M)
    assert re.search(r"^Optuna, \d of 6 trials pruned: validation R\^2 -?\d\.\d{3} with$", out, re.M)
    assert re.findall(r"^(?:scikit-learn|laminar), \S+", out, re.M) == [
        "scikit-learn, default",
        "laminar, default",
        "laminar, RandomizedSearchCV",
        "laminar, Optuna",
    ]


def test_search_without_optuna_says_what_is_missing(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "optuna", None)
    monkeypatch.setattr(sys, "argv", [EXAMPLE.name, "--trials", "1", "--epochs", "2"])
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    printed = capsys.readouterr()
    assert 'pip install "laminar[examples]"' in printed.err
    assert "RandomizedSearchCV" in printed.out
    assert "Optuna" not in printed.out
