"""`doctor`: which checks, which exit code, how often, how short."""

from __future__ import annotations

import json
import re
import signal
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.cli.fail_on import exit_code
from iahome_fix.cli.optional_values import filled
from iahome_fix.model import Check, Finding, Kind, Link, Report, Result, fail, ok, unknown, warn
from iahome_fix.repairs.migrate import migrate
from iahome_fix.systems.postgres import PostgresDatabase
from tests.cli.running import said, started, wait_for
from tests.cli.test_commands import env_file, run
from tests.commands import Done, call

if TYPE_CHECKING:
    from iahome_fix.sandbox.databases import MakeDatabase

KNOWN_BROKEN = "schema.module-access"


def as_text(folder: Path, *words: str) -> Done:
    """`doctor` as a person, or cron, gets it."""
    return call(folder, "doctor", *words)


def ids(document: dict[str, Any]) -> list[str]:
    return [check["id"] for check in document["checks"]]


@pytest.fixture
def broken(make_database: MakeDatabase, tmp_path: Path) -> tuple[str, str, str]:
    """The options for a database without module_access, and its address."""
    dsn = make_database("since", "awkward")
    file = env_file(tmp_path, dsn)
    # The site has a default address, which no test may ask.
    with file.open("a", encoding="utf-8") as lines:
        lines.write("NEXT_PUBLIC_APP_URL=http://127.0.0.1:9\n")
    return ("--env-file", str(file), dsn)


def repaired(dsn: str) -> None:
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        migrate.apply(database, migrate.plan(database))


def test_only_shows_and_judges_what_was_asked(broken: tuple[str, str, str], tmp_path: Path) -> None:
    options = broken[:2]
    code, one = run(tmp_path, "doctor", *options, "--only", KNOWN_BROKEN)
    assert (code, one["verdict"], one["causes"], ids(one)) == (1, "broken", [KNOWN_BROKEN], [KNOWN_BROKEN])
    assert sum(one["summary"].values()) == 1

    # Other variables are missing here, which the whole report would fail for.
    code, fine = run(tmp_path, "doctor", *options, "--only", "env.files", "--only", "supabase.database")
    assert (code, fine["verdict"], ids(fine)) == (0, "healthy", ["env.files", "supabase.database"])

    code, waiting = run(tmp_path, "doctor", *options, "--only", "data.expired-active")
    (entry,) = waiting["checks"]
    assert (code, waiting["verdict"], waiting["causes"]) == (3, "unknown", [])
    assert (entry["status"], entry["because_of"]) == ("blocked", [KNOWN_BROKEN])
    shown = as_text(tmp_path, *options, "--only", "data.expired-active")
    assert KNOWN_BROKEN in shown.out
    assert "iahome-fix doctor --env-file" in shown.out


def test_a_check_says_the_same_alone_as_in_the_whole_report(
    broken: tuple[str, str, str], tmp_path: Path
) -> None:
    repaired(broken[2])
    _code, whole = run(tmp_path, "doctor", *broken[:2], "--timeout", "2")
    for link in ("schema", "permissions", "data"):
        _code, part = run(tmp_path, "doctor", *broken[:2], "--timeout", "2", "--only", link)
        expected = [c for c in whole["checks"] if c["link"] == link]
        assert [(c["id"], c["status"], c["detail"]) for c in part["checks"]] == [
            (c["id"], c["status"], c["detail"]) for c in expected
        ]


def test_only_names_what_is_near_and_what_needs_the_source(tmp_path: Path) -> None:
    code, document = run(tmp_path, "doctor", "--only", "schema.column")
    assert (code, document["error"]["code"]) == (2, "unknown-check")
    assert "schema.columns" in document["error"]["hint"]
    code, document = run(tmp_path, "doctor", "--only", "site.source-tables")
    assert (code, document["error"]["code"]) == (2, "needs-app")
    assert "--app" in document["error"]["hint"]


