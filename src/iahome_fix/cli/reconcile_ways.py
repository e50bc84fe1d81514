"""The two ways of a reconcile: SQL where it can be run, the Data API where it is all there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from iahome_fix.cli import rows_on_record
from iahome_fix.cli.servers_key import api_label, require_servers_key
from iahome_fix.repairs.reconcile import over_api as reconcile_api
from iahome_fix.repairs.reconcile import reconcile

if TYPE_CHECKING:
    from iahome_fix.cli.frame import Frame
    from iahome_fix.cli.recording import Changes
    from iahome_fix.domain.terms import Terms
    from iahome_fix.errors import ToolError
    from iahome_fix.facts.context import Context
    from iahome_fix.repairs.reconcile.plan import ReconcilePlan
    from iahome_fix.repairs.units import Note, Wrote


@dataclass(frozen=True)
class Applied:
    """Rows that were made, and why not all of them."""

    created: int
    stop: ToolError | None = None


class Way(Protocol):
    """Plans a reconcile, then applies that plan."""

    @property
    def label(self) -> str:
        """What is written to, for a person."""

    def plan(self, terms: Terms, on_read: Callable[[int], None]) -> ReconcilePlan:
        """What each paid session is due; `on_read` hears how many were read. Raises Refused, CouldNotTell."""

    def apply(self, plan: ReconcilePlan, run_id: str, changes: Changes) -> Applied:
        """Apply the plan and note in `changes` what `undo` has to know. Raises ToolError when nothing was
        written."""


def way(frame: Frame, ctx: Context) -> Way:
    """The way for these settings: SQL if any is configured, also when it turns out not to work."""
    return _OverApi(frame, ctx) if ctx.only_data_api else _OverSql(frame, ctx)


class _OverSql:
    def __init__(self, frame: Frame, ctx: Context) -> None:
        self._frame, self._ctx = frame, ctx

    @property
    def label(self) -> str:
        return self._ctx.database.label

    def plan(self, terms: Terms, on_read: Callable[[int], None]) -> ReconcilePlan:
        ctx = self._ctx
        return reconcile.plan(
            ctx.database, ctx.stripe, terms, ctx.profile, on_read=on_read, on_wait=self._frame.say
        )

    def apply(self, plan: ReconcilePlan, run_id: str, changes: Changes) -> Applied:
        db = self._ctx.database

        def work(wrote: Wrote, note: Note) -> int:
            return reconcile.apply(db, plan, run_id, on_wait=self._frame.say, wrote=wrote, note=note)

        return Applied(*rows_on_record.write(db, plan.profile, changes, run_id, plan.to_create, work))


class _OverApi:
    def __init__(self, frame: Frame, ctx: Context) -> None:
        self._frame, self._ctx = frame, ctx

    @property
    def label(self) -> str:
        return api_label(self._frame.settings)

    def plan(self, terms: Terms, on_read: Callable[[int], None]) -> ReconcilePlan:
        require_servers_key(self._ctx)
        ctx = self._ctx
        return reconcile_api.plan(
            ctx.data_api, ctx.stripe, terms, ctx.profile, on_read=on_read, say=self._say
        )

    def apply(self, plan: ReconcilePlan, run_id: str, changes: Changes) -> Applied:
        if plan.profile.is_guides:
            done = reconcile_api.apply(self._ctx.data_api, plan, run_id, say=self._say)
            changes["rows"] = done.on_record()
            return Applied(done.created, done.stop)
        keep = rows_on_record.keeping(plan.profile, changes)
        given = reconcile_api.apply_bare(self._ctx.data_api, plan, run_id, keep, say=self._say)
        return Applied(given.created, given.stop)

    def _say(self, text: str) -> None:
        self._frame.say(text, "quiet")
