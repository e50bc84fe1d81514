"""Brings `module_access` to the target shape (design, section 5): plan, then apply that plan."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from iahome_fix.errors import Refused
from iahome_fix.i18n import N_, _
from iahome_fix.repairs.requirements import (
    REFUSALS,
    RELOAD,
    Gap,
    Survey,
    requirement,
    requirements,
    survey,
)
from iahome_fix.systems.database import Database, SqlError

_LOCK_NOT_AVAILABLE = "55P03"
_TRIES = 4

_OBSTACLES = {
    "not-a-table": N_(
        "module_access is a {detail}, not a table: rename or drop it by hand after looking at what reads it"
    ),
    "no-modules": N_("the table {detail} does not exist: without it there is nothing to give access to"),
    "modules-without-key": N_(
        "{detail} has neither a primary key nor a unique index: no foreign key can refer to it"
    ),
    "no-role": N_("the role {detail} does not exist: this is not a Supabase database"),
    "not-owner": N_("module_access belongs to {detail}: connect as that role"),
    "odd-column": N_("module_access has the column {detail}, a type that cannot be converted safely"),
}


@dataclass(frozen=True)
class Step:
    """One requirement that is not met: the statements that meet it, and why."""

    id: str
    title: str
    sql: str
    reason: str


@dataclass(frozen=True)
class MigrationPlan:
    """What `migrate` will do; the dry run shows it and `apply` consumes it."""

    steps: tuple[Step, ...]
    obstacles: tuple[str, ...]

    @property
    def verdict(self) -> str:
        if self.obstacles:
            return "refused"
        return "planned" if self.steps else "nothing-to-do"


def plan(db: Database) -> MigrationPlan:
    """What is missing from the target shape. Reads only. Raises CouldNotTell and SqlError."""
    return _plan(survey(db))


def plan_reload() -> MigrationPlan:
    """Only the reload of the Data API's picture of the schema."""
    reload = requirement(RELOAD)
    return MigrationPlan((Step(reload.id, reload.title, reload.repair, _("asked for")),), ())


def apply(
    db: Database, agreed: MigrationPlan, on_wait: Callable[[str], None] = lambda _text: None
) -> tuple[str, ...]:
    """Apply the plan in one transaction; returns the ids of the steps that were needed.

    Steps that somebody else took meanwhile are left out; a step that the plan did not hold is refused.
    A lock that is not free in time is tried again a few times (`on_wait` hears of it).
    Raises Refused when nothing was changed: a lock was not to be had, the schema is not as planned, or a
    statement did not do what its requirement says.
    """
    if agreed.obstacles:
        raise Refused("refused", agreed.obstacles[0])
    for attempt in range(1, _TRIES + 1):
        try:
            return _apply_once(db, agreed)
        except SqlError as error:
            if error.sqlstate != _LOCK_NOT_AVAILABLE:
                raise _refused(error) from None
            if attempt == _TRIES:
                break
            on_wait(_("a table is in use by somebody else; trying again"))
            time.sleep(attempt)
    raise Refused(
        "locked",
        _("a table stayed in use by another session; nothing was changed"),
        _("run the same command again at a quieter moment"),
    )


def _apply_once(db: Database, agreed: MigrationPlan) -> tuple[str, ...]:
    planned = {step.id: step for step in agreed.steps}
    done: list[str] = []
    with db.write() as transaction:
        now = _plan(survey(transaction))
        if now.obstacles:
            raise Refused("refused", now.obstacles[0])
        strangers = [step.title for step in now.steps if step.id not in planned]
        if strangers:
            raise Refused(
                "changed",
                _("the schema changed since the plan was shown ({what}); nothing was changed").format(
                    what=strangers[0]
                ),
                _("run the same command again"),
            )
        needed = [step.id for step in now.steps] or [key for key in planned if key == RELOAD]
        for step_id in needed:
            transaction.run(planned[step_id].sql)
            done.append(step_id)
        if now.steps:
            left = [requirement(key).title for key, gaps in survey(transaction).items() if gaps]
            if left:
                raise Refused(
                    "not-reached",
                    _("after all steps this still does not hold: {what}; nothing was changed").format(
                        what=_(left[0])
                    ),
                )
    return tuple(done)


def _plan(found: Survey) -> MigrationPlan:
    obstacles = tuple(_obstacle(gap) for gap in found[REFUSALS])
    if obstacles:
        return MigrationPlan((), obstacles)
    steps = [
        Step(r.id, r.title, r.repair, _reason(found[r.id]))
        for r in requirements()
        if r.repair and r.id != RELOAD and found[r.id]
    ]
    if steps:
        reload = requirement(RELOAD)
        steps.append(Step(reload.id, reload.title, reload.repair, _("the schema changes")))
    return MigrationPlan(tuple(steps), ())


def _reason(gaps: tuple[Gap, ...]) -> str:
    shown = ", ".join(f"{gap.item}: {gap.detail}" for gap in gaps[:6])
    more = len(gaps) - 6
    return shown + (_(" and {count} more").format(count=more) if more > 0 else "")


def _obstacle(gap: Gap) -> str:
    return _(_OBSTACLES[gap.item]).format(detail=gap.detail)


def _refused(error: SqlError) -> Refused:
    if error.sqlstate == "42501":
        return Refused(
            "rights",
            _("the database user may not do this: {reason}").format(reason=error.message),
            _("connect as the owner of the tables (postgres on Supabase); nothing was changed"),
        )
    return Refused(
        "sql-refused",
        _("the database refused a step ({state}): {reason}; nothing was changed").format(
            state=error.sqlstate, reason=error.message
        ),
    )
