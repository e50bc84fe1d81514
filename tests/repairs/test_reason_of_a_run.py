"""Why a run was made: on record, in the list, and no place for secrets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from iahome_fix.repairs.journal.journal import Journal
from tests.commands import call

RUN = "20261130-120000-1a2b3c"


def test_it_is_kept_and_listed(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.begin(RUN, "migrate", {}, [], reason="ticket 12")
    (tmp_path / ".env.local").write_text("NEXT_PUBLIC_APP_URL=https://x.example\n", encoding="utf-8")

    assert journal.runs()[0].reason == "ticket 12"
    assert "why: ticket 12" in call(tmp_path, "undo").out
    assert json.loads(call(tmp_path, "undo", "--json").out)["runs"][0]["reason"] == "ticket 12"


def test_a_journal_from_before_has_none_and_one_that_is_no_text_is_damaged(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.begin(RUN, "migrate", {}, [])
    file = journal.folder / f"{RUN}.json"
    found = json.loads(file.read_text(encoding="utf-8"))
    del found["reason"]
    file.write_text(json.dumps(found), encoding="utf-8")
    assert journal.runs()[0].reason is None
    file.write_text(json.dumps({**found, "reason": ["x"]}), encoding="utf-8")
    assert journal.runs() == ()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("two\nlines", "two lines"),
        ("x" * 900, "x" * 500),
        ("   ", None),
        ("sk_" + "live_" + "aB3" * 8, "never"),
        ("for a.person@example.test", "never"),
    ],
)
def test_it_is_one_line_without_secrets(given: str, kept: str | None) -> None:
    from iahome_fix.cli.frame import Frame
    from iahome_fix.cli.options import Common

    common = Common(None, False, False, False, True, False, True, True, False, None, 1.0, None, given)
    reason = Frame("migrate", common, {}).reason
    if kept == "never":
        assert reason is not None
        assert given.split()[-1] not in reason
    else:
        assert reason == kept
