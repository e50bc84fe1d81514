"""The exit code of `undo` for each way in which a run cannot be taken back, by the contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iahome_fix.repairs.journal.journal import Journal
from iahome_fix.repairs.journal.run import new_run_id
from tests.cli.bad_support import env_file, made_up
from tests.commands import call

SITE = "https://shop.example"
NOBODY = "postgresql://postgres@127.0.0.1:9/db"
TARGET = {"site": SITE, "supabase_ref": None, "database": None, "stripe_mode": "test"}
ENDPOINT = {
    "endpoint": "we_1Abc",
    "before": {"url": f"{SITE}/api/stripe-webhook"},
    "after": {"url": f"{SITE}/api/webhooks/stripe"},
}


def noted(folder: Path, command: str = "backfill", *, changes: Any = None, **target: str) -> Path:
    """A run on record in this folder."""
    journal = Journal(folder)
    run = journal.begin(new_run_id(), command, TARGET | target, {})
    journal.end(run, "applied", changes or {})
    return journal.folder / f"{run.run_id}.json"


@pytest.mark.parametrize(
    ("case", "code", "error"),
    [
        ("no sql", 3, "missing-credential"),
        ("no server", 3, "database-unreachable"),
        ("no run of that id", 3, "database-unreachable"),
        ("damaged", 3, "journal-damaged"),
        ("foreign", 1, "journal-foreign"),
        ("another database", 1, "other-target"),
        ("another mode", 1, "other-target"),
        ("another site", 1, "other-target"),
        ("no key", 3, "missing-credential"),
    ],
)
def test_what_cannot_be_taken_back_ends_by_the_contract(
    case: str, code: int, error: str, tmp_path: Path
) -> None:
    variables = {"NEXT_PUBLIC_APP_URL": SITE, "SUPABASE_DB_URL": NOBODY}
    file = noted(tmp_path)
    if case == "no sql":
        del variables["SUPABASE_DB_URL"]
    elif case == "damaged":
        file.write_bytes(file.read_bytes()[:-3])
    elif case == "foreign":
        file = noted(
            tmp_path,
            "migrate",
            changes={"schema_parts": [{"item": "trigger x", "before": None, "after": "y"}]},
        )
    elif case == "another database":
        file = noted(tmp_path, database="db.example:5432/other")
    elif case == "another mode":
        variables["STRIPE_SECRET_KEY"] = made_up("sk_" + "live_")
    elif case == "another site":
        variables["NEXT_PUBLIC_APP_URL"] = "https://other.example"
        file = noted(tmp_path, "check-stripe", changes={"stripe": [ENDPOINT]})
    elif case == "no key":
        file = noted(tmp_path, "check-stripe", changes={"stripe": [ENDPOINT]})
    run_id = "20200101-000000-abcdef" if case == "no run of that id" else file.stem
    before = file.read_bytes()
    for option in ("--yes", "--dry-run"):
        words = ("undo", run_id, option, "--json", "--timeout", "2", "--env-file")
        done = call(tmp_path, *words, str(env_file(tmp_path, **variables)))
        document = json.loads(done.out)
        assert (done.code, document["error"]["code"]) == (code, error), document["error"]
        assert document["verdict"] == ("refused" if code == 1 else "unknown")
        assert document["applied"] is None
    assert file.read_bytes() == before
    assert len(list(file.parent.glob("*.json"))) <= 2, "nothing is noted that did not begin"


def test_the_list_says_what_could_not_be_asked_and_shows_the_rest(tmp_path: Path) -> None:
    good, bad = noted(tmp_path), noted(tmp_path, "migrate")
    bad.write_text("[", encoding="utf-8")
    file = env_file(tmp_path, NEXT_PUBLIC_APP_URL=SITE, SUPABASE_DB_URL=NOBODY)
    done = call(tmp_path, "undo", "--json", "--timeout", "2", "--env-file", str(file))
    document = json.loads(done.out)
    assert (done.code, document["error"]["code"]) == (3, "database-unreachable")
    listed = {run["run_id"]: run for run in document["runs"]}
    assert (listed[good.stem]["state"], listed[good.stem]["problem"]) == ("applied", None)
    assert listed[bad.stem]["state"] == "damaged"
    assert "no complete JSON" in listed[bad.stem]["problem"]
    said = call(tmp_path, "undo", "--timeout", "2", "--env-file", str(file))
    assert bad.name in said.out
    assert good.stem in said.out
