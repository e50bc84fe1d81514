"""Which way to the database a command takes: the first that is configured and gives a session.

The way is chosen before anything is planned and kept until the end. A way that closes later, or an answer
that got lost, never leads to another one: what was begun there is looked up there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from iahome_fix import sql
from iahome_fix.errors import ToolError, UsageError
from iahome_fix.i18n import _
from iahome_fix.settings import names
from iahome_fix.systems import fallback

if TYPE_CHECKING:
    from iahome_fix.cli.frame import Frame
    from iahome_fix.facts.context import Context
    from iahome_fix.settings import Settings
    from iahome_fix.settings.model import PassedOver
    from iahome_fix.systems.database_errors import DatabaseUnreachable

C = TypeVar("C", bound="Context")


@dataclass(frozen=True)
class WentOver:
    """A way that was found closed, where to the run went instead, and what cannot be done there."""

    closed: PassedOver
    to: str
    lacks: str | None

    @property
    def sentence(self) -> str:
        """For a person, one sentence."""
        return _("{reason}; this run takes {way} instead").format(reason=self.closed.message, way=self.to)

    def as_json(self) -> dict[str, str | None]:
        return {
            "variable": self.closed.variable,
            "reason": self.closed.reason,
            "message": self.closed.message,
            "hint": self.closed.hint,
            "to": self.to,
            "lacks": self.lacks,
        }


def opened(frame: Frame, make: Callable[[Settings], C], *, writes: bool = False) -> C:
    """What `make` gives for the settings of the run, with its way to the database chosen.

    Each way is tried with one small read while there is another one. What is passed over is said, and
    remembered in `frame.settings`. `writes`: the command may change something.

    Raises UsageError where a change would be made without anybody being asked, and the next way may lead to
    another database.
    """
    while True:
        ctx = make(frame.settings)
        following = fallback.next_way(frame.settings)
        refused = _refused(ctx, following) if following is not None else None
        if following is None or refused is None:
            return ctx
        ctx.close()
        common = frame.common
        asked = common.dry_run or (frame.asks and not common.yes)
        if writes and not asked and not fallback.is_same_project(frame.settings):
            raise _another_database(refused, following)
        _go_over(frame, refused, following)


def by_reading(ctx: Context) -> list[WentOver]:
    """That a run which only reads went over to another way by itself, where it did."""
    refused = ctx.sql_refused
    following = fallback.data_api(ctx.settings) if ctx.only_data_api else fallback.next_way(ctx.settings)
    return [] if refused is None or following is None else [_went_over(ctx.settings, refused, following)]


def _refused(ctx: Context, following: fallback.Way) -> DatabaseUnreachable | None:
    """Why the way that is taken is closed, where the next one is open; else None."""
    from iahome_fix.facts.connection import data_api_serves

    try:
        ctx.database.read(sql.load("checks/who_am_i"))
    except ToolError as error:
        closed = fallback.as_closed(error)
        return closed if closed and (following.sql or data_api_serves(ctx)) else None
    return None


def _go_over(frame: Frame, refused: DatabaseUnreachable, following: fallback.Way) -> None:
    settings = frame.settings
    went = _went_over(settings, refused, following)
    frame.settings = replace(settings, passed_over=(*settings.passed_over, went.closed))
    frame.went_over.append(went)
    if frame.common.json:
        return
    frame.err.note(_("warning:"), went.sentence, "warn")
    for line in (went.lacks, went.closed.hint):
        if line:
            frame.err.line(line, "quiet", indent=9)


def _went_over(settings: Settings, refused: DatabaseUnreachable, following: fallback.Way) -> WentOver:
    from iahome_fix.checks.supabase.database import mended
    from iahome_fix.settings.model import PassedOver

    variable = fallback.first_way(settings) or names.DATABASE_URL
    closed = PassedOver(variable, refused.reason, refused.message, mended(settings, refused))
    return WentOver(closed, following.label, _lacks(following))


def _lacks(following: fallback.Way) -> str | None:
    if following.sql:
        return None
    return _(
        "what this way cannot do is left out: the schema, rights and policies, whatever has to change two"
        " rows at once, and in module_access undo"
    )


def _another_database(refused: DatabaseUnreachable, following: fallback.Way) -> UsageError:
    return UsageError(
        "another-database",
        _(
            "{reason}; {way} may lead to another database than SUPABASE_DB_URL, so nothing is changed there"
            " without a person who says yes"
        ).format(reason=refused.message, way=following.label),
        _(
            "run it at a terminal without --yes, or correct SUPABASE_DB_URL, or take it out of the"
            " env file if the project of the Supabase URL is meant"
        ),
    )
