"""A tiny process that outlives this tool by a moment and stops what the tool could not stop any more.

It reads its orders as JSON lines from standard input, a pipe that only the tool holds. The end of that pipe
is the end of the tool, however it died. Then, and only then, the watchdog stops by id the processes it was
told of, stops the PostgreSQL server of the data directory it was told of, and removes the folders named.

Run as a file or with `python -m iahome_fix.systems.embedded.watchdog`; imports the standard library only.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

GRACE = 5.0  # seconds that a process gets to stop before it is killed
PATIENCE = 20.0  # seconds for which a folder is removed anew while something writes into it
STARTING = 15.0  # seconds within which a server that was being started shows its pid file


def running(pid: int) -> bool:
    """Whether a process of that id exists (one that ended but was not yet collected counts as gone)."""
    if sys.platform == "win32":
        listed = subprocess.run(
            ["tasklist", "/nh", "/fo", "csv", "/fi", f"PID eq {pid}"],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        return f'"{pid}"' in listed.stdout
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
    except OSError:
        return True
    return not state.strip().startswith("Z")


def stop_process(pid: int, grace: float = GRACE) -> None:
    """End one process by id: politely, then for good. A process that is gone is fine."""
    signs = [signal.SIGTERM]
    if sys.platform != "win32":
        signs.append(signal.SIGKILL)
    for sign in signs:
        try:
            os.kill(pid, sign)
        except OSError:
            return
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline:
            if not running(pid):
                return
            time.sleep(0.05)


def server_pid(data: Path) -> int | None:
    """The id of the PostgreSQL server that serves this data directory now, or None.

    A pid file alone proves nothing: after a crash it may name a process that has nothing to do with us.
    So the address that the file states has to accept a connection, too.
    """
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        pid, port, folder, host = int(lines[0]), int(lines[3]), lines[4].strip(), lines[5].strip()
    except (OSError, ValueError, IndexError):
        return None
    try:
        if folder and sys.platform != "win32":
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(2)
                probe.connect(f"{folder}/.s.PGSQL.{port}")
        else:
            socket.create_connection((host or "127.0.0.1", port), timeout=2).close()
    except OSError:
        return None
    return pid


def stop_postgres(data: Path, pg_ctl: str, run_as: dict[str, Any], *, starting: bool = False) -> None:
    """Stop the server of a data directory: clients are sent away, and if that takes too long, at once.

    Args:
        data: the data directory.
        pg_ctl: path of the program of that name.
        run_as: further arguments for `subprocess.run` (the system user that owns the data directory).
        starting: the server may be on its way up: wait for it to appear first.
    """
    deadline = time.monotonic() + (STARTING if starting else 0.0)
    pid = server_pid(data)
    while pid is None and time.monotonic() < deadline:
        time.sleep(0.1)
        pid = server_pid(data)
    if pid is None:
        return
    for mode in ("fast", "immediate"):
        done = subprocess.run(
            [pg_ctl, "-D", str(data), "-m", mode, "-w", "-t", str(int(GRACE)), "stop"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            **run_as,
        )
        if done.returncode == 0 or not running(pid):
            return


def clean_up(orders: dict[str, dict[str, Any]]) -> None:
    """Carry out what was asked for and not withdrawn: processes first, then servers, then folders."""
    for order in orders.values():
        if order["kind"] == "process":
            stop_process(int(order["pid"]))
    for order in orders.values():
        if order["kind"] == "postgres":
            stop_postgres(
                Path(order["data"]), order["pg_ctl"], order["run_as"], starting=bool(order["starting"])
            )
    for order in orders.values():
        if order["kind"] == "folder":
            remove_folder(order["path"])


def remove_folder(path: str) -> None:
    """Remove a folder, and again while a program that nobody had reported yet still writes into it."""
    deadline = time.monotonic() + PATIENCE
    shutil.rmtree(path, ignore_errors=True)
    while os.path.exists(path) and time.monotonic() < deadline:  # noqa: PTH110 - light to import
        time.sleep(0.2)
        shutil.rmtree(path, ignore_errors=True)


def main() -> None:
    """Read orders until the pipe ends, then clean up."""
    orders: dict[str, dict[str, Any]] = {}
    for line in sys.stdin:
        order = json.loads(line)
        if order["kind"] == "forget":
            orders.pop(order["name"], None)
        else:
            orders[order["name"]] = order
    clean_up(orders)


if __name__ == "__main__":
    main()
