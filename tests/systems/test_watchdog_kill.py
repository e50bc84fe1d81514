"""Nothing outlives the tool: a child of the test starts real processes, then dies in every way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.systems.embedded import watchdog
from iahome_fix.systems.embedded.guard import Guard
from iahome_fix.systems.embedded.watchdog import running, server_pid

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOL = """
import json, os, sys, time
from pathlib import Path
from iahome_fix.systems.embedded.guard import guard
from iahome_fix.systems.embedded.postgres import EmbeddedPostgres
from iahome_fix.sandbox.postgrest import PostgrestProcess
from iahome_fix.sandbox.supabase import prepare_supabase

folder, binary = Path(sys.argv[1]), sys.argv[2]
guard().watch_folder(folder / "temporary")
print("watched", flush=True)
try:
    with EmbeddedPostgres(folder / "temporary" / "it") as server:
        known = {"postgres": server.pid, "watchdog": guard().pid}
        if binary:
            prepare_supabase(server.dsn(user="supabase_admin"), "since")
            api = PostgrestProcess(Path(binary), server.dsn(user="authenticator"))
            api.start()
            known["postgrest"] = api.pid
        print(json.dumps(known), flush=True)
        time.sleep(120)
except KeyboardInterrupt:
    guard().forget_folder(folder / "temporary")
    sys.exit(130)
"""

SLEEPER = [sys.executable, "-c", "import time; time.sleep(120)"]


@pytest.fixture
def folder(short_folder: Path, request: pytest.FixtureRequest) -> Path:
    made = short_folder / f"kill-{abs(hash(request.node.name)) % 10**8}"
    made.mkdir(mode=0o755)
    (made / "temporary").mkdir()
    return made


def start_tool(folder: Path, binary: str = "") -> subprocess.Popen[str]:
    arguments: dict[str, Any] = {} if sys.platform == "win32" else {"start_new_session": True}
    tool = subprocess.Popen(
        [sys.executable, "-c", TOOL, str(folder), binary], stdout=subprocess.PIPE, text=True, **arguments
    )
    assert tool.stdout is not None
    assert tool.stdout.readline() == "watched\n"
    return tool


def what_it_runs(tool: subprocess.Popen[str]) -> dict[str, int]:
    assert tool.stdout is not None
    known = json.loads(tool.stdout.readline())
    assert all(running(pid) for pid in known.values())
    return dict(known)


def all_gone(pids: dict[str, int], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while any(running(pid) for pid in pids.values()):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def end(tool: subprocess.Popen[str]) -> None:
    if tool.poll() is None:
        tool.kill()
    tool.wait()
    if tool.stdout is not None:
        tool.stdout.close()


@pytest.mark.postgrest
def test_kill_9_leaves_no_process_and_no_temporary_folder(folder: Path, postgrest_binary: Path) -> None:
    tool = start_tool(folder, str(postgrest_binary))
    try:
        pids = what_it_runs(tool)
        assert set(pids) == {"postgres", "watchdog", "postgrest"}
        tool.kill()
        tool.wait()
        assert all_gone(pids)
        assert not (folder / "temporary").exists()
    finally:
        end(tool)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no terminal group to signal")
def test_ctrl_c_reaches_the_group_and_still_ends_in_order(folder: Path) -> None:
    tool = start_tool(folder)
    try:
        pids = what_it_runs(tool)
        for pid in pids.values():
            assert os.getpgid(pid) != os.getpgid(tool.pid)
        os.killpg(tool.pid, signal.SIGINT)
        assert tool.wait(timeout=20) == 130
        assert not running(pids["postgres"])
        assert all_gone(pids)
    finally:
        end(tool)
    log = (folder / "temporary" / "it" / "postgres.log").read_text(encoding="utf-8")
    assert log.count("shutdown request") == 1
    assert "received fast shutdown request" in log
    assert "database system is shut down" in log


@pytest.mark.parametrize("after", [0.0, 0.15, 0.3, 0.45, 0.6, 0.8])
def test_kill_9_while_the_server_is_being_started(folder: Path, after: float) -> None:
    tool = start_tool(folder)
    try:
        time.sleep(after)
        tool.kill()
        tool.wait()
    finally:
        end(tool)
    deadline = time.monotonic() + 30
    while (folder / "temporary").exists() or processes_about(folder):
        assert time.monotonic() < deadline, processes_about(folder)
        time.sleep(0.1)
    assert server_pid(folder / "temporary" / "it" / "pgdata") is None


def processes_about(folder: Path) -> list[str]:
    """Command lines that name the folder (where the system lets us look)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(SLEEPER)
    yield process
    process.kill()
    process.wait()


def test_the_watchdog_is_there_only_while_something_is_watched(sleeper: subprocess.Popen[bytes]) -> None:
    guard = Guard()
    assert guard.pid is None
    guard.watch_process(sleeper.pid)
    pid = guard.pid
    assert pid is not None
    assert running(pid)
    guard.forget_process(sleeper.pid)
    assert guard.pid is None
    assert not running(pid)
    assert sleeper.poll() is None


def test_a_watchdog_that_was_killed_is_replaced_with_all_its_orders(
    sleeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    guard = Guard()
    guard.watch_process(sleeper.pid)
    first = guard.pid
    assert first is not None
    os.kill(first, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    assert all_gone({"first": first})
    (tmp_path / "kept").mkdir()
    guard.watch_folder(tmp_path / "kept")
    guard.forget_folder(tmp_path / "kept")
    second = guard.pid
    assert second not in (None, first)
    assert sleeper.poll() is None
    guard.abandon()
    assert sleeper.wait(timeout=10) != 0
    assert (tmp_path / "kept").exists()


def test_at_the_end_of_its_pipe_it_stops_only_what_was_not_withdrawn(
    sleeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    gone, kept = tmp_path / "gone", tmp_path / "kept"
    gone.mkdir()
    kept.mkdir()
    (gone / "file").write_text("x", encoding="utf-8")
    other = subprocess.Popen(SLEEPER)
    orders: list[dict[str, object]] = [
        {"name": "a", "kind": "process", "pid": sleeper.pid},
        {"name": "b", "kind": "process", "pid": other.pid},
        {"name": "c", "kind": "folder", "path": str(gone)},
        {"name": "d", "kind": "folder", "path": str(kept)},
        {"name": "b", "kind": "forget"},
        {"name": "d", "kind": "forget"},
    ]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "iahome_fix.systems.embedded.watchdog"],
            input="".join(json.dumps(order) + "\n" for order in orders),
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0
        assert sleeper.wait(timeout=5) != 0
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
    assert not gone.exists()
    assert kept.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no signal that can be ignored")
def test_a_process_that_ignores_the_polite_way_is_killed() -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('on', flush=True); time.sleep(120)"
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        watchdog.stop_process(process.pid, grace=0.3)
        assert process.wait(timeout=5) == -signal.SIGKILL
