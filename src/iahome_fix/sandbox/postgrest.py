"""A real PostgREST on a free port of the loopback address, serving one database."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import tempfile
import time
from typing import IO, TYPE_CHECKING

import httpx

from iahome_fix.i18n import _
from iahome_fix.sandbox.loopback_client import loopback_client
from iahome_fix.sandbox.postgrest_download import PostgrestUnavailable, find_or_fetch
from iahome_fix.systems.embedded.guard import guard
from iahome_fix.systems.embedded.processes import detached

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

__all__ = ["PostgrestProcess", "PostgrestUnavailable", "find_or_fetch"]

MAX_ROWS = 1000  # what Supabase's projects have by default

_ATTEMPTS = 3  # a port found free can be taken by somebody else before PostgREST has it
_STARTUP = 30.0


class PostgrestProcess:
    """Starts on entering, is ready then, and stops on leaving (or with this process, whatever happens to it).

    Attributes:
        url: the base address, without a path.
        jwt_secret: signs the tokens it accepts; made at random.

    Raises (from start):
        PostgrestUnavailable: it does not run on this machine, or does not get ready within 30 seconds.
    """

    def __init__(self, binary: Path, dsn: str) -> None:
        """`dsn` is the database as role `authenticator`."""
        self.jwt_secret = secrets.token_urlsafe(48)
        self.url = ""
        self._binary = binary
        self._dsn = dsn
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def __enter__(self) -> PostgrestProcess:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The id of the process, None while it is not running."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it and return when it has read the schema."""
        for _attempt in range(_ATTEMPTS):
            port, admin_port = _free_ports()
            try:
                self._launch(port, admin_port)
                if self._becomes_ready(admin_port):
                    self.url = f"http://127.0.0.1:{port}"
                    return
            except BaseException:
                self.stop()
                raise
            said = self._said()
            self.stop()
        raise PostgrestUnavailable(_("PostgREST did not start. Its last words: {log}").format(log=said))

    def stop(self) -> None:
        """End the process and wait for it; safe to call more than once."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            guard().forget_process(process.pid)
        if self._log is not None:
            self._log.close()
            self._log = None

    def _launch(self, port: int, admin_port: int) -> None:
        settings = {
            "DB_URI": self._dsn,
            "DB_SCHEMAS": "public",
            "DB_EXTRA_SEARCH_PATH": "public, extensions",
            "DB_ANON_ROLE": "anon",
            "DB_MAX_ROWS": str(MAX_ROWS),
            "DB_POOL": "5",
            "JWT_SECRET": self.jwt_secret,
            "SERVER_HOST": "127.0.0.1",
            "SERVER_PORT": str(port),
            "ADMIN_SERVER_PORT": str(admin_port),
            "LOG_LEVEL": "error",
        }
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("PGRST_", "PG"))
        }
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - PostgREST writes into it until `stop`
        try:
            self._process = subprocess.Popen(
                [self._binary],
                env={**inherited, **{f"PGRST_{name}": value for name, value in settings.items()}},
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                **detached(),
            )
        except OSError as error:
            raise PostgrestUnavailable(
                _("PostgREST does not run on this machine: {reason}.").format(
                    reason=error.strerror or type(error).__name__
                )
            ) from error
        guard().watch_process(self._process.pid)

    def _becomes_ready(self, admin_port: int) -> bool:
        deadline = time.monotonic() + _STARTUP
        with loopback_client(timeout=2) as client:
            while time.monotonic() < deadline:
                if self._process is None or self._process.poll() is not None:
                    return False
                try:
                    if client.get(f"http://127.0.0.1:{admin_port}/ready").is_success:
                        return True
                except httpx.TransportError:
                    pass
                time.sleep(0.05)
        return False

    def _said(self) -> str:
        if self._log is None:
            return ""
        self._log.seek(0)
        return self._log.read().decode("utf-8", errors="replace")[-1000:]


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        return int(one.getsockname()[1]), int(two.getsockname()[1])
