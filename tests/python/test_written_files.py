# SPDX-License-Identifier: BSD-3-Clause
"""What laminar writes is written whole or not at all: models, and what they are exported to."""

import os
import stat
import subprocess
import sys

import laminar as lm
import pytest


def network(width=64):
    return lm.Sequential([lm.Input((width,)), lm.Dense(width)], seed=0)


def save(model, path):
    model.save(path)


WRITERS = {"save": save, "export_c": lm.export_c, "export_onnx": lm.export_onnx}


@pytest.fixture(params=WRITERS)
def write(request):
    if request.param == "export_onnx":
        pytest.importorskip("onnx")
    return WRITERS[request.param]


def names_in(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_is_replaced_keeps_its_permissions_and_leaves_nothing_beside_it(write, tmp_path):
    path = tmp_path / "m"
    write(network(), path)
    first = path.read_bytes()
    os.chmod(path, 0o640)
    write(network(32), str(path))
    assert path.read_bytes() != first
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert names_in(tmp_path) == ["m"]


def test_a_file_behind_a_link_is_replaced(write, tmp_path):
    (tmp_path / "m").write_text("old")
    (tmp_path / "link").symlink_to("m")
    write(network(), tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert len((tmp_path / "m").read_bytes()) > 64 * 64
    assert names_in(tmp_path) == ["link", "m"]


def test_the_error_names_the_path(write, tmp_path):
    places = [(tmp_path / "missing" / "m", FileNotFoundError), (tmp_path, IsADirectoryError)]
    (tmp_path / "file").write_text("old")
    places.append((tmp_path / "file" / "m", NotADirectoryError))
    for path, error in places:
        with pytest.raises(error) as caught:
            write(network(), path)
        assert caught.value.filename == str(path)
        assert str(path) in str(caught.value)
    assert names_in(tmp_path) == ["file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write there")
def test_a_folder_that_cannot_be_written_to(write, tmp_path):
    path = tmp_path / "m"
    path.write_text("old")
    os.chmod(tmp_path, 0o500)
    try:
        with pytest.raises(PermissionError) as caught:
            write(network(), path)
    finally:
        os.chmod(tmp_path, 0o700)
    assert caught.value.filename == str(path)
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["m"]


@pytest.mark.skipif(not os.path.isdir("/sys/kernel"), reason="needs a folder in which nobody can make a file")
def test_a_folder_that_nobody_can_write_to(write):
    with pytest.raises(OSError, match="/sys/kernel/m'") as caught:
        write(network(), "/sys/kernel/m")
    assert caught.value.filename == "/sys/kernel/m"


def test_a_device_stays_one(write, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="pipe"):
        write(network(), tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()
    assert names_in(tmp_path) == ["pipe"]


# The limit on a file's size stands for a full disk: it holds for a process, so that another one is needed.
ON_A_FULL_DISK = """
import resource, signal, sys
import laminar as lm
from test_written_files import WRITERS, network
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
write, path = WRITERS[sys.argv[1]], sys.argv[2]
write(network(4), path + ".small")  # imports what it needs, and may write what it wants
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
try:
    write(network(), path)
except OSError as error:
    print(type(error).__name__, error.filename == path)
"""


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_the_old_file(name, tmp_path):
    pytest.importorskip("resource")
    if name == "export_onnx":
        pytest.importorskip("onnx")
    path = tmp_path / "m"
    path.write_text("old")
    tests = os.path.dirname(os.path.abspath(__file__))
    output = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, name, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([tests, *filter(None, sys.path)])},
    )
    assert output.stdout.split() == ["OSError", "True"]
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["m", "m.small"]
