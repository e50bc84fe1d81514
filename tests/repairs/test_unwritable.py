"""A journal that can no longer be written while a run is under way: what only it would know is not kept."""

from __future__ import annotations

import resource
import signal
from pathlib import Path

import pytest

from iahome_fix.repairs.journal.journal import Journal
from iahome_fix.sandbox.databases import DatabaseFactory, MakeDatabase
from iahome_fix.sandbox.site_database import YEAR
from tests.commands import call
from tests.faults import versions
from tests.faults.world import CAROL
from tests.repairs.repair_support import command, env_file, finish, holding, start, until, value, waiting
from tests.repairs.shapes import MODULES
from tests.sessions import execute

TOKEN = (
    "insert into public.access_tokens (id, name, module_id, module_name, created_by, expires_at)"
    f" values (gen_random_uuid(), 't', '{{module}}', 'm', '{CAROL}', now() + interval '20 days')"
)


def lose(folder: Path) -> None:
    """The journal's folder is no folder any more: a disk that went away, or is full."""
    runs = folder / ".iahome-fix" / "runs"
    until(runs.is_dir)
    runs.rename(folder / "elsewhere")
    runs.write_text("", encoding="utf-8")


def test_rows_that_only_the_journal_knows_are_not_kept_without_it(
    databases: DatabaseFactory, tmp_path: Path
) -> None:
    dsn = databases.copy(YEAR, versions.filling(YEAR))
    try:
        execute(dsn, TOKEN.format(module=15))
        before = execute(dsn, "select to_jsonb(a) from public.user_applications a order by id")
        with holding(dsn, "lock table public.user_applications in share mode"):
            process = start(tmp_path, dsn, "backfill", "--yes")
            until(lambda: waiting(dsn) == 1, 60)
            lose(tmp_path)
        answer = finish(process)
        assert (answer.code, answer.error["code"]) == (1, "no-journal"), answer.document
        assert "nothing was changed" in answer.error["message"]
        assert execute(dsn, "select to_jsonb(a) from public.user_applications a order by id") == before
        (tmp_path / ".iahome-fix" / "runs").unlink()
        assert command(tmp_path, dsn, "backfill", "--yes").document["applied"]["created"] == 1
    finally:
        databases.drop(dsn)


def test_what_undo_will_not_know_is_said(make_database: MakeDatabase, tmp_path: Path) -> None:
    dsn = make_database()
    execute(dsn, MODULES)
    (tmp_path / ".iahome-fix").write_text("", encoding="utf-8")
    answer = command(tmp_path, dsn, "migrate", "--yes")
    assert (answer.code, answer.verdict) == (0, "applied"), answer.document
    assert "nothing of the schema" in " ".join(answer.errors.split())
    assert value(dsn, "select to_regclass('public.module_access') is not null")


def test_no_command_is_named_that_could_undo_nothing(make_database: MakeDatabase, tmp_path: Path) -> None:
    for kept in (True, False):
        dsn = make_database()
        execute(dsn, MODULES)
        folder = tmp_path / str(kept)
        folder.mkdir()
        if not kept:
            (folder / ".iahome-fix").write_text("", encoding="utf-8")
        said = call(folder, "migrate", "--yes", "--env-file", str(env_file(folder, dsn)))
        assert ("iahome-fix undo" in said.err) == kept, said.err


def test_a_full_disk_leaves_no_part_of_a_file(tmp_path: Path) -> None:
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    journal = Journal(tmp_path)
    run = journal.begin("20261130-000000-abcdef", "migrate", {}, {})
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, limit[1]))
        with pytest.raises(OSError, match="File too large"):
            journal.go_on(run, {"note": "x" * 10_000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)
    assert [file.suffix for file in journal.folder.iterdir()] == [".json"]
    assert journal.find(run.run_id) == run
