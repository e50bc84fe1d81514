"""`explain` from outside: the screen, the document, the exit codes, and nothing written."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.checks.app_support import EVERYBODY, App, ago, running
from tests.cli.terminal_support import terminal
from tests.commands import Done, as_process, call
from tests.explain.support import project, token

if TYPE_CHECKING:
    from pathlib import Path

    from iahome_fix.sandbox.databases import MakeDatabase

ALICE, BOB, CAROL = EVERYBODY
MASKED = "c…l@e…e.test"


def run(app: App, *words: str, **environment: str) -> Done:
    """`explain` with these words on the app."""
    path = app.folder / "fix.env"
    values = {**project(), **app.environ()}
    path.write_text("".join(f"{name}='{value}'\n" for name, value in values.items()), encoding="utf-8")
    words = ("explain", "--env-file", "fix.env", *words)
    return as_process(app.folder, *words, more=environment) if environment else call(app.folder, *words)


def snapshot(app: App) -> list[list[tuple[Any, ...]]]:
    """Everything that a command could have written."""
    tables = ("public.module_access", "public.access_tokens", "public.profiles", "auth.users")
    return [app.sql(f"select to_jsonb(t)::text from {table} t order by 1") for table in tables]


def test_the_answer_stands_in_the_first_lines_and_all_of_it_on_one_screen(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    token(app, 6, "3 days")
    before = snapshot(app)
    done = run(app, CAROL)
    assert done.code == 1
    assert done.lines[0] == f"MISSING: {MASKED} does not get 2 of what is due: Stable diffusion (15),"
    assert "(see payments.unfulfilled)" in " ".join(done.lines[2:5])
    assert "  iahome-fix backfill --env-file fix.env" in done.lines
    assert "  iahome-fix reconcile --env-file fix.env" in done.lines
    assert done.lines.index("  iahome-fix backfill --env-file fix.env") < 8
    assert len(done.lines) <= 24
    assert max(map(len, done.lines)) <= 80
    assert "\x1b" not in done.out
    assert CAROL not in done.out + done.err
    assert snapshot(app) == before


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
def test_on_a_terminal_that_it_scrolls_away_from_the_answer_and_the_commands_are_its_last_lines(
    app: App,
) -> None:
    app.buys(CAROL, 15, pay=False)
    whole = run(app, CAROL, LINES="10")
    answer, command = whole.lines[0], "  iahome-fix reconcile --env-file fix.env"
    assert whole.out.count(answer) == whole.lines.count(command) == 1
    for rows, times in (("10", 2), ("60", 1)):
        with terminal(app.folder, "explain", "--env-file", "fix.env", CAROL, more={"LINES": rows}) as screen:
            assert screen.end() == 1
            lines = screen.plain.rstrip().splitlines()
        assert lines.count(answer) == lines.count(command) == times
        assert (lines[-1] == command) is (times == 2)


def test_a_served_customer(app: App) -> None:
    app.buys(CAROL, 15)
    done = run(app, CAROL, "--show-emails")
    assert (done.code, done.lines[0]) == (0, f"SERVED: {CAROL} sees everything that is due")
    assert done.lines[1].startswith("Stable diffusion (15): the access is there until ")
    assert "/encours   shows Stable diffusion (15)" in done.lines
    assert run(app, CAROL, "--quiet").out == ""


def test_what_is_past_is_told_with_its_date(app: App) -> None:
    app.grant(CAROL, 15, app.buys(CAROL, 15, pay=False, created=ago(days=5)), hours=-48)
    done = run(app, CAROL)
    assert done.code == 0
    assert done.lines[0].startswith("NOTHING OWED: ")
    assert f"{ago(hours=48):%Y-%m-%d}" in done.lines[1]


def test_without_a_key_it_is_unknown_by_name(app: App) -> None:
    app.grant(CAROL, 15, None)
    app.key = ""
    done = run(app, CAROL)
    assert (done.code, done.lines[0].split(":")[0]) == (3, "UNKNOWN")
    assert "STRIPE_SECRET_KEY is not set" in done.out


def test_the_document_has_every_key_and_no_address(app: App) -> None:
    app.buys(
        "Carol@Example.test",
        15,
        pay=False,
        metadata={"items_ids": "15", "userEmail": BOB, "customer_email": CAROL},
    )
    done = run(app, CAROL, "--module", "6", "--json", "--verbose")
    document = done.document
    assert (done.code, document["verdict"], document["error"]) == (1, "missing", None)
    assert (document["schema"], document["command"]) == (1, "explain")
    assert set(document["customer"]) >= {"email", "profile_id", "near_misses"}
    assert {"sessions", "events", "tokens", "accesses", "page", "modules"} <= set(document)
    assert set(document["page"]) == {"modules", "error"}
    assert set(document["modules"][0]) >= {
        *("module_id", "title", "state", "because", "sentence", "command"),
    }
    assert [one["module_id"] for one in document["modules"]] == ["6", "15"]
    assert document["customer"]["email"] == MASKED
    for address in (CAROL, BOB, "Carol@Example.test"):
        assert address not in done.out
    shown = run(app, CAROL, "--json", "--show-emails").document
    assert {"field": "metadata.userEmail", "email": BOB} in shown["sessions"][0]["emails"]


@pytest.mark.parametrize(
    "words",
    [
        ["carol"],
        ["@example.test"],
        ["carol@"],
        ["carol@example .test"],
        ["x" * 400 + "@example.test"],
        ["car\x1bol@example.test"],
        ["car\u202eol@example.test"],
        [""],
        [CAROL, "--module", " "],
        [CAROL, "--module", "1\n2"],
        [CAROL, "--since", "yesterday"],
        [CAROL, "--since", "2999-01-01"],
        [],
    ],
)
def test_what_is_no_question_is_a_usage_error(app: App, words: list[str]) -> None:
    done = run(app, *words, "--json")
    assert done.code == 2
    assert done.document["error"]["code"] in ("email", "module", "since", "usage")
    if words and done.document["error"]["code"] != "usage":
        assert done.document["modules"] == []
    if words and "@" in words[0]:
        assert words[0] not in done.document["error"]["message"]
    assert not app.site.requests


@pytest.mark.parametrize(
    "email",
    [
        "o'brien--@example.test",
        '";drop/**/table/**/profiles;--"@example.test',
        "%s%%(key)s%@example.test",
        "élodie.ünï@exämple.test",
        "x" * 287 + "@example.test",
        "[red]carol[/red]@example.test",
        "-dash@example.test",
    ],
)
def test_hostile_addresses_are_addresses(app: App, email: str) -> None:
    done = run(app, "--json", "--", email)
    assert (done.code, done.document["verdict"]) == (1, "not-found"), done.out
    screen = run(app, "--", email)
    assert (screen.code, screen.lines[0].split(":")[0]) == (1, "NOT FOUND")
    assert email not in screen.out


def test_a_mistyped_address_is_not_found_and_names_who_may_be_meant(app: App) -> None:
    before = snapshot(app)
    done = run(app, "carole@example.test")
    assert (done.code, done.lines[0]) == (
        1,
        "NOT FOUND: no profile, login, payment or token has c…e@e…e.test",
    )
    assert f"  a profile has {MASKED}: one letter differs" in done.lines
    assert "--show-emails" in done.out
    assert CAROL not in done.out + done.err
    assert (
        f"  a profile has {CAROL}: one letter differs"
        in run(app, "carole@example.test", "--show-emails").lines
    )
    quiet = run(app, "carole@example.test", "--quiet")
    assert (quiet.code, quiet.lines[0], quiet.err) == (1, done.lines[0], "")
    assert snapshot(app) == before
    far = run(app, "zacharias@nowhere.test")
    assert (far.code, "nearly the same" in far.out) == (1, True)


def test_a_long_story_stays_on_the_screen_and_verbose_tells_it_all(app: App) -> None:
    sessions = [app.buys(CAROL, 15, pay=False, refunded=990, created=ago(days=days)) for days in range(1, 13)]
    short, long = run(app, CAROL), run(app, CAROL, "--verbose")
    assert len(short.lines) <= 24
    assert "and 8 more (--verbose)" in short.out
    assert all(session in long.out for session in sessions)
    assert CAROL not in long.out


def test_nothing_that_a_customer_can_write_steers_the_terminal(app: App) -> None:
    app.sql("insert into public.modules (id, title) values (66, E'\\x1b[31mred\\x1b[0m [bold]')")
    app.grant(CAROL, 66, "cs_x", note="\x1b]0;title\x07")
    done = run(app, CAROL, "--verbose")
    app.sql("delete from public.modules where id = 66")
    assert done.code == 0
    assert "\x1b" not in done.out
    assert "[bold]" in done.out


def test_a_console_without_unicode(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    done = run(app, CAROL, PYTHONUTF8="0", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.code == 1
    assert done.out.isascii()
    assert done.lines[0] == "MISSING: c...l@e...e.test does not get Stable diffusion (15)"


def test_the_missing_table_of_the_guide(make_database: MakeDatabase, tmp_path: Path) -> None:
    with running(tmp_path, make_database()) as app:
        app.customers()
        app.sql("insert into public.modules (id, title) values (15, 'Stable diffusion')")
        app.buys(CAROL, 15)
        done = run(app, CAROL)
    assert done.code == 1
    assert "because of schema.module-access" in done.out.replace("\n", " ")
    commands = [line.strip() for line in done.lines if line.startswith("  iahome-fix")]
    assert commands == ["iahome-fix migrate --env-file fix.env", "iahome-fix reconcile --env-file fix.env"]
    assert "/encours   ends in an error for this login: table:42P01" in done.lines
