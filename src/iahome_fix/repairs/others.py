"""What everybody has before a run writes and after it, so that no access is written at somebody's cost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.systems.database import Statement

if TYPE_CHECKING:
    from iahome_fix.profile import AppProfile

_EVERYBODYS = "true"
_SELECT = re.compile(r"^select\b", re.MULTILINE)


def around(
    profile: AppProfile, *writing: Statement, whose: str = _EVERYBODYS, written: str | None = None
) -> tuple[Statement, ...]:
    """What writes, between both looks; `whose`: a condition on a row `a`, of whom, without a parameter;
    `written`: the table that the run writes, where it is not that of the accesses."""
    return (
        Statement(sql.load("repair/seen", profile)),
        Statement(had(profile, whose=whose, written=written)),
        *writing,
        gone(profile),
    )


def had(profile: AppProfile, *, whose: str = _EVERYBODYS, written: str | None = None) -> str:
    """The text that notes who has what; of `around`, for those who have a query before it."""
    text = sql.load("repair/had", profile).replace("/* whose */", f"and {whose}")
    return text.replace("/* written */", "'" + (written or profile.table.place).replace("'", "''") + "'")


def gone(profile: AppProfile) -> Statement:
    """Counts those who have less, for the statement after it to refuse."""
    return Statement(sql.load("repair/gone", profile))


def tried(text: str, profile: AppProfile) -> str:
    """A trial (a DO block) with both looks in place of its marks `had` and `gone`."""
    for mark, look in (("/* had */", had(profile)), ("/* gone */", gone(profile).sql)):
        text = text.replace(mark, _SELECT.sub("perform", look, count=1) + ";")
    return text
