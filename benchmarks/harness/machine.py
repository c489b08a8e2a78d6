# SPDX-License-Identifier: BSD-3-Clause
"""What this machine is, what it could do, and what else runs on it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

PROBE = Path(__file__).resolve().parent.parent / "fma_peak.cpp"
PROBE_FLAGS = ("-O3", "-std=gnu++20", "-ffp-contract=fast", "-pthread")


def available_cpus() -> list[int]:
    """Return the CPUs that this process may use, one of each core before the second of any."""
    if not hasattr(os, "sched_getaffinity"):
        return list(range(os.cpu_count() or 1))
    first: list[int] = []
    others: list[int] = []
    seen: set[str] = set()
    for cpu in sorted(os.sched_getaffinity(0)):
        path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        core = path.read_text(encoding="ascii") if path.exists() else str(cpu)
        (others if core in seen else first).append(cpu)
        seen.add(core)
    return first + others


def hold_to(cpus: list[int]) -> None:
    """Let this process run on these CPUs only, where the system knows how."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cpus)


def cpu_flags() -> set[str]:
    """Return the CPU's features as Linux names them; empty elsewhere."""
    return set(_cpu_info().get("flags", "").split())


def describe() -> dict[str, Any]:
    """CPU, caches, system and Python, for the record."""
    info = _cpu_info()
    wanted = ("avx2", "fma", "avx512f", "avx512_bf16", "amx_tile")
    caches = {}
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        parts = [(index / name).read_text(encoding="ascii").strip() for name in ("level", "type", "size")]
        caches[f"L{parts[0]} {parts[1]}"] = parts[2]
    return {
        "cpu": info.get("model name", platform.processor()),
        "cpu_family_model": f"{info.get('cpu family', '?')}/{info.get('model', '?')}",
        "cpus": available_cpus(),
        "features": [flag for flag in wanted if flag in cpu_flags()],
        "caches": caches,
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def fma_peak(threads: int, cpus: list[int]) -> dict[str, float]:
    """Compile and run the probe: GFLOP/s of `threads` together by "isa dtype"; empty without a compiler."""
    compiler = shutil.which(os.environ.get("CXX", "c++"))
    if compiler is None or platform.machine() not in ("x86_64", "AMD64"):
        return {}
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(folder) / "fma_peak")
        subprocess.run([compiler, *PROBE_FLAGS, str(PROBE), "-o", program], check=True)
        before = available_cpus()
        hold_to(cpus)
        try:
            command = [program, str(threads)]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        finally:
            hold_to(before)
    rows = [line.split() for line in output.splitlines()]
    return {f"{isa} {dtype}": float(rate) for isa, dtype, _, rate in rows}


def cpu_seconds(pid: int) -> float:
    """CPU time of all threads of a process, in seconds; finer than the kernel's ticks where it tells."""
    total = 0
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return _ticks(pid)
    return total / 1e9


def busy_seconds() -> float:
    """CPU time of everything on this machine, in seconds; 0 where the system does not tell."""
    try:
        fields = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:]
    except OSError:
        return 0.0
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields[:8])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _cpu_info() -> dict[str, str]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return {}
    lines = text.split("\n\n", maxsplit=1)[0].splitlines()
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
