"""The journal as a whole: what begins is on record, which undo counts, and who may read it."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from iahome_fix.repairs.journal.journal import Journal, journal_of
from iahome_fix.repairs.journal.run import APPLIED, FAILED, INTERRUPTED, STARTED
from iahome_fix.settings import load_settings

TARGET = {"site": None, "supabase_ref": None, "database": None, "stripe_mode": None}


def run_id(number: int) -> str:
    return f"20261123-12000{number}-abcde{number}"


def noted(journal: Journal, number: int, command: str, plan: object, state: str = APPLIED) -> str:
    run = journal.begin(run_id(number), command, TARGET, plan)
    journal.end(run, state, {})
    return run.run_id


def test_a_run_is_on_record_before_and_after(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert journal.runs() == ()
    begun = journal.begin(run_id(1), "backfill", TARGET, {"tokens": 1})
    found = journal.find(run_id(1))
    assert found == begun
    assert (begun.state, begun.ended, dict(begun.changes)) == (STARTED, None, {})
    journal.go_on(begun, {"rows": {"counts": {"created": 1}}})
    half = journal.find(run_id(1))
    assert half is not None
    assert (half.state, half.ended, half.changes["rows"]["counts"]) == (STARTED, None, {"created": 1})
    journal.end(begun, FAILED, {})
    done = journal.find(run_id(1))
    assert done is not None
    assert (done.state, dict(done.changes)) == (FAILED, {})
    assert done.ended is not None
    assert done.ended >= done.started
    assert done.started.endswith("+00:00")


def test_the_newest_stands_first_and_no_path_is_an_id(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number in (2, 3, 1):
        noted(journal, number, "backfill", {})
    assert [run.run_id for run in journal.runs()] == [run_id(3), run_id(2), run_id(1)]
    for odd in ("", ".", "..", "../x", f"runs/{run_id(1)}", run_id(4)):
        assert journal.find(odd) is None


def test_a_run_is_taken_back_by_the_last_undo_that_was_applied(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    first = noted(journal, 1, "backfill", {})
    noted(journal, 2, "undo", {"undone_run": first}, FAILED)
    assert journal.undone() == {}
    noted(journal, 3, "undo", {"undone_run": first}, INTERRUPTED)
    noted(journal, 4, "backfill", {"undone_run": first})
    noted(journal, 5, "undo", {"other": 1})
    noted(journal, 6, "undo", [first])
    assert journal.undone() == {}
    noted(journal, 7, "undo", {"undone_run": first})
    assert journal.undone() == {first: run_id(7)}
    noted(journal, 8, "undo", {"undone_run": first})
    assert journal.undone() == {first: run_id(8)}


@pytest.mark.skipif(sys.platform == "win32", reason="Unix permissions")
def test_only_its_owner_reads_it_and_git_leaves_it_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    noted(journal, 1, "backfill", {})
    file = journal.folder / f"{run_id(1)}.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in journal.folder.iterdir()] == [file.name]
    ignored = journal.folder.parent / ".gitignore"
    assert ignored.read_text(encoding="utf-8") == "*\n"
    ignored.write_text("mine\n", encoding="utf-8")
    noted(journal, 2, "backfill", {})
    assert ignored.read_text(encoding="utf-8") == "mine\n"


def test_it_lies_beside_the_env_file_that_was_named(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    env = tmp_path / "app" / "fix.env"
    env.write_text("NEXT_PUBLIC_APP_URL=https://shop.test\n", encoding="utf-8")
    beside = journal_of(load_settings([env], environ={})).folder
    assert beside == (tmp_path / "app" / ".iahome-fix" / "runs").resolve()
    here = journal_of(load_settings(folder=tmp_path, environ={})).folder
    assert here == tmp_path / ".iahome-fix" / "runs"
