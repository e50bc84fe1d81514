"""The command as an operator runs it, and the bad surroundings that it is put into."""

from __future__ import annotations

import secrets
import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.conninfo import conninfo_to_dict

from iahome_fix.sandbox.keys import legacy_key, project_ref
from tests import commands
from tests.checks.app_support import migrated, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.checks.app_support import App

COMMANDS = ("doctor", "migrate", "backfill", "check-stripe")
NO_SECRETS: tuple[str, ...] = ()


@dataclass(frozen=True)
class Done(commands.Done):
    """How a command ended."""

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        document = super().document
        assert {"schema", "tool", "version", "command", "target", "started", "duration_ms"} <= document.keys()
        return document

    def status(self, check_id: str) -> str:
        """What one check said, in the JSON document."""
        return str(self.check(check_id)["status"])


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of the operator's shell, without those that mean something to the tool."""
    return commands.surroundings({"PYTHONPATH": str(commands.SOURCE), **(more or {})})


def call(
    folder: Path,
    *words: str,
    more: Mapping[str, str] | None = None,
    hidden: tuple[str, ...] = NO_SECRETS,
    **process: Any,
) -> Done:
    """Run a command; none of the `hidden` texts may appear anywhere.

    It is a process where one is asked for (`process`: what `as_process` takes), or where `more` says in which
    encoding Python is to speak; otherwise it runs in this process.
    """
    if process or any(name.startswith(("PYTHON", "LC_")) for name in more or ()):
        done = commands.as_process(folder, *words, more=more, **process)
    else:
        done = commands.call(folder, *words, more=more)
    for secret in hidden:
        assert secret not in done.out + done.err, "a secret was shown"
    return Done(done.code, done.out, done.err, done.seconds)


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
