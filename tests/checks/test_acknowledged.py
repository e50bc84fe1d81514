"""Findings that somebody answers for: shown as such, never silent, counted again once their day is over."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from iahome_fix.checks.acknowledged import acknowledged
from iahome_fix.cli import fail_on
from iahome_fix.errors import UsageError
from iahome_fix.model import Check, Finding, Kind, Link, Report, Result, Verdict, blocked, fail, ok, warn
from iahome_fix.output.brief import brief, known_in_brief
from iahome_fix.output.document import report_body
from iahome_fix.settings import load_settings
from iahome_fix.settings.ignored import Ignored
from tests.commands import call

TODAY = date(2026, 11, 30)
KEY = {"STRIPE_SECRET_KEY": "sk_" + "live_" + "aB3" * 8}


def known(check: str, thing: str | None = None, until: date = TODAY) -> Ignored:
    return Ignored(check, thing, until, "Anna knows", "iahome-fix.toml:1")


def report(check: str, finding: Finding, *others: Result, kind: Kind = Kind.FUNCTION) -> Report:
    return Report((made(check, finding, kind), *others))


def made(check: str, finding: Finding, kind: Kind = Kind.FUNCTION) -> Result:
    link = Link(check.partition(".")[0])
    return Result(Check(check, link, kind, check, (), lambda _seen: finding), finding)


@pytest.mark.parametrize("kind", [Kind.FUNCTION, Kind.SECURITY])
def test_what_is_known_makes_neither_the_verdict_nor_the_exit_code(kind: Kind) -> None:
    found = report("data.orphans", fail("three rows"), kind=kind)
    marked = acknowledged(found, [known("data.orphans")], TODAY)

    assert found.verdict in (Verdict.BROKEN, Verdict.EXPOSED)
    assert (marked.verdict, marked.causes) == (Verdict.HEALTHY, ())
    assert [fail_on.exit_code(marked, word) for word in fail_on.CHOICES] == [0, 0, 0, 0]
    assert report_body(marked)["checks"][0]["acknowledged"] == {"until": "2026-11-30", "why": "Anna knows"}
    assert report_body(marked)["summary"]["fail"] == 1, "it is there all the same"


def test_from_the_day_after_it_counts_again_and_that_is_said() -> None:
    marked = acknowledged(
        report("data.orphans", fail("rows")), [known("data.orphans")], TODAY + timedelta(days=1)
    )

    assert (marked.verdict, len(marked.expired)) == (Verdict.BROKEN, 1)
    healthy = acknowledged(report("data.orphans", ok("none")), [known("data.orphans")], date(2027, 1, 1))
    assert healthy.expired == (), "of what is gone nothing is said"


@pytest.mark.parametrize(
    ("things", "covers"), [(["17"], False), (["17", "18"], True), (["17", "18", "19"], True), (["99"], False)]
)
@pytest.mark.parametrize("listed", [[17, 18], [{"id": "17", "owner": "a"}, {"id": "18", "owner": "b"}]])
def test_of_several_things_all_have_to_be_known(
    listed: list[object], things: list[str], covers: bool
) -> None:
    found = report("data.orphans", fail("rows", ids=listed))
    marked = acknowledged(found, [known("data.orphans", thing) for thing in things], TODAY)

    assert bool(marked.acknowledged) is covers


def test_one_thing_that_only_the_sentence_names_is_known_by_it() -> None:
    found = report("stripe.endpoint-duplicates", warn("the endpoint we_1 is another one"))

    assert acknowledged(found, [known("stripe.endpoint-duplicates", "we_1")], TODAY).acknowledged
    assert not acknowledged(found, [known("stripe.endpoint-duplicates", "we_2")], TODAY).acknowledged
    assert fail_on.exit_code(found, fail_on.WARN) == 1


def test_what_only_waits_for_what_is_known_keeps_nobody_from_healthy() -> None:
    waiting = made("data.duplicates", blocked("waits", "schema.types"))
    both = made("data.tokens-without-access", blocked("waits", "schema.types", "schema.columns"))
    marked = acknowledged(report("schema.types", fail("uuid"), waiting), [known("schema.types")], TODAY)

    assert marked.verdict is Verdict.HEALTHY
    other = acknowledged(report("schema.types", fail("uuid"), both), [known("schema.types")], TODAY)
    assert other.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[ignore]]\ncheck = "data.orphans"\nuntil = 2026-12-31\n', "iahome-fix.toml:1: why says why"),
        (
            '# x\n[[ignore]]\ncheck = "data.orphans"\nuntil = "soon"\nwhy = "a"\n',
            "iahome-fix.toml:4: until is the last",
        ),
        (
            '[[ignore]]\ncheck = "orphans"\nuntil = 2026-12-31\nwhy = "a"\n',
            "iahome-fix.toml:2: check is the id",
        ),
        (
            '[[ignore]]\ncheck = "data.orphans"\nuntil = 2026-12-31\nwhy = "a"\nwho = "b"\n',
            "iahome-fix.toml:5: [[ignore]] has no key who",
        ),
        (
            '[[ignore]]\ncheck = "data.orphans"\nuntil = 2026-12-31\nwhy = "a"\nobject = []\n',
            "iahome-fix.toml:5: object is",
        ),
        ('ignore = "data.orphans"\n', "iahome-fix.toml:1: ignore is a list"),
        ('[ignored]\ncheck = "data.orphans"\n', "iahome-fix.toml:1: "),
    ],
)
def test_a_wrong_entry_is_named_with_file_and_line(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "iahome-fix.toml").write_text(text, encoding="utf-8")

    with pytest.raises(UsageError) as caught:
        load_settings(folder=tmp_path, environ={})
    assert said in caught.value.message


def test_an_entry_about_a_check_that_there_is_not_is_named_with_file_and_line(tmp_path: Path) -> None:
    entry = '[[ignore]]\ncheck = "data.nothing"\nuntil = 2099-12-31\nwhy = "a"\n'
    (tmp_path / "iahome-fix.toml").write_text(entry, encoding="utf-8")
    done = call(tmp_path, "doctor", "--only", "env", more=KEY)

    assert done.code == 2
    assert "iahome-fix.toml:1: there is no check data.nothing" in " ".join(done.err.split())


def test_doctor_shows_who_answers_for_what_also_when_it_is_quiet(tmp_path: Path) -> None:
    (tmp_path / ".env.local").write_text("NEXT_PUBLIC_SUPABASE_URL=nope\n", encoding="utf-8")
    words = ("doctor", "--only", "env.supabase-url")
    before = call(tmp_path, *words)
    until = datetime.now(UTC).date() + timedelta(days=3)
    entry = f'[[ignore]]\ncheck = "env.supabase-url"\nuntil = {until}\nwhy = "moved next week"\n'
    (tmp_path / "iahome-fix.toml").write_text(entry, encoding="utf-8")
    after, quiet = call(tmp_path, *words), call(tmp_path, *words, "--quiet")
    document = json.loads(call(tmp_path, *words, "--json").out)
    brief_line = call(tmp_path, *words, "--brief")

    assert before.code == 1
    assert (after.code, quiet.code, document["verdict"]) == (0, 0, "healthy")
    assert (brief_line.code, brief_line.out) == (0, ""), "no mail of cron"
    assert brief_line.err.startswith(f"HEALTHY env.supabase-url, acknowledged until {until}: ")
    for done in (after, quiet):
        assert f"env.supabase-url, acknowledged until {until}: moved next week" in " ".join(done.out.split())


def test_in_one_line_it_is_said_beside_a_cause_and_where_nothing_else_is_wrong() -> None:
    both = report("data.orphans", fail("rows"), made("schema.types", fail("a number")))
    healthy = acknowledged(report("data.orphans", fail("rows")), [known("data.orphans")], TODAY)

    assert brief(acknowledged(both, [known("data.orphans")], TODAY)) == (
        "BROKEN schema.types: a number; acknowledged: data.orphans -> iahome-fix checks schema.types"
    )
    assert known_in_brief(healthy) == "HEALTHY data.orphans, acknowledged until 2026-11-30: Anna knows"
    assert known_in_brief(report("data.orphans", ok("none"))) is None


def test_check_stripe_shows_who_answers_for_what(tmp_path: Path) -> None:
    (tmp_path / ".env.local").write_text("NEXT_PUBLIC_APP_URL=http://127.0.0.1:9\n", encoding="utf-8")
    until = datetime.now(UTC).date() + timedelta(days=3)
    entry = f'[[ignore]]\ncheck = "env.stripe-secret-key"\nuntil = {until}\nwhy = "moved next week"\n'
    (tmp_path / "iahome-fix.toml").write_text(entry, encoding="utf-8")
    shown, document = call(tmp_path, "check-stripe"), call(tmp_path, "check-stripe", "--json")

    assert f"env.stripe-secret-key, acknowledged until {until}: moved next week" in " ".join(
        shown.out.split()
    )
    assert "env.stripe-secret-key" not in document.document["causes"]
    assert document.check("env.stripe-secret-key")["acknowledged"] == {
        "until": until.isoformat(),
        "why": "moved next week",
    }