def report(*findings: Finding, kind: Kind = Kind.FUNCTION) -> Report:
    """A report over made-up checks."""
    return Report(
        tuple(
            Result(Check(f"env.{number}", Link.ENV, kind, "", (), lambda _ctx: ok("")), finding)
            for number, finding in enumerate(findings)
        )
    )


@pytest.mark.parametrize(
    ("found", "codes"),
    [
        (report(ok("")), {"never": 0, "fail": 0, "unknown": 0, "warn": 0}),
        (report(warn("")), {"never": 0, "fail": 0, "unknown": 0, "warn": 1}),
        (report(warn(""), kind=Kind.HYGIENE), {"never": 0, "fail": 0, "unknown": 0, "warn": 1}),
        (report(unknown("")), {"never": 0, "fail": 0, "unknown": 3, "warn": 3}),
        (report(unknown(""), kind=Kind.HYGIENE), {"never": 0, "fail": 0, "unknown": 0, "warn": 0}),
        (report(warn(""), unknown("")), {"never": 0, "fail": 0, "unknown": 3, "warn": 1}),
        (report(unknown(""), fail("")), {"never": 0, "fail": 1, "unknown": 1, "warn": 1}),
        (report(fail(""), kind=Kind.SECURITY), {"never": 0, "fail": 1, "unknown": 1, "warn": 1}),
    ],
)
def test_fail_on_says_which_findings_count(found: Report, codes: dict[str, int]) -> None:
    assert {word: exit_code(found, word) for word in codes} == codes


def test_fail_on_changes_the_exit_code_and_nothing_of_the_report(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NEXT_PUBLIC_APP_URL=https://shop.example.test\n", encoding="utf-8")
    only = ("--only", "env.stripe-secret-key")

    assert run(tmp_path, "doctor", *only)[0] == 1
    code, document = run(tmp_path, "doctor", *only, "--fail-on", "never")
    assert (code, document["verdict"], document["causes"]) == (0, "broken", ["env.stripe-secret-key"])
    code, document = run(tmp_path, "doctor", *only, "--fail-on", "sometimes")
    assert (code, document["error"]["code"]) == (2, "fail-on")


def test_brief_is_one_line_with_the_cause_and_the_next_command(
    broken: tuple[str, str, str], tmp_path: Path
) -> None:
    options = broken[:2]
    done = as_text(tmp_path, *options, "--only", "schema", "--brief")
    assert done.code == 1
    assert re.fullmatch(
        r"BROKEN schema\.module-access: .+ -> iahome-fix migrate --env-file \S+fix\.env\n", done.out
    )
    assert done.err == ""

    without_command = as_text(tmp_path, *options, "--only", "env.stripe-secret-key", "--brief")
    assert without_command.out.startswith("BROKEN env.stripe-secret-key: ")
    assert without_command.out.endswith(" -> iahome-fix checks env.stripe-secret-key\n")

    several = as_text(tmp_path, *options, "--only", "env", "--brief")
    assert re.search(r"\(and \d more\) -> ", several.out)
    assert several.out.count("\n") == 1


def test_brief_is_silent_about_what_is_fine_and_about_what_may_pass(
    broken: tuple[str, str, str], tmp_path: Path
) -> None:
    options = broken[:2]
    healthy = as_text(tmp_path, *options, "--only", "supabase.database", "--brief")
    assert (healthy.code, healthy.out, healthy.err) == (0, "", "")

    untold = ("--only", "data.expired-active", "--brief")
    assert as_text(tmp_path, *options, *untold).out.startswith("UNKNOWN data.expired-active: ")
    passing = as_text(tmp_path, *options, *untold, "--fail-on", "fail")
    assert (passing.code, passing.out) == (0, "")


def test_brief_names_a_warning_where_warnings_count(broken: tuple[str, str, str], tmp_path: Path) -> None:
    repaired(broken[2])
    (tmp_path / "extra.env").write_text("this is no assignment\n", encoding="utf-8")
    options = ("--env-file", str(tmp_path / "extra.env"), *broken[:2], "--only", "env.files", "--brief")

    assert as_text(tmp_path, *options).out == ""
    strict = as_text(tmp_path, *options, "--fail-on", "warn")
    assert strict.code == 1
    assert strict.out.startswith("WARN env.files: ")


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (["doctor", "--watch"], ["doctor", "--watch", "30"]),
        (["doctor", "--watch", "5"], ["doctor", "--watch", "5"]),
        (["doctor", "--watch", "2.5", "--json"], ["doctor", "--watch", "2.5", "--json"]),
        (["doctor", "--watch=5"], ["doctor", "--watch=5"]),
        (["doctor", "--watch", "--json"], ["doctor", "--watch", "30", "--json"]),
        (["doctor", "--watch", "-1"], ["doctor", "--watch", "-1"]),
    ],
)
def test_the_seconds_of_watch_may_be_left_out(given: list[str], read: list[str]) -> None:
    assert filled(given) == read


