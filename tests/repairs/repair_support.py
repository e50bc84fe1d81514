"""What the tests of `migrate` and `backfill` share: the real command, SQL, and acting as the API's roles."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg import sql as composed

from iahome_fix.sandbox.supabase import Regime
from tests import prepared
from tests.commands import call
from tests.prepared import Process
from tests.sessions import execute

REGIMES: tuple[Regime, ...] = ("before", "since", "revoked")
ALICE = "aaaaaaaa-0000-4000-8000-000000000001"
BOB = "bbbbbbbb-0000-4000-8000-000000000002"
TURN = "select pg_advisory_xact_lock(hashtext('iahome-fix'), hashtext('repair'))"
"""Takes the turn that every repair waits for (sql/session/lock.sql)."""

Role = Literal["anon", "authenticated", "service_role"]
_OPERATORS = ("NEXT_PUBLIC_", "SUPABASE_", "STRIPE_", "DATABASE_URL", "POSTGRES_URL")


@dataclass(frozen=True)
class Answer:
    """What one command said and how it ended."""

    code: int
    document: dict[str, Any]
    errors: str

    @property
    def verdict(self) -> str:
        return str(self.document["verdict"])

    @property
    def error(self) -> dict[str, str]:
        """The error, which has to be there."""
        return dict(self.document["error"])


def value(dsn: str, query: str) -> Any:
    """The first value of a query."""
    return execute(dsn, query)[0][0]


def env_file(folder: Path, dsn: str, **more: str) -> Path:
    """An env file with the database, and whatever else is given."""
    lines = {"SUPABASE_DB_URL": dsn, **more}
    path = folder / "fix.env"
    path.write_text("".join(f'{name}="{text}"\n' for name, text in lines.items()), encoding="utf-8")
    return path


def without_operators_variables() -> dict[str, str]:
    """The environment, less what would point a command at somebody's real project."""
    return {name: text for name, text in os.environ.items() if not name.startswith(_OPERATORS)}


def command(folder: Path, dsn: str, *words: str, **more: str) -> Answer:
    """One command with a JSON answer, in this process: the same code as on the command line, sooner."""
    done = call(folder, *words, "--json", "--env-file", str(env_file(folder, dsn, **more)))
    return Answer(done.code, done.document, done.err)


def start(folder: Path, dsn: str, *words: str) -> Process:
    """The same command as a process of its own."""
    return prepared.start(
        [*words, "--json", "--env-file", str(env_file(folder, dsn))],
        cwd=folder,
        env=without_operators_variables(),
    )


def finish(process: Process, timeout: float = 60) -> Answer:
    """Wait for a started command."""
    try:
        out, err = process.communicate(timeout=timeout)
    finally:
        process.kill()
    assert "Traceback" not in err
    assert process.returncode is not None
    return Answer(process.returncode, json.loads(out), err)


@contextmanager
def acting(dsn: str, role: Role, sub: str | None = None) -> Iterator[psycopg.Connection]:
    """A transaction as a role of the Data API with a login's claims; rolled back at the end."""
    claims = {"role": role} | ({"sub": sub} if sub else {})
    connection = _session(dsn)
    try:
        connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(claims),))
        connection.execute(composed.SQL("set local role {}").format(composed.Identifier(role)))
        yield connection
    finally:
        connection.rollback()


_sessions: dict[str, psycopg.Connection] = {}


def _session(dsn: str) -> psycopg.Connection:
    """The session of the last call, if it was with this database: hundreds of calls follow each other."""
    if dsn not in _sessions or _sessions[dsn].closed:
        for other in _sessions.values():
            other.close()
        _sessions.clear()
        _sessions[dsn] = psycopg.connect(dsn)
    return _sessions[dsn]


def outcome(dsn: str, role: Role, statement: str, sub: str | None = None) -> int | str:
    """What a role gets for a statement: the number of rows, or the SQLSTATE of the refusal."""
    with acting(dsn, role, sub) as connection:
        try:
            return connection.execute(statement.encode()).rowcount
        except psycopg.Error as error:
            return str(error.sqlstate)


def waiting(dsn: str) -> int:
    """How many sessions of the tool wait for a lock in that database."""
    return int(
        value(
            dsn,
            "select count(*) from pg_stat_activity where datname = current_database()"
            " and application_name = 'iahome-fix' and wait_event_type = 'Lock'",
        )
    )


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@contextmanager
def holding(dsn: str, statement: str) -> Iterator[psycopg.Connection]:
    """A session with an open transaction that has run the statement, as another person's might."""
    with psycopg.connect(dsn) as connection:
        connection.execute(statement.encode())
        yield connection
        connection.rollback()
