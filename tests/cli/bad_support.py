"""The command as an operator runs it, and the bad surroundings that it is put into."""

from __future__ import annotations

import json
import os
import secrets
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg.conninfo import conninfo_to_dict

from iahome_fix.sandbox.keys import legacy_key, project_ref
from iahome_fix.sandbox.surroundings import clean_environment
from tests.checks.app_support import migrated, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.checks.app_support import App

COMMANDS = ("doctor", "migrate", "backfill", "check-stripe")
NO_SECRETS: tuple[str, ...] = ()


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        document = json.loads(self.out)
        assert isinstance(document, dict)
        assert {"schema", "tool", "version", "command", "target", "started", "duration_ms"} <= document.keys()
        return document

    def status(self, check_id: str) -> str:
        """What one check said, in the JSON document."""
        return str(next(entry["status"] for entry in self.document["checks"] if entry["id"] == check_id))

    @property
    def error(self) -> dict[str, str]:
        error = self.document["error"]
        assert isinstance(error, dict)
        return error


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of the operator's shell, without those that mean something to the tool."""
    plain = {key: value for key, value in clean_environment().items() if key not in ("NO_COLOR", "COLUMNS")}
    return plain | {"PYTHONPATH": _source()} | dict(more or {})


def call(
    folder: Path,
    *words: str,
    more: Mapping[str, str] | None = None,
    hidden: tuple[str, ...] = NO_SECRETS,
    stdin: int = subprocess.DEVNULL,
    limit: float = 60,
    program: tuple[str, ...] = ("-m", "iahome_fix"),
    **popen: Any,
) -> Done:
    """Run a command; no traceback and none of the `hidden` texts may appear anywhere.

    `program`: another way to start it than `python -m iahome_fix`.
    """
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, *program, *words],
        cwd=folder,
        env=environment(more),
        stdin=stdin,
        capture_output=True,
        timeout=limit,
        check=False,
        **popen,
    )
    # In the encoding that the process was told to use, or one in which every byte is a character.
    out, err = (stream.decode("utf-8", errors="surrogateescape") for stream in (done.stdout, done.stderr))
    for text in (out, err):
        assert "Traceback" not in text, text
        assert "Exception ignored" not in text, text
        for secret in hidden:
            assert secret not in text, "a secret was shown"
    return Done(done.returncode, out, err, time.monotonic() - started)


def made_up(prefix: str = "") -> str:
    """A random secret that looks like no other text."""
    return prefix + secrets.token_hex(14)


def env_file(folder: Path, /, name: str = "app.env", **variables: str) -> Path:
    """An env file with these variables."""
    path = folder / name
    path.write_text("".join(f'{key}="{value}"\n' for key, value in variables.items()), encoding="utf-8")
    return path


@contextmanager
def healthy(folder: Path, dsn: str) -> Iterator[App]:
    """An app with nothing wrong, but for the Data API, which the configuration says is not there."""
    migrated(dsn)
    ref = project_ref()
    with running(folder, dsn) as app:
        app.variables |= {
            "NEXT_PUBLIC_SUPABASE_URL": f"https://{ref}.supabase.co",
            "SUPABASE_SERVICE_ROLE_KEY": legacy_key("service_role", ref, made_up()),
            "NEXT_PUBLIC_SUPABASE_ANON_KEY": legacy_key("anon", ref, made_up()),
            "IAHOME_FIX_NO_DATA_API": "tests",
        }
        app.customers()
        yield app


def configured(app: App, folder: Path, **changes: str) -> Path:
    """The env file of a running app, with some variables changed."""
    return env_file(folder, **(app.environ() | changes))


class TcpServer:
    """Listens on a free port of 127.0.0.1 and gives every connection to a function; a context manager."""

    def __init__(self, talk: Callable[[socket.socket], None]) -> None:
        self._talk = talk
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.accepted = 0
        self.port = int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def dsn(self, password: str) -> str:
        return f"postgresql://postgres:{password}@127.0.0.1:{self.port}/app"

    def __enter__(self) -> TcpServer:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.close()
        for line in self._open:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _address = self._listener.accept()
                self.accepted += 1
                self._open.append(line)
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with suppress(OSError, struct.error):
            self._talk(line)
            line.close()


def silent(line: socket.socket) -> None:
    """Takes everything and never answers."""
    while line.recv(4096):
        pass


def trickling(line: socket.socket) -> None:
    """Answers, a header line every now and then, without an end."""
    line.recv(4096)
    line.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        line.sendall(b"X-More: 1\r\n")
        time.sleep(0.2)


def hangs_up(line: socket.socket) -> None:
    """Closes as soon as something was said."""
    line.recv(4096)


def speaks_http(line: socket.socket) -> None:
    """Is a web server, whoever calls."""
    line.recv(4096)
    line.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def postgres_saying(sqlstate: str, text: str) -> Callable[[socket.socket], None]:
    """A PostgreSQL server that refuses every session with this error."""

    def talk(line: socket.socket) -> None:
        while _is_tls_question(line):
            line.sendall(b"N")
        fields = b"".join(
            kind + value.encode() + b"\0"
            for kind, value in ((b"S", "FATAL"), (b"V", "FATAL"), (b"C", sqlstate), (b"M", text))
        )
        line.sendall(b"E" + struct.pack("!I", len(fields) + 5) + fields + b"\0")

    return talk


def _is_tls_question(line: socket.socket) -> bool:
    size = struct.unpack("!I", line.recv(4, socket.MSG_WAITALL))[0]
    return struct.unpack("!I", line.recv(size - 4, socket.MSG_WAITALL)[:4])[0] in (80877103, 80877104)


class Cable:
    """A line to the real server that goes wrong as soon as a statement with `marker` passes.

    `fault`: `cut` breaks the connection, `hold` passes nothing on from there, in both directions.
    """

    def __init__(self, dsn: str, marker: bytes, fault: str) -> None:
        self._to = conninfo_to_dict(dsn)
        self._marker, self._fault = marker, fault
        self._server = TcpServer(self._talk)
        self.struck = threading.Event()

    @property
    def dsn(self) -> str:
        return f"postgresql://postgres:x@127.0.0.1:{self._server.port}/{self._to['dbname']}"

    def __enter__(self) -> Cable:
        self._server.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.__exit__(*error)

    def _talk(self, near: socket.socket) -> None:
        with self._reach() as far:
            threading.Thread(target=self._back, args=(far, near), daemon=True).start()
            while data := near.recv(65536):
                if self._marker in data:
                    self.struck.set()
                    if self._fault == "hold":
                        silent(near)
                    near.shutdown(socket.SHUT_RDWR)
                    far.shutdown(socket.SHUT_RDWR)
                    return
                far.sendall(data)

    def _reach(self) -> socket.socket:
        host, port = str(self._to.get("host")), int(str(self._to.get("port") or 5432))
        if host.startswith("/"):
            far = socket.socket(socket.AF_UNIX)
            far.connect(f"{host}/.s.PGSQL.{port}")
            return far
        return socket.create_connection((host, port))

    @staticmethod
    def _back(far: socket.socket, near: socket.socket) -> None:
        with suppress(OSError):
            while data := far.recv(65536):
                near.sendall(data)


def free_port() -> int:
    """A port at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _source() -> str:
    # Commands run in folders of their own, so a relative path would lead nowhere.
    given = os.environ.get("PYTHONPATH", "")
    return os.pathsep.join(str(Path(part).absolute()) for part in given.split(os.pathsep) if part)