def test_watch_refuses_what_makes_no_sense(tmp_path: Path) -> None:
    assert run(tmp_path, "doctor", "--watch", "0")[1]["error"]["code"] == "usage"
    assert run(tmp_path, "doctor", "--watch", "--brief")[1]["error"]["code"] == "usage"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT to one process")
def test_watch_prints_only_what_changes_and_ends_with_the_last_report(
    broken: tuple[str, str, str], tmp_path: Path
) -> None:
    words = ("doctor", *broken[:2], "--only", KNOWN_BROKEN, "--watch", "1")
    with started(tmp_path, *words) as process:
        assert wait_for(lambda: "Ctrl-C" in (tmp_path / "err").read_text(encoding="utf-8"))
        first = said(tmp_path)
        assert first.startswith("BROKEN")
        repaired(broken[2])
        assert wait_for(lambda: f"{KNOWN_BROKEN}: fail -> ok" in said(tmp_path))
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=20)

    later = said(tmp_path)[len(first) :]
    assert code == 0
    assert re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ HEALTHY \(before: BROKEN\)$", later, re.MULTILINE)
    assert later.count(KNOWN_BROKEN) == 1
    assert "Traceback" not in (tmp_path / "err").read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT to one process")
def test_watch_as_json_is_one_document_per_line(broken: tuple[str, str, str], tmp_path: Path) -> None:
    words = ("doctor", *broken[:2], "--only", KNOWN_BROKEN, "--watch", "1", "--json")
    with started(tmp_path, *words) as process:
        assert wait_for(lambda: said(tmp_path).count("\n") == 1)
        repaired(broken[2])
        assert wait_for(lambda: said(tmp_path).count("\n") == 2)
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=20)

    documents = [json.loads(line) for line in said(tmp_path).splitlines()]
    assert [(d["verdict"], d["schema"], ids(d)) for d in documents] == [
        ("broken", 1, [KNOWN_BROKEN]),
        ("healthy", 1, [KNOWN_BROKEN]),
    ]
    assert code == 0


def test_without_app_no_check_reads_a_source(broken: tuple[str, str, str], tmp_path: Path) -> None:
    code, plain = run(tmp_path, "doctor", *broken[:2], "--timeout", "2")
    # The one that says that nothing of it was read.
    assert [i for i in ids(plain) if i.startswith("site.source-")] == ["site.source-read"]
    code, document = run(tmp_path, "doctor", *broken[:2], "--app", str(tmp_path))
    assert (code, document["error"]["code"]) == (2, "app-folder")
    page = tmp_path / "app" / "encours" / "page.tsx"
    page.parent.mkdir(parents=True)
    page.write_text("export default () => supabase.from('acces_tokens').select()\n", encoding="utf-8")
    only = ("--only", "site.source-tables", "--app", str(tmp_path))
    code, document = run(tmp_path, "doctor", *broken[:2], *only)
    assert (code, document["causes"]) == (1, ["site.source-tables"])
    assert "access_tokens" in document["checks"][0]["detail"]
