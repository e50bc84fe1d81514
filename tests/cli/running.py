"""Commands of the tool as processes, in a clean environment."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from iahome_fix.sandbox.surroundings import clean_environment
from tests.prepared import Process, start

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@contextmanager
def started(folder: Path, *words: str, more: Mapping[str, str] | None = None) -> Iterator[Process]:
    """The command, running; asked to end after the block if it still is. Its temporary files go to `folder`.

    Both outputs go to files (`out` and `err` in the folder), so that it never waits for a reader.
    """
    environment = clean_environment() | {"TMPDIR": str(folder), "COLUMNS": "80"} | dict(more or {})
    with (
        Path(os.devnull).open() as nobody,
        (folder / "out").open("w") as out,
        (folder / "err").open("w") as err,
    ):
        streams = (nobody.fileno(), out.fileno(), err.fileno())
        process = start(words, cwd=folder, env=environment, streams=streams)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def said(folder: Path) -> str:
    """What the command wrote to stdout so far."""
    return (folder / "out").read_text(encoding="utf-8")


def wait_for(happened: object, seconds: float = 30) -> bool:
    """Whether `happened()` became true in time."""
    assert callable(happened)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happened():
            return True
        time.sleep(0.05)
    return bool(happened())


def is_alive(pid: int) -> bool:
    """Whether a process of this id runs (a zombie does not)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:  # noqa: PTH123 - a device, not a file of ours
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True
