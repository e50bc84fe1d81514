"""What is different from one report to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from iahome_fix.i18n import _
from iahome_fix.model import WRONG, Report, Result, Status
from iahome_fix.output.screen import Screen
from iahome_fix.output.statuses import verdict_word, word


@dataclass(frozen=True)
class Change:
    """A check that says something else than before."""

    before: Status
    now: Result


def changes(before: Report, now: Report) -> tuple[Change, ...]:
    """Checks of another status, and failing or warning ones of another detail, in the order of the chain."""
    known = {result.check.id: result for result in before.results}
    found = []
    for result in now.results:
        old = known.get(result.check.id)
        if old is None:
            continue
        said_anew = result.status in WRONG and result.finding.detail != old.finding.detail
        if result.status is not old.status or said_anew:
            found.append(Change(old.status, result))
    return tuple(found)


def show_changes(screen: Screen, before: Report, now: Report, found: Sequence[Change]) -> None:
    """The changes with the time (UTC), and the verdict when it is another one."""
    moment = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}"
    if now.verdict is not before.verdict:
        screen.line(
            _("{moment} {now} (before: {before})").format(
                moment=moment, now=verdict_word(now.verdict), before=verdict_word(before.verdict)
            ),
            now.verdict.value,
        )
    for change in found:
        result = change.now
        screen.line(
            _("{moment} {mark} {check}: {before} -> {now}").format(
                moment=moment,
                mark=screen.mark(result.status.value),
                check=result.check.id,
                before=word(change.before),
                now=word(result.status),
            ),
            result.status.value,
        )
        screen.line(result.finding.detail, indent=4)
        if result.finding.fix and result.status in WRONG:
            screen.command(result.finding.fix.command, indent=4)
