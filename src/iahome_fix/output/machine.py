"""A report in the forms of CI: JUnit's XML, and the annotations of GitHub Actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape, quoteattr

from iahome_fix.model import Link, Report, Result, Status
from iahome_fix.output.wrapping import harmless

_SUITE = "iahome-fix doctor"
_LEVELS = {Status.FAIL: "error", Status.WARN: "warning", Status.UNKNOWN: "warning"}


def junit(report: Report) -> str:
    """One test suite for each link, one case for each check; what could not be told is an error."""
    suites = [_suite(link, found) for link in Link if (found := _of(report, link))]
    total = _counts(list(report.results))
    head = f'<testsuites name="{_SUITE}" {total}>'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *suites, "</testsuites>"])


def github(report: Report) -> str:
    """One annotation for each finding; what is acknowledged is a notice. Empty where there is none."""
    return "\n".join(line for result in report.results if (line := _annotation(result)) is not None)


FORMATS: Mapping[str, Callable[[Report], str]] = {"junit": junit, "github": github}


def _of(report: Report, link: Link) -> list[Result]:
    return [result for result in report.results if result.check.link is link]


def _counts(results: list[Result]) -> str:
    failures = sum(r.status is Status.FAIL and r.acknowledged is None for r in results)
    untold = sum(r.status is Status.UNKNOWN for r in results)
    skipped = sum(r.status in (Status.SKIPPED, Status.BLOCKED) for r in results)
    skipped += sum(r.status is Status.FAIL and r.acknowledged is not None for r in results)
    return f'tests="{len(results)}" failures="{failures}" errors="{untold}" skipped="{skipped}"'


def _suite(link: Link, results: list[Result]) -> str:
    cases = [_case(result) for result in results]
    return "\n".join([f'<testsuite name="{link.value}" {_counts(results)}>', *cases, "</testsuite>"])


def _case(result: Result) -> str:
    name = f"<testcase classname={quoteattr(result.check.link.value)} name={quoteattr(result.check.id)}"
    detail = quoteattr(_plain(result.finding.detail))
    if result.acknowledged is not None:
        return f"{name}><skipped message={quoteattr(_known(result))}/></testcase>"
    if result.status is Status.FAIL:
        return f"{name}><failure message={detail}>{escape(_text(result))}</failure></testcase>"
    if result.status is Status.UNKNOWN:
        return f"{name}><error message={detail}>{escape(_text(result))}</error></testcase>"
    if result.status in (Status.SKIPPED, Status.BLOCKED):
        return f"{name}><skipped message={detail}/></testcase>"
    if result.status is Status.WARN:
        return f"{name}><system-out>{escape(_text(result))}</system-out></testcase>"
    return f"{name}/>"


def _annotation(result: Result) -> str | None:
    if result.acknowledged is not None:
        return f"::notice title={_property(result.check.id)}::{_data(_known(result))}"
    level = _LEVELS.get(result.status)
    return level and f"::{level} title={_property(result.check.id)}::{_data(_text(result))}"


def _known(result: Result) -> str:
    entry = result.acknowledged
    assert entry is not None  # noqa: S101 - its caller asked
    return _plain(f"acknowledged until {entry.until}: {entry.why}; {result.finding.detail}")


def _text(result: Result) -> str:
    finding = result.finding
    command = finding.fix.command if finding.fix else None
    return "\n".join(_plain(part) for part in (finding.detail, finding.hint, command) if part)


def _plain(text: str) -> str:
    """Without the characters that XML has not, and that steer a terminal."""
    return "".join(c for c in harmless(text) if c in "\n\t" or (c >= " " and c not in "\ufffe\uffff"))


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
