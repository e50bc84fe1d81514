"""Processes of the tool that begin where its imports end: forked from one that has made them already.

Such a process is one like any other (an id of its own, signals, a kill, its streams), but its imports, which
take as long as what it does, are made once per worker instead of once per process. Where the start itself is
the subject, or the encoding of the streams, a process from nothing is right; where nothing can be forked
(Windows), all are.
"""

from __future__ import annotations

import atexit
import gc
import io
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

import iahome_fix
from iahome_fix.errors import CouldNotTell
from iahome_fix.systems.http_client import open_client

FOLDER: Final = Path(__file__).parents[1]
_OF_OTHERS: Final = (
    "h2", "httpcore", "postgrest", "psycopg", "pydantic", "stripe.checkout", "stripe._object_classes",
    "stripe._checkout_service", "stripe.checkout._session", "stripe.checkout._session_service", "supabase",
    "typer._adapters",
)  # fmt: skip
"""What commands import of others, some of it when they ask a system; not every version has each."""
_OF_THE_START: Final = ("PYTHON", "LC_", "LANG")
"""Variables that count when the interpreter starts."""
# The terminal has to be the controlling one, so that Ctrl-C reaches the command as it does for a person.
_TAKE: Final = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    " os.execv(sys.argv[1], sys.argv[1:])"
)
Streams = tuple[int, int, int]
"""Descriptors for stdin, stdout and stderr."""


class Prepared:
    """A process of the tool: as much of `subprocess.Popen` as the tests use, with text streams in UTF-8."""

    stdout: IO[str]
    stderr: IO[str]

    def __init__(
        self, words: Sequence[str], *, cwd: Path, env: Mapping[str, str], streams: Streams | None = None
    ) -> None:
        """Start `iahome-fix words` in a folder with these variables.

        Nobody is at its stdin and both outputs are pipes, unless `streams` are given; a terminal at stdin is
        its controlling one then.
        """
        self.returncode: int | None = None
        self._ended, mine = os.pipe()
        order = {"words": list(words), "cwd": str(cwd), "env": dict(env)}
        if streams is not None:
            stdin, *outputs = streams
            self.pid = _ask(order, [*outputs, mine, stdin])
        else:
            out, at_out = os.pipe()
            err, at_err = os.pipe()
            self.pid = _ask(order, [at_out, at_err, mine])
            os.close(at_out)
            os.close(at_err)
            self.stdout = open(out, encoding="utf-8")  # noqa: PTH123, SIM115 - a pipe
            self.stderr = open(err, encoding="utf-8")  # noqa: PTH123, SIM115
        os.close(mine)

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        if self.returncode is None and select.select([self._ended], [], [], 0)[0]:
            self._end()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, for so many seconds. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._ended], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self._end()
        assert self.returncode is not None
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it says until its end. Raises subprocess.TimeoutExpired."""
        until = None if timeout is None else time.monotonic() + timeout
        said: dict[int, list[bytes]] = {self.stdout.fileno(): [], self.stderr.fileno(): []}
        open_ends = list(said)
        while open_ends:
            left = None if until is None else max(0.0, until - time.monotonic())
            ready = select.select(open_ends, [], [], left)[0]
            if not ready:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            for end in ready:
                if piece := os.read(end, 1 << 16):
                    said[end].append(piece)
                else:
                    open_ends.remove(end)
        self.wait(None if until is None else max(0.0, until - time.monotonic()))
        out, err = (b"".join(pieces).decode("utf-8") for pieces in said.values())
        return out, err

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Prepared:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wait()
        self._close_streams()

    def __del__(self) -> None:
        with suppress(OSError):
            self._close_streams()
        if getattr(self, "returncode", 0) is None:
            with suppress(OSError):
                os.close(self._ended)

    def _close_streams(self) -> None:
        for stream in (getattr(self, "stdout", None), getattr(self, "stderr", None)):
            if stream is not None:
                stream.close()

    def _end(self) -> None:
        self.returncode = os.waitstatus_to_exitcode(int(os.read(self._ended, 64)))
        os.close(self._ended)


Process = Prepared | subprocess.Popen[str]


def start(
    words: Sequence[str], *, cwd: Path, env: Mapping[str, str], streams: Streams | None = None
) -> Process:
    """`iahome-fix words` as a process of its own: a prepared one where that can be. `streams` as Prepared."""
    if hasattr(os, "fork") and _of_the_start(env) == _of_the_start(os.environ):
        return Prepared(words, cwd=cwd, env=env, streams=streams)
    stdin, stdout, stderr = streams or (subprocess.DEVNULL, subprocess.PIPE, subprocess.PIPE)
    at_terminal = streams is not None and os.isatty(stdin)
    return subprocess.Popen(
        [sys.executable, *(("-c", _TAKE, sys.executable) if at_terminal else ()), "-m", "iahome_fix", *words],
        cwd=cwd,
        env=dict(env),
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=at_terminal,
        text=True,
        encoding="utf-8",
    )


def _of_the_start(env: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in env.items()
        if name.startswith(_OF_THE_START) and name not in ("PYTHONPATH", "PYTEST_VERSION")
    }


@cache
def _server() -> tuple[subprocess.Popen[bytes], socket.socket]:
    """The process that has made the imports, and the way to it; it ends with this one."""
    mine, other = socket.socketpair()
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join((str(FOLDER / "src"), str(FOLDER)))}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.prepared", str(other.fileno())],
        pass_fds=[other.fileno()],
        cwd=FOLDER,
        env=environ,
    )
    other.close()

    def stop() -> None:
        mine.close()
        process.wait(timeout=10)

    atexit.register(stop)
    return process, mine


def _ask(order: Mapping[str, Any], ends: Sequence[int]) -> int:
    way = _server()[1]
    text = json.dumps(order).encode()
    socket.send_fds(way, [len(text).to_bytes(4, "big")], list(ends))
    way.sendall(text)
    return int.from_bytes(_exactly(way, 4), "big")


def _exactly(way: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        piece = way.recv(count - len(found))
        if not piece:
            raise EOFError
        found += piece
    return found


def _serve(way: socket.socket) -> list[str] | None:
    """Fork what is asked for until nobody asks any more; in the new process: its words."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    running: dict[int, int] = {}
    while True:
        ready = select.select([way.fileno(), woken], [], [])[0]
        if woken in ready:
            os.read(woken, 4096)
            for pid in list(running):
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    told = running.pop(pid)
                    os.write(told, str(status).encode())
                    os.close(told)
        if way.fileno() in ready:
            head, ends, _flags, _address = socket.recv_fds(way, 4, 4)
            if not head:
                return None
            order = json.loads(_exactly(way, int.from_bytes(head, "big")))
            pid = os.fork()
            if not pid:
                for other in (way.fileno(), woken, wake, *running.values()):
                    os.close(other)
                way.detach()
                _become(order, ends)
                return [str(word) for word in order["words"]]
            running[pid] = ends[2]
            for end in (*ends[:2], *ends[3:]):
                os.close(end)
            way.sendall(pid.to_bytes(4, "big"))


