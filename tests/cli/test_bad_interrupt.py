"""Ctrl-C at every stage: exit code 130, what was left behind is said, and the same command finishes it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from iahome_fix.sandbox.keys import project_ref
from iahome_fix.sandbox.loopback import LoopbackServer, Request, Response, json_response
from tests.cli.bad_support import TcpServer, call, env_file, environment, made_up, silent
from tests.prepared import Process, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iahome_fix.sandbox.databases import MakeDatabase

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a signal cannot be sent to one process")

WAITING = (
    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
)
TABLES = "select count(*) from pg_class where relname = 'module_access'"
ROWS = "select count(*) from public.module_access"


def number(dsn: str, query: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def wait_until(happened: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def running(folder: Path, *words: str) -> Iterator[Process]:
    """The command as a process; it is gone after the block."""
    process = start(words, cwd=folder, env=environment())
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def interrupted(process: Process, seconds: float = 20, request: int = signal.SIGINT) -> tuple[str, str]:
    """Both outputs after one request to stop; it has to end by it, soon."""
    process.send_signal(request)
    out, err = process.communicate(timeout=seconds)
    assert process.returncode == 130, (process.returncode, out, err)
    for text in (out, err):
        assert "Traceback" not in text, text
        assert "Fatal" not in text, text
        assert "Exception" not in text, text
    return out, err


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_doctor_ends_at_once_although_systems_are_silent(options: tuple[str, ...], tmp_path: Path) -> None:
    with TcpServer(silent) as server:
        file = env_file(
            tmp_path,
            NEXT_PUBLIC_SUPABASE_URL=f"https://{project_ref()}.supabase.co",
            SUPABASE_API_URL=server.url,
            SUPABASE_SERVICE_ROLE_KEY=made_up("sb_" + "secret_"),
            SUPABASE_DB_URL=server.dsn(made_up()),
            STRIPE_SECRET_KEY=made_up("sk_" + "test_"),
            STRIPE_API_BASE=server.url,
            NEXT_PUBLIC_APP_URL=server.url,
        )
        with running(tmp_path, "doctor", "--env-file", str(file), "--timeout", "60", *options) as process:
            wait_until(lambda: server.accepted >= 3)
            out, err = interrupted(process, seconds=10)
    if options:
        document = json.loads(out)
        assert (document["verdict"], document["error"]["code"]) == ("interrupted", "interrupted")
        assert "nothing was written" in document["error"]["message"]
        said = {one["id"]: (one["status"], one["detail"]) for one in document["checks"]}
        assert said["env.stripe-webhook-secret"][0] == "fail", "what was seen is kept"
        assert said["env.supabase-url"][0] == "ok"
        assert said["supabase.database"] == ("unknown", "the run was interrupted before this was looked at")
        assert {status for status, _detail in said.values()} <= {"ok", "warn", "fail", "skipped", "unknown"}
        assert document["summary"]["unknown"] > 40
    else:
        assert "checks were judged until then" in out
        assert "env.stripe-webhook-secret: STRIPE_WEBHOOK_SECRET is not set" in " ".join(out.split())
        assert "interrupted; nothing was written" in err
        assert "can be run again" in err


def test_migrate_while_it_waits_for_a_table_changes_nothing(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database("since", "awkward")
    words = ("migrate", "--env-file", str(env_file(tmp_path, SUPABASE_DB_URL=dsn)), "--yes", "--json")
    with psycopg.connect(dsn) as holder:
        holder.execute("lock table public.modules in access exclusive mode")
        with running(tmp_path, *words) as process:
            wait_until(lambda: number(dsn, WAITING) > 0)
            out, _err = interrupted(process)
    assert "nothing was written" in json.loads(out)["error"]["message"]
    assert number(dsn, TABLES) == 0
    assert call(tmp_path, *words).document["verdict"] == "applied", "the same command finishes it"


# The numbers of Ctrl-C, a closed terminal and SIGTERM: the names are not there on Windows.
@pytest.mark.parametrize("request_to_stop", [signal.SIGINT, 1, signal.SIGTERM])
def test_backfill_while_it_writes_leaves_no_row_and_no_session(
    request_to_stop: int, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database("since", "awkward")
    options = ("--env-file", str(env_file(tmp_path, SUPABASE_DB_URL=dsn)), "--yes", "--json")
    assert call(tmp_path, "migrate", *options).code == 0
    with psycopg.connect(dsn) as holder:
        # Reading goes on; the first row has to wait.
        holder.execute("lock table public.module_access in share mode")
        with running(tmp_path, "backfill", *options) as process:
            wait_until(lambda: number(dsn, WAITING) > 0)
            out, _err = interrupted(process, request=request_to_stop)
    document = json.loads(out)
    assert (document["verdict"], document["error"]["code"]) == ("interrupted", "interrupted")
    assert "nothing was written" in document["error"]["message"]
    assert document["applied"] == {"created": 0}
    files = (tmp_path / ".iahome-fix" / "runs").glob("*.json")
    runs = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    assert [run["state"] for run in runs if run["command"] == "backfill"] == ["interrupted"]
    assert number(dsn, ROWS) == 0
    sessions = "select count(*) from pg_stat_activity where application_name = 'iahome-fix'"
    wait_until(lambda: number(dsn, sessions) == 0, seconds=10)
    assert call(tmp_path, "backfill", *options).document["verdict"] == "applied"


def test_after_the_change_it_is_said_that_it_stays(make_database: MakeDatabase, tmp_path: Path) -> None:
    dsn = make_database("since", "awkward")
    asked: list[str] = []

    def never_serves(request: Request) -> Response:
        asked.append(request.path)
        return json_response(404, {"code": "PGRST205", "message": "no", "details": None, "hint": None})

    server = LoopbackServer(never_serves)
    server.start()
    try:
        file = env_file(
            tmp_path,
            SUPABASE_DB_URL=dsn,
            NEXT_PUBLIC_SUPABASE_URL=f"https://{project_ref()}.supabase.co",
            SUPABASE_API_URL=server.url,
            SUPABASE_SERVICE_ROLE_KEY=made_up("sb_" + "secret_"),
        )
        with running(tmp_path, "migrate", "--env-file", str(file), "--yes") as process:
            wait_until(lambda: len(asked) >= 2)
            _out, err = interrupted(process)
    finally:
        server.stop()
    said = " ".join(err.split())
    assert "interrupted; what was already written stays: " in said
    assert dsn.rpartition("/")[2].partition("?")[0] in said, "in which database"
    assert number(dsn, TABLES) == 1


def test_what_was_written_over_the_data_api_is_counted_and_what_is_on_its_way_is_not_denied() -> None:
    asked: list[str] = []
    over = threading.Event()

    def answer(request: Request) -> Response:
        asked.append(request.method)
        if asked.count("POST") > 1:
            over.wait(60)
        return json_response(201 if request.method == "POST" else 200, [])

    program = (
        "import os, sys\n"
        "from iahome_fix.cli.last_words import interrupted\n"
        "from iahome_fix.systems.data_api import DataApi\n"
        "api = DataApi(sys.argv[1], 'sb_' + 'secret_x', timeout=60)\n"
        "try:\n"
        "    api.select('modules')\n"
        "    for _ in range(2): api.ask(lambda c: c.table('module_access').insert([{'user_id': 'x'}]))\n"
        "except KeyboardInterrupt:\n"
        "    print(interrupted().message, flush=True)\n"
        "os._exit(0)\n"
    )
    server = LoopbackServer(answer)
    server.start()
    try:
        with subprocess.Popen(
            [sys.executable, "-c", program, server.url], env=environment(), stdout=subprocess.PIPE, text=True
        ) as process:
            wait_until(lambda: asked.count("POST") == 2)
            process.send_signal(signal.SIGINT)
            said, _err = process.communicate(timeout=30)
    finally:
        over.set()
        server.stop()
    assert said.count("the Data API at 127.0.0.1") == 2
    assert "in full, or not at all; what was already written stays" in said


def test_the_first_press_waits_for_a_commit_and_the_second_does_not() -> None:
    program = (
        "import os, signal, sys, time\n"
        "from iahome_fix.cli.last_words import interrupted\n"
        "from iahome_fix.systems.written import writing\n"
        "def press(): os.kill(os.getpid(), signal.SIGINT); time.sleep(0.2)\n"
        "try:\n"
        "    with writing('the database'):\n"
        "        for _ in range(int(sys.argv[1])): press()\n"
        "        print('committed')\n"
        "except KeyboardInterrupt:\n"
        "    print(interrupted().message)\n"
    )
    once = "committed\ninterrupted; what was already written stays: the database\n"
    twice = "interrupted in the last moment of a change to the database: it was made in full, or not"
    for times, said in (("1", once), ("2", twice)):
        done = subprocess.run(
            [sys.executable, "-c", program, times],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        assert done.stdout.startswith(said), done.stderr
        assert ("committed" in done.stdout) is (times == "1")
