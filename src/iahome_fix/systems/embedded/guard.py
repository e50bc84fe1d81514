"""The tool's side of the watchdog: tells it what to stop and to remove should this process die.

There is one watchdog per process, started with the first order and gone with the last one withdrawn.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from iahome_fix.systems.embedded import watchdog
from iahome_fix.systems.embedded.processes import detached

if TYPE_CHECKING:
    from pathlib import Path


class Guard:
    """Keeps the list of orders and the watchdog that holds a copy of it. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: dict[str, dict[str, Any]] = {}
        self._child: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int | None:
        """The id of the watchdog, None while there is nothing to watch."""
        return self._child.pid if self._child else None

    def watch_process(self, pid: int) -> None:
        """Stop this process, by its id."""
        self._order(f"process {pid}", {"kind": "process", "pid": pid})

    def forget_process(self, pid: int) -> None:
        """The process ended; call it before its id can be given to another one."""
        self._withdraw(f"process {pid}")

    def watch_postgres(self, data: Path, pg_ctl: Path, run_as: dict[str, Any], *, starting: bool) -> None:
        """Stop the server of this data directory; `starting` until it is known to be up."""
        order = {"kind": "postgres", "data": str(data), "pg_ctl": str(pg_ctl), "run_as": run_as}
        self._order(f"postgres {data}", {**order, "starting": starting})

    def forget_postgres(self, data: Path) -> None:
        """The server of this data directory is stopped."""
        self._withdraw(f"postgres {data}")

    def watch_folder(self, path: Path) -> None:
        """Remove this temporary folder with all that is in it."""
        self._order(f"folder {path}", {"kind": "folder", "path": str(path)})

    def forget_folder(self, path: Path) -> None:
        """The folder is removed, or is to stay."""
        self._withdraw(f"folder {path}")

    def abandon(self) -> None:
        """Let the watchdog act now, as if this process had died."""
        with self._lock:
            self._orders.clear()
            self._end()

    def _order(self, name: str, order: dict[str, Any]) -> None:
        with self._lock:
            self._orders[name] = {**order, "name": name}
            if self._child is None or not self._say(self._child, self._orders[name]):
                self._start()

    def _withdraw(self, name: str) -> None:
        with self._lock:
            if self._orders.pop(name, None) is None or self._child is None:
                return
            if not self._say(self._child, {"kind": "forget", "name": name}) and self._orders:
                self._start()
            if not self._orders:
                self._end()

    def _start(self) -> None:
        """A new watchdog that knows all orders (the one before, if any, is dead)."""
        self._end()
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-S", watchdog.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            **detached(),
        )
        for order in self._orders.values():
            self._say(self._child, order)

    def _end(self) -> None:
        if self._child is None:
            return
        child, self._child = self._child, None
        if child.stdin:
            with suppress(OSError):
                child.stdin.close()
        child.wait()

    @staticmethod
    def _say(child: subprocess.Popen[str], order: dict[str, Any]) -> bool:
        """Whether the watchdog could be told."""
        if child.stdin is None or child.poll() is not None:
            return False
        try:
            child.stdin.write(json.dumps(order) + "\n")
            child.stdin.flush()
        except OSError:
            return False
        return True


_guard = Guard()


def guard() -> Guard:
    """The guard of this process."""
    return _guard
