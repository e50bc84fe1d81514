"""One private server for this process: databases for a moment, in a folder that is gone with the process."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import threading
from pathlib import Path
from uuid import uuid4

from iahome_fix.systems.embedded.guard import guard
from iahome_fix.systems.embedded.postgres import SUPERUSER, EmbeddedPostgres

PREFIX = "iahome-fix-"
"""What the folder's name begins with; it lies in the folder for temporary files and has the mode 0700."""
_FIRST = "postgres"
"""The database that a new server has."""


class Throwaway:
    """Starts its server when it is asked for a database first. Safe to use from several threads."""

    def __init__(self, programs: Path | None = None) -> None:
        """`programs`: the folder of other programs than the wheel's."""
        self._programs = programs
        self._lock = threading.Lock()
        self._server: EmbeddedPostgres | None = None
        self._folder: Path | None = None
        self._empty: list[str] = []

    @property
    def folder(self) -> Path | None:
        """Where the server is; None while there is none."""
        return self._folder

    def create(self) -> tuple[str, str]:
        """An empty database: its name, and its URL as a superuser.

        Raises CouldNotTell or Refused where the server does not start, OSError and
        subprocess.SubprocessError where the machine does not let it.
        """
        with self._lock:
            server = self._server or self._start()
            if self._empty:
                name = self._empty.pop()
            else:
                name = f"copy_{uuid4().hex}"
                server.databases.create(name, "template0")
            return name, server.dsn(name, SUPERUSER)

    def take_back(self, name: str, *, emptied: bool) -> None:
        """Keep a database for who asks next where it was `emptied`; else remove it with all that is in it."""
        with self._lock:
            if self._server is None:
                return
            if emptied:
                self._empty.append(name)
            elif name != _FIRST:
                self._server.databases.drop(name)

    def stop(self) -> None:
        """Stop the server and remove its folder; does nothing without one."""
        with self._lock:
            self._stop()

    def _start(self) -> EmbeddedPostgres:
        self._folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        guard().watch_folder(self._folder)
        self._server = EmbeddedPostgres(
            self._folder, programs=self._programs, settings={"statement_timeout": "0"}, private=True
        )
        try:
            self._server.start()
        except BaseException:
            self._stop()
            raise
        self._empty = [_FIRST]
        return self._server

    def _stop(self) -> None:
        if self._server is not None:
            self._server.stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            guard().forget_folder(self._folder)
        self._server = self._folder = None


_throwaway = Throwaway()
atexit.register(_throwaway.stop)


def throwaway() -> Throwaway:
    """The throw-away server of this process."""
    return _throwaway
