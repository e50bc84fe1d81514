"""The two ways of a backfill: SQL where it can be run, the Data API where it is all there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from iahome_fix.cli import rows_on_record
from iahome_fix.cli.servers_key import api_label, require_servers_key
from iahome_fix.repairs.backfill import backfill
from iahome_fix.repairs.backfill import over_api as backfill_api
from iahome_fix.systems.open import has_only_data_api

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iahome_fix.cli.frame import Frame
    from iahome_fix.cli.recording import Changes
    from iahome_fix.errors import ToolError
    from iahome_fix.facts.context import Context
    from iahome_fix.repairs.backfill.backfill import BackfillPlan, ListedToken
    from iahome_fix.repairs.units import Note, Wrote


@dataclass(frozen=True)
class Applied:
    """Rows that were made and ended, and why not all of them."""

    created: int
    ended: int = 0
    stop: ToolError | None = None


class Way(Protocol):
    """Plans a backfill, then applies that plan."""

    @property
    def label(self) -> str:
        """What is written to, for a person."""

    def plan(self, *, include_expired: bool, restore: Sequence[str] = ()) -> BackfillPlan:
        """Count what each active token is due. Raises Refused, CouldNotTell."""

    def listed(self) -> tuple[ListedToken, ...]:
        """The tokens of the plan that get nothing."""

    def apply(self, run_id: str, changes: Changes) -> Applied:
        """Apply the plan and note in `changes` what `undo` has to know. Raises ToolError when nothing was
        written."""


def way(frame: Frame, ctx: Context) -> Way:
    """The way for these settings: SQL if any is configured, also when it turns out not to work."""
    return _OverApi(frame, ctx) if has_only_data_api(frame.settings) else _OverSql(frame, ctx)


class _OverSql:
    def __init__(self, frame: Frame, ctx: Context) -> None:
        self._frame, self._ctx = frame, ctx

    @property
    def label(self) -> str:
        return self._ctx.database.label

    def plan(self, *, include_expired: bool, restore: Sequence[str] = ()) -> BackfillPlan:
        self._plan = backfill.plan(
            self._ctx.database,
            self._ctx.profile,
            include_expired=include_expired,
            restore=restore,
            on_wait=self._frame.say,
        )
        return self._plan

    def listed(self) -> tuple[ListedToken, ...]:
        return backfill.listed(
            self._ctx.database,
            self._plan.profile,
            include_expired=self._plan.include_expired,
            restore=self._plan.restore,
        )

    def apply(self, run_id: str, changes: Changes) -> Applied:
        db, plan = self._ctx.database, self._plan

        def work(wrote: Wrote, note: Note) -> int:
            return backfill.apply(db, plan, run_id, self._frame.say, wrote, note)

        created, stop = rows_on_record.write(db, plan.profile, changes, run_id, plan.to_create, work)
        return Applied(created, stop=stop)


class _OverApi:
    def __init__(self, frame: Frame, ctx: Context) -> None:
        self._frame, self._ctx = frame, ctx

    @property
    def label(self) -> str:
        return api_label(self._frame.settings)

    def plan(self, *, include_expired: bool, restore: Sequence[str] = ()) -> BackfillPlan:
        require_servers_key(self._ctx)
        self._plan = backfill_api.plan(
            self._ctx.data_api,
            self._ctx.profile,
            include_expired=include_expired,
            restore=restore,
            on_read=self._say,
        )
        return self._plan.counts

    def listed(self) -> tuple[ListedToken, ...]:
        return self._plan.skipped

    def apply(self, run_id: str, changes: Changes) -> Applied:
        api, plan = self._ctx.data_api, self._plan
        if plan.counts.profile.is_guides:
            done = backfill_api.apply(api, plan, run_id, on_progress=self._say)
            changes["rows"] = done.on_record()
            return Applied(done.created, done.ended, done.stop)
        keep = rows_on_record.keeping(plan.counts.profile, changes)
        given = backfill_api.apply_bare(api, plan, run_id, keep, on_progress=self._say)
        return Applied(given.created, given.ended, given.stop)

    def _say(self, text: str) -> None:
        self._frame.say(text, "quiet")
