"""A report in the forms of CI: what a runner reads, held against its own rules."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from iahome_fix.model import (
    Check,
    Finding,
    Fix,
    Kind,
    Link,
    Report,
    Result,
    blocked,
    fail,
    ok,
    skipped,
    unknown,
    warn,
)
from iahome_fix.output.machine import github, junit
from iahome_fix.settings.ignored import Ignored
from tests.commands import call


def made(check: str, finding: Finding) -> Result:
    link = Link(check.partition(".")[0])
    return Result(Check(check, link, Kind.FUNCTION, check, (), lambda _seen: finding), finding)


KNOWN = Ignored("data.orphans", None, date(2026, 12, 31), "Anna knows", "iahome-fix.toml:1")
REPORT = Report(
    (
        made("env.files", ok("read")),
        made("env.site-url", warn("http, 100%\nof it")),
        made("schema.types", fail('<uuid> & "text"\x1b[2J', hint="look", fix=Fix("iahome-fix migrate"))),
        made("schema.cache", unknown("no answer")),
        made("data.duplicates", blocked("waits", "schema.types")),
        made("stripe.key", skipped("not set")),
        replace(made("data.orphans", fail("three rows")), acknowledged=KNOWN),
    )
)


def test_junit_has_a_case_for_each_check_and_counts_them() -> None:
    root = ET.fromstring(junit(REPORT))  # noqa: S314 - our own text

    assert root.tag == "testsuites"
    assert {k: root.get(k) for k in ("tests", "failures", "errors", "skipped")} == {
        "tests": "7",
        "failures": "1",
        "errors": "1",
        "skipped": "3",
    }
    assert [suite.get("name") for suite in root] == ["env", "schema", "data", "stripe"]
    cases = {case.get("name"): case for suite in root for case in suite}
    failure = cases["schema.types"].find("failure")
    assert failure is not None
    assert "iahome-fix migrate" in str(failure.text)
    assert '<uuid> & "text"' in str(failure.get("message"))
    known = cases["data.orphans"].find("skipped")
    assert known is not None
    assert str(known.get("message")).startswith("acknowledged until 2026-12-31: Anna knows")
    assert list(cases["env.files"]) == []


def test_github_has_one_line_for_each_finding() -> None:
    assert github(REPORT).splitlines() == [
        "::warning title=env.site-url::http, 100%25%0Aof it",
        '::error title=schema.types::<uuid> & "text"?[2J%0Alook%0Aiahome-fix migrate',
        "::warning title=schema.cache::no answer",
        "::notice title=data.orphans::acknowledged until 2026-12-31: Anna knows; three rows",
    ]
    assert github(Report(())) == ""


@pytest.mark.parametrize("form", ["junit", "github"])
def test_doctor_writes_it_and_keeps_its_exit_code(form: str, tmp_path: Path) -> None:
    (tmp_path / ".env.local").write_text("NEXT_PUBLIC_SUPABASE_URL=nope\n", encoding="utf-8")
    done = call(tmp_path, "doctor", "--only", "env.supabase-url", "--format", form)

    assert done.code == 1
    assert "env.supabase-url" in done.out
    assert done.out.startswith("<?xml" if form == "junit" else "::error")


@pytest.mark.parametrize(
    "words", [("--format", "tap"), ("--format", "junit", "--json"), ("--format", "junit", "--brief")]
)
def test_a_form_that_there_is_not_or_beside_another_is_refused(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    done = call(tmp_path, "doctor", *words)

    assert done.code == 2
    assert "--format" in done.err + done.out
