# SPDX-License-Identifier: BSD-3-Clause
"""The demonstration and the command line."""

from __future__ import annotations

import sys

import laminar as lm
import numpy as np
import pytest
from laminar._cli import main
from laminar._demo import run_demo, worst_mistakes


def is_picture(path) -> bool:
    return path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" and path.stat().st_size > 5000


def test_bundled_digits(tmp_path, capsys):
    pytest.importorskip("sklearn")
    pytest.importorskip("matplotlib")
    result = run_demo(epochs=8, output=tmp_path / "new", verbose=0)
    assert result.accuracy > 0.9
    assert result.pictures == (tmp_path / "new/learning_curve.png", tmp_path / "new/worst_mistakes.png")
    assert all(is_picture(path) for path in result.pictures)
    out = capsys.readouterr().out
    assert "1,347 digits to train on, 450 to test on, 8 x 8 pixels" in out
    assert f"test accuracy {100 * result.accuracy:.2f} %" in out


def test_command_line_on_idx_files(digits_folder, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    folder, output = digits_folder(".gz"), tmp_path / "pictures"
    status = main(["demo", "--data", str(folder), "--epochs", "1", "--output", str(output), "--seed", "3"])
    out = capsys.readouterr().out
    assert status == 0
    assert "40 digits to train on, 20 to test on, 28 x 28 pixels" in out
    assert "epoch 1/1" in out
    assert "test accuracy" in out
    assert is_picture(output / "learning_curve.png")
    assert is_picture(output / "worst_mistakes.png")


def test_the_seed_decides(tmp_path):
    pytest.importorskip("sklearn")
    pytest.importorskip("matplotlib")
    first, second = (run_demo(epochs=2, output=tmp_path, seed=5, verbose=0).accuracy for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("module", "package"), [("matplotlib.figure", "matplotlib"), ("sklearn.datasets", "scikit-learn")]
)
def test_missing_packages_name_the_extra(monkeypatch, capsys, tmp_path, module, package):
    pytest.importorskip("matplotlib")
    monkeypatch.setitem(sys.modules, module, None)
    assert main(["demo", "--output", str(tmp_path)]) == 1
    assert f'the demo needs {package}, which is not installed: pip install "laminar[demo]"' in (
        capsys.readouterr().err
    )


def test_a_missing_folder_is_an_error(capsys, tmp_path):
    pytest.importorskip("matplotlib")
    assert main(["demo", "--data", str(tmp_path / "none"), "--output", str(tmp_path)]) == 1
    assert "images-idx3-ubyte" in capsys.readouterr().err


def test_other_commands(capsys):
    assert main(["config"]) == 0
    assert capsys.readouterr().out.startswith(f"laminar {lm.__version__}\n")
    with pytest.raises(SystemExit):
        main([])
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])


def test_worst_mistakes_come_first():
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.1, 0.9]])
    assert worst_mistakes(np.array([0, 1, 1, 0]), probabilities) == [3, 1, 2]
    assert worst_mistakes(np.array([0, 0, 0, 1]), probabilities) == []
    assert len(worst_mistakes(np.zeros(99, int), np.tile([0.4, 0.6], (99, 1)))) == 25
