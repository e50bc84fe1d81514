"""Event triggers of others: one that refuses is named before and after, one that only runs is noted."""

from __future__ import annotations

from pathlib import Path

import pytest

from iahome_fix.sandbox.databases import DatabaseFactory, MakeDatabase
from tests.repairs.catalog import catalog
from tests.repairs.repair_support import command, value
from tests.sessions import execute

REFUSES = "raise exception 'changes only by pull request' using errcode = 'P0001';"
NOTES = "raise notice 'changed'; insert into public.changes values (tg_tag);"


def watched(databases: DatabaseFactory, dsn: str, body: str, event: str = "ddl_command_start") -> None:
    """An event trigger of postgres with this body; on the platform the role postgres may make one."""
    superuser = databases.superuser(dsn)
    execute(
        superuser,
        "create table public.changes (tag text)",
        "grant insert on public.changes to public",
        f"create function public.watch() returns event_trigger language plpgsql as $$ begin {body} end $$",
        f'create event trigger "no Friday" on {event} execute function public.watch()',
    )
    execute(superuser, "alter role postgres superuser", 'alter event trigger "no Friday" owner to postgres')
    execute(superuser, "alter role postgres nosuperuser")


@pytest.mark.parametrize("event", ["ddl_command_start", "ddl_command_end"])
def test_one_that_refuses_is_named_before_and_when_it_does(
    event: str, databases: DatabaseFactory, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    watched(databases, dsn, REFUSES, event)
    was = catalog(dsn)
    dry = command(tmp_path, dsn, "migrate", "--dry-run")
    (named,) = [line for line in dry.document["left"] if "event trigger" in line]
    assert "no Friday (public.watch())" in named or "no Friday (watch())" in named
    assert "may refuse them all" in named
    assert 'alter event trigger "no Friday" disable' in named

    answer = command(tmp_path, dsn, "migrate", "--yes")
    assert (answer.code, answer.verdict) == (1, "refused")
    assert "changes only by pull request" in answer.error["message"]
    assert "event trigger no Friday" in answer.error["message"]
    assert 'alter event trigger "no Friday" disable' in answer.error["hint"]
    assert catalog(dsn) == was

    execute(databases.superuser(dsn), 'alter event trigger "no Friday" disable')
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"
    execute(databases.superuser(dsn), 'alter event trigger "no Friday" enable')
    assert command(tmp_path, dsn, "migrate", "--dry-run").verdict == "nothing-to-do"


def test_one_that_only_runs_is_noted_and_runs(
    databases: DatabaseFactory, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    watched(databases, dsn, NOTES, "ddl_command_end")
    answer = command(tmp_path, dsn, "migrate", "--yes")

    assert answer.verdict == "applied"
    (named,) = [line for line in answer.document["left"] if "event trigger" in line]
    assert named.endswith("runs at each of these changes")
    assert value(dsn, "select count(*) > 0 from public.changes where tag = 'CREATE TABLE'")


def test_those_of_the_platform_and_disabled_ones_are_not_mentioned(
    databases: DatabaseFactory, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    watched(databases, dsn, REFUSES)
    execute(databases.superuser(dsn), 'alter event trigger "no Friday" disable')

    assert not [x for x in command(tmp_path, dsn, "migrate", "--dry-run").document["left"] if "event" in x]
