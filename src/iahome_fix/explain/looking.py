"""Looking at one system after the other, and what could not be looked at, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from iahome_fix.checks.chain import CHAIN
from iahome_fix.checks.runner import judge
from iahome_fix.errors import ToolError
from iahome_fix.facts.data_api import READS_ROWS
from iahome_fix.i18n import _
from iahome_fix.model import Status
from iahome_fix.systems.open import no_sql, why_no_sql

if TYPE_CHECKING:
    from iahome_fix.explain.structure import Structure
    from iahome_fix.facts.context import Context

T = TypeVar("T")

DATABASE, STRIPE, SCAN, EVENTS, ENDPOINT, PAGE, NEAR, CATALOG = (
    "database", "stripe", "stripe-scan", "events", "endpoint", "page", "near-misses", "catalog",
)  # fmt: skip
DECISIVE = (DATABASE, STRIPE, SCAN)
"""Without one of these nobody can say that nothing is owed."""

_WITH_SQL = ("supabase.database",)


@dataclass(frozen=True)
class Unseen:
    """Something that could not be looked at: a stable word, why, and what to do about it."""

    what: str
    reason: str
    hint: str | None = None


class Looker:
    """Asks for one thing after the other and notes what did not answer."""

    def __init__(self) -> None:
        self.unseen: list[Unseen] = []

    def __call__(self, what: str, find: Callable[[], T]) -> T | None:
        """What `find` gives; None, and noted under `what`, where it raises ToolError."""
        try:
            return find()
        except ToolError as error:
            self.note(what, error.message, error.hint)
            return None

    def note(self, what: str, reason: str, hint: str | None) -> None:
        """Note once that `what` could not be looked at."""
        if not any(one.what == what for one in self.unseen):
            self.unseen.append(Unseen(what, reason, hint))

    def finds_rows(self, ctx: Context) -> bool:
        """Whether the rows can be read, and are the app's; the chain's own checks decide."""
        for name in READS_ROWS if ctx.only_data_api else _WITH_SQL:
            finding = judge(next(check for check in CHAIN if check.id == name), ctx)
            if finding.status not in (Status.OK, Status.WARN):
                self.note(DATABASE, finding.detail, finding.hint)
                return False
        return True

    def note_catalog(self, ctx: Context, found: Structure) -> None:
        """Without SQL, name what rows do not tell."""
        if ctx.only_data_api:
            wanted = no_sql(why_no_sql(ctx.settings))
            reason = _("{reason}; so nothing is known of logins, nor of {checks}").format(
                reason=wanted.message, checks=", ".join(found.without(wanted.variables))
            )
            self.note(CATALOG, reason, wanted.hint)
