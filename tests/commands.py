"""The tool's commands in this process: the same code as on the command line, sooner than a process.

For tests whose subject is what a command says and does. Where the subject is a process (its start, its end, a
signal, a terminal, an encoding), `as_process` and the Popen of the test itself are right.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from iahome_fix import i18n
from iahome_fix.cli.entry import run as run_command
from iahome_fix.sandbox.surroundings import clean_environment
from tests import prepared

SOURCE = Path(__file__).parents[1] / "src"
_TOOL = ("-m", "iahome_fix")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str
    seconds: float = 0.0

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @property
    def verdict(self) -> str:
        return str(self.document["verdict"])

    @property
    def error(self) -> dict[str, str]:
        """The error, which has to be there."""
        error = self.document["error"]
        assert isinstance(error, dict)
        return error

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    def check(self, check_id: str) -> dict[str, Any]:
        """What one check said, in the JSON document."""
        return next(entry for entry in self.document["checks"] if entry["id"] == check_id)


def surroundings(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of an operator's shell, without those that mean something to the tool."""
    plain = {name: text for name, text in clean_environment().items() if name not in ("NO_COLOR", "COLUMNS")}
    return plain | dict(more or {})


def call(folder: Path, *words: str, more: Mapping[str, str] | None = None, encoding: str = "utf-8") -> Done:
    """One command in this process, in `folder`, with `surroundings(more)` and nobody at a terminal.

    What the command changes about the process is its own affair no longer than it runs: variables, working
    folder, streams, language, filters of warnings and the handler of Ctrl-C are afterwards as they were.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _stream in range(2))
    started = time.monotonic()
    variables = {"COLUMNS": "80"} | surroundings(more)
    with _streams(out, err), _placed(folder), _variables(variables), warnings.catch_warnings():
        handler = signal.getsignal(signal.SIGINT)
        try:
            code = run_command(words)
        finally:
            i18n.install(NullTranslations())
        assert signal.getsignal(signal.SIGINT) is handler, "Ctrl-C belongs to the command no more"
    done = Done(code, _text(out), _text(err), time.monotonic() - started)
    assert "Traceback" not in done.out + done.err, done.err
    return done


def call_together(folder: Path, *words: str, more: Mapping[str, str] | None = None) -> str:
    """What a person sees of a command: both streams, in the order in which they were written."""
    both = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    variables = {"COLUMNS": "80"} | surroundings(more)
    with _streams(both, both), _placed(folder), _variables(variables), warnings.catch_warnings():
        try:
            run_command(words)
        finally:
            i18n.install(NullTranslations())
    return _text(both)


def as_process(
    folder: Path,
    *words: str,
    more: Mapping[str, str] | None = None,
    program: tuple[str, ...] = _TOOL,
    limit: float = 90,
    from_nothing: bool = False,
    **popen: Any,
) -> Done:
    """The same as a process of its own; what it says is read as UTF-8, whatever it is.

    `from_nothing`: with the interpreter's start and all imports; else it is a prepared one where that can be.
    """
    started = time.monotonic()
    env = surroundings(more) | {"PYTHONPATH": str(SOURCE)}
    if program == _TOOL and not popen and not from_nothing:
        with prepared.start(words, cwd=folder, env=env) as running:
            said = running.communicate(timeout=limit)
            code = running.wait()
        return _whole(code, *said, started)
    streams: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    }
    done: subprocess.CompletedProcess[bytes] = subprocess.run(
        [sys.executable, *program, *words],
        cwd=folder,
        env=env,
        timeout=limit,
        check=False,
        **streams | popen,
    )
    # In the encoding that the process was told to use, or one in which every byte is a character.
    out, err = ((s or b"").decode("utf-8", errors="surrogateescape") for s in (done.stdout, done.stderr))
    return _whole(done.returncode, out, err, started)


def _whole(code: int, out: str, err: str, started: float) -> Done:
    for text in (out, err):
        assert "Traceback" not in text, text
        assert "Exception ignored" not in text, text
    return Done(code, out, err, time.monotonic() - started)


@contextmanager
def _streams(out: io.TextIOWrapper, err: io.TextIOWrapper) -> Iterator[None]:
    before = sys.stdin
    with Path(os.devnull).open(encoding="utf-8") as nobody, redirect_stdout(out), redirect_stderr(err):
        sys.stdin = nobody
        try:
            yield
        finally:
            sys.stdin = before


@contextmanager
def _placed(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _variables(wanted: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    _become(wanted)
    try:
        yield
    finally:
        _become(before)


def _become(wanted: Mapping[str, str]) -> None:
    """Change only what differs: the stand-ins' threads read the same variables meanwhile."""
    for name in os.environ.keys() - wanted.keys():
        del os.environ[name]
    for name, text in wanted.items():
        if os.environ.get(name) != text:
            os.environ[name] = text


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode(stream.encoding)