def _become(order: Mapping[str, Any], ends: Sequence[int]) -> None:
    """What a process of its own has from its start: streams, variables, folder, signals."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    stdin = ends[3] if len(ends) > 3 else os.open(os.devnull, os.O_RDONLY)
    for end, place in ((stdin, 0), (ends[0], 1), (ends[1], 2)):
        os.dup2(end, place)
    for end in {stdin, *ends}:
        os.close(end)
    if os.isatty(0):
        import fcntl
        import termios

        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    sys.stdin, sys.stdout = open(0, encoding="utf-8", closefd=False), _writer(1, "strict")  # noqa: SIM115
    sys.stderr = _writer(2, "backslashreplace")
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    sys.path[:] = [str(FOLDER / "src"), *(place for place in sys.path if place != str(FOLDER))]


def _writer(end: int, errors: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BufferedWriter(io.FileIO(end, "w", closefd=False)),
        encoding="utf-8",
        errors=errors,
        line_buffering=end == 2 or os.isatty(end),
    )


def _import_in_advance() -> None:
    """All of the tool, and what it imports only where it needs it."""
    for module in pkgutil.walk_packages(iahome_fix.__path__, "iahome_fix."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    for name in _OF_OTHERS:
        with suppress(ImportError):
            import_module(name)
    with suppress(CouldNotTell):
        open_client("nobody").close()  # reads the certificates of the world, once


def _main() -> None:
    _import_in_advance()
    gc.freeze()  # shared by all processes, and looked through for cycles by none
    words = _serve(socket.socket(fileno=int(sys.argv[1])))
    if words is not None:
        sys.argv[:] = ["iahome-fix", *words]
        from iahome_fix.__main__ import main

        main()


if __name__ == "__main__":
    _main()
