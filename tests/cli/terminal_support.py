"""A real pseudo-terminal with a command in it (POSIX only)."""

from __future__ import annotations

import os
import re
import select
import struct
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tests.cli.bad_support import environment
from tests.prepared import start

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.prepared import Process

if sys.platform != "win32":
    import fcntl
    import pty
    import termios

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class Terminal:
    """What a person sees and types. `text` is everything that was shown so far."""

    def __init__(self, master: int, process: Process) -> None:
        self._master = master
        self._process = process
        self._shown = b""

    @property
    def text(self) -> str:
        return self._shown.decode("utf-8", errors="replace").replace("\r\n", "\n")

    @property
    def plain(self) -> str:
        """The same without colours."""
        return ESCAPE.sub("", self.text)

    def see(self, words: str, seconds: float = 60) -> None:
        """Wait until these words were shown."""
        deadline = time.monotonic() + seconds
        while words not in self.plain:
            assert time.monotonic() < deadline, self.plain
            assert self._read(0.2) or self._process.poll() is None or words in self.plain, self.plain

    def press(self, keys: str) -> None:
        """Type; `\\x03` is Ctrl-C, `\\x04` the end of the input."""
        os.write(self._master, keys.encode())

    def end(self, seconds: float = 60) -> int:
        """The exit code, once everything that was said is read."""
        deadline = time.monotonic() + seconds
        while self._process.poll() is None:
            assert time.monotonic() < deadline, self.plain
            self._read(0.2)
        while self._read(0.2):
            pass
        assert "Traceback" not in self.text, self.text
        return self._process.wait()

    def _read(self, seconds: float) -> bool:
        ready, _write, _error = select.select([self._master], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # the other side is closed
            return False
        self._shown += data
        return bool(data)


@contextmanager
def terminal(
    folder: Path, *words: str, columns: int = 80, more: Mapping[str, str] | None = None, **streams: int
) -> Iterator[Terminal]:
    """Run a command in a terminal of its own; `streams` leads stdin, stdout or stderr elsewhere."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    named = {"stdin": slave, "stdout": slave, "stderr": slave} | streams
    process = start(
        words,
        cwd=folder,
        env=environment({"TERM": "xterm-256color"} | dict(more or {})),
        streams=(named["stdin"], named["stdout"], named["stderr"]),
    )
    os.close(slave)
    try:
        yield Terminal(master, process)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        with suppress(OSError):
            os.close(master)
