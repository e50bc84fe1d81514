"""The verdict on a small screen: what it takes to go on, in twenty lines, at any width, in any alphabet."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from iahome_fix.domain.sums import Overview, Sums
from iahome_fix.model import Check, Finding, Fix, Kind, Link, Report, Result, fail, ok, skipped, unknown, warn
from iahome_fix.output.report import show_report
from iahome_fix.output.screen import Screen
from iahome_fix.output.verdict import MOST_LINES, Ways

WAYS = Ways(
    "iahome-fix repair --env-file e",
    "iahome-fix verify --env-file e",
    "iahome-fix doctor --details",
    "iahome-fix doctor --env-file e",
)
ALL_AT_ONCE = "or all of it with one question: iahome-fix repair --env-file e"
LONG = "the table is not as the app needs it, since " + "somebody changed a column of it and " * 12 + "so on"


def result(check_id: str, finding: Finding, kind: Kind = Kind.FUNCTION) -> Result:
    check = Check(check_id, Link(check_id.partition(".")[0]), kind, check_id, (), lambda _ctx: finding)
    return Result(check, finding)


def broken(count: int = 1, detail: str = "it is not there", **more: object) -> Report:
    fixes = [Fix("iahome-fix migrate --env-file e"), Fix("iahome-fix reconcile --env-file e")]
    found = [
        result(f"schema.number-{n}", fail(detail, hint=f"hint {n}", fix=fixes[n % 2])) for n in range(count)
    ]
    return Report((*found, result("env.files", ok("they are there"))), **more)  # type: ignore[arg-type]


def healthy() -> Report:
    return Report(tuple(result(f"{link.value}.one", ok("it holds")) for link in Link))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    def show(report: Report, columns: int = 80, encoding: str = "utf-8", **options: Any) -> list[str]:
        monkeypatch.setenv("COLUMNS", str(columns))
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        screen = Screen(stream)
        show_report(screen, report, ways=WAYS, **options)
        screen.flush()
        assert isinstance(stream.buffer, io.BytesIO)
        return stream.buffer.getvalue().decode(encoding).splitlines()

    return show


Shown = Callable[..., list[str]]


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
@pytest.mark.parametrize(("count", "detail"), [(1, LONG), (2, LONG), (7, LONG), (30, "short")])
def test_twenty_lines_hold_the_verdict_the_first_cause_and_what_to_type(
    columns: int, count: int, detail: str, shown: Shown
) -> None:
    lines = shown(broken(count, detail), columns)

    rows = sum(max(1, -(-len(line) // columns)) for line in lines)
    assert rows <= MOST_LINES or columns == 20, "commands are never cut, however narrow it is"
    assert lines[0].startswith("BROKEN: ")
    assert any("schema.number-0" in line for line in lines)
    assert "  iahome-fix migrate --env-file e" in lines
    assert " ".join(lines).replace("  ", " ").endswith(ALL_AT_ONCE)


def test_what_had_no_room_is_counted_and_found_with_details(shown: Shown) -> None:
    report = broken(30)

    short = shown(report)
    named = sum("schema.number-" in line for line in short)
    assert f"         and {30 - named} more; --details shows them" in short
    assert all(f"schema.number-{n}" in "\n".join(shown(report, details=True)) for n in range(30))


@pytest.mark.parametrize("options", [{"details": True}, {"verbose": True}])
def test_with_details_the_links_stand_above_and_the_verdict_is_last(
    options: dict[str, bool], shown: Shown
) -> None:
    lines = shown(broken(), **options)

    verdict = next(n for n, line in enumerate(lines) if line.startswith("BROKEN"))
    assert verdict >= len(lines) - MOST_LINES
    assert any(line.startswith("✗ schema") for line in lines[:verdict])
    assert lines[-1] == ALL_AT_ONCE
    assert not any("--details" in line for line in lines), "they are there"
    if "details" in options:
        assert "  ✗ schema.number-0: see below" in lines, "nothing is said twice"


def test_a_high_screen_shows_the_links_without_being_asked(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    for rows, links in ((79, False), (80, True)):
        monkeypatch.setenv("LINES", str(rows))
        assert any(line.startswith("✗ schema") for line in shown(broken())) is links


def test_who_waits_stands_below_the_verdict(shown: Shown) -> None:
    sums = Sums(3, 2, {"eur": 1980}, datetime(2026, 11, 21, tzinfo=UTC))
    assert shown(broken(sales=Overview(sums, Sums(), sums)))[1] == "2 customers paid 19.80 EUR and wait"
    assert "2 customers paid 19.80 EUR since 2026-11-21; who waits" in " ".join(shown(broken(paid=sums)))


def test_a_healthy_chain_names_what_would_prove_it(shown: Shown) -> None:
    lines = shown(healthy())

    assert lines[0] == "HEALTHY: from the payment to the page, every link holds"
    assert lines[-1] == "  iahome-fix verify --env-file e"
    assert shown(healthy(), quiet=True) == []
    assert not any("verify" in line for line in shown(broken()))


def test_a_part_that_is_healthy_names_what_looks_at_the_rest(shown: Shown) -> None:
    lines = shown(Report(healthy().results[:3]))

    assert lines[0].startswith("HEALTHY, as far as this run looked: ")
    assert lines[-1] == "  iahome-fix doctor --env-file e"


def test_warnings_are_named_where_the_links_are_not_shown(shown: Shown) -> None:
    report = Report((*healthy().results, result("data.orphans", warn("old rows"), Kind.HYGIENE)))

    assert "warnings: data.orphans" in shown(report)


def test_repair_is_not_offered_beside_itself_nor_for_what_a_person_has_to_do(shown: Shown) -> None:
    itself = Report((result("data.email-case", fail("capitals", fix=Fix("iahome-fix repair"))),))
    by_hand = Report((result("site.webhook-route", fail("it answers 500", hint="look at its logs")),))

    for report in (itself, by_hand):
        assert not any("or all of it" in line for line in shown(report))
    assert any("look at its logs" in line for line in shown(by_hand))


def test_what_could_not_be_told_names_its_reason_and_what_would_tell(shown: Shown) -> None:
    report = Report(
        (
            result("stripe.key", skipped("STRIPE_SECRET_KEY is not set", hint="set it")),
            result("supabase.reachable", unknown("no answer within 10 s")),
        )
    )

    lines = shown(report)
    assert lines[0].startswith("UNKNOWN")
    assert any("STRIPE_SECRET_KEY is not set" in line for line in lines)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_without_unicode_the_same_is_said(encoding: str, shown: Shown) -> None:
    lines = shown(broken(2, LONG), 40, encoding)

    assert lines[0].startswith("BROKEN")
    assert "?" not in "".join(lines)


def test_what_is_cut_ends_in_dots_that_every_console_has(shown: Shown) -> None:
    plain, accents = shown(broken(7, LONG), 40, "ascii"), shown(broken(7, LONG), 40)

    assert any(line.endswith(" ...") for line in plain)
    assert any(line.endswith(" …") for line in accents)
    assert not any("?" in line or len(line) > 40 for line in plain if "iahome-fix" not in line)
