"""Runs a program and says how long it took and how much memory it had at its peak.

    python benchmarks/measure.py FILE PROGRAM ...

What a large process starts has that process's memory until it becomes another program, and the system counts
it as its own. So each program is started by a small process, this one, which writes seconds, peak memory
(MiB) and exit code to FILE.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """One run: seconds by the clock, peak memory in MiB (None where the system does not say), stdout."""

    seconds: float
    memory: float | None
    out: str


def run(words: Sequence[str], environment: Mapping[str, str], codes: Sequence[int] = (0,)) -> Run:
    """Run to the end. Raises RuntimeError, with what it said, unless the exit code is one of `codes`."""
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        noted = Path(folder) / "noted"
        subprocess.run(
            [sys.executable, "-S", __file__, str(noted), *words],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            check=True,
        )
        seconds, memory, code = json.loads(noted.read_text(encoding="utf-8"))
        out.seek(0)
        err.seek(0)
        said = out.read().decode("utf-8", errors="replace")
        if code not in codes:
            raise RuntimeError(f"exit code {code}: {said}\n{err.read().decode('utf-8', errors='replace')}")
    return Run(seconds, memory, said)


def _note(file: Path, words: Sequence[str]) -> None:
    """What `run` does in a small process."""
    started = time.perf_counter()
    process = subprocess.Popen(list(words))
    memory: float | None = None
    if sys.platform == "win32":
        code = process.wait()
    else:
        # The peak of this child alone; what Python offers for all children together only grows.
        _pid, status, used = os.wait4(process.pid, 0)
        code = process.returncode = os.waitstatus_to_exitcode(status)
        memory = used.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
    file.write_text(json.dumps([time.perf_counter() - started, memory, code]), encoding="utf-8")


def environment() -> dict[str, str]:
    """This process's environment without the operator's values; the tool need not be installed in it."""
    from iahome_fix.sandbox.surroundings import clean_environment

    return clean_environment() | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns under each other, the first to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if number == 0 else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def judged(value: float, goal: float) -> str:
    """Whether the goal is met, as words."""
    return "met" if value <= goal else "MISSED"


if __name__ == "__main__":
    _note(Path(sys.argv[1]), sys.argv[2:])
