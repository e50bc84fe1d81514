"""Brings `module_access` to the target shape (design, section 5): plan, then apply that plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from iahome_fix.errors import Refused
from iahome_fix.i18n import N_, _
from iahome_fix.repairs import migrate_unit
from iahome_fix.repairs.patience import patiently, quiet, refused, untold
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
    "in-use": N_(
        "the type of {detail} has to change, and PostgreSQL changes none that is in use like this:"
        " drop that by hand, migrate, then make it again"
    ),
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
    """What `migrate` will do; the dry run shows it and `apply` consumes it.

    `anon_writes`: with the bridge for a webhook that writes with the public key. `warning`: what the operator
    has to know before agreeing.
    """

    steps: tuple[Step, ...]
    obstacles: tuple[str, ...]
    anon_writes: bool = False
    warning: str | None = None

    @property
    def verdict(self) -> str:
        if self.obstacles:
            return "refused"
        return "planned" if self.steps else "nothing-to-do"


def plan(db: Database, on_wait: Callable[[str], None] = quiet, *, anon_writes: bool = False) -> MigrationPlan:
    """What is missing from the target shape, or from the one with the bridge. Reads only.

    Raises CouldNotTell, and Refused when a table stays locked by another session.
    """
    try:
        found = patiently(lambda: survey(db, anon_writes=anon_writes), on_wait)
        return _plan(found, anon_writes=anon_writes)
    except SqlError as error:
        raise untold(error) from None


def plan_reload() -> MigrationPlan:
    """Only the reload of the Data API's picture of the schema."""
    reload = requirement(RELOAD)
    return MigrationPlan((Step(reload.id, reload.title, reload.repair, _("asked for")),), ())


def apply(db: Database, agreed: MigrationPlan, on_wait: Callable[[str], None] = quiet) -> tuple[str, ...]:
    """Apply the plan in one transaction; returns the ids of the steps that were needed.

    Steps that somebody else took meanwhile are left out; a step that the plan did not hold is refused.
    A lock that is not free in time is tried again a few times (`on_wait` hears of it).
    Raises Refused when nothing was changed: a lock was not to be had, the schema is not as planned, or a
    statement did not do what its requirement says.
    """
    if agreed.obstacles:
        raise Refused("refused", agreed.obstacles[0])
    try:
        return patiently(lambda: _apply_once(db, agreed), on_wait)
    except SqlError as error:
        raise refused(error) from None


def _apply_once(db: Database, agreed: MigrationPlan) -> tuple[str, ...]:
    applied = migrate_unit.run(db, agreed.steps, anon_writes=agreed.anon_writes)
    stop = applied.stop
    if stop is None:
        return applied.done
    if stop.why == "refused":
        raise Refused("refused", obstacle(stop.gap))
    title = _(requirement(stop.requirement).title)
    if stop.why == "changed":
        raise Refused(
            "changed",
            _("the schema changed since the plan was shown ({what}); nothing was changed").format(what=title),
            _("run the same command again"),
        )
    raise Refused(
        "not-reached",
        _("after all steps this still does not hold: {what}; nothing was changed").format(what=title),
    )


def _plan(found: Survey, *, anon_writes: bool) -> MigrationPlan:
    obstacles = tuple(obstacle(gap) for gap in found[REFUSALS])
    if obstacles:
        return MigrationPlan((), obstacles)
    steps = [
        Step(r.id, r.title, r.repair, _reason(found[r.id]))
        for r in requirements(anon_writes=anon_writes)
        if r.repair and r.id != RELOAD and found[r.id]
    ]
    if steps:
        reload = requirement(RELOAD)
        steps.append(Step(reload.id, reload.title, reload.repair, _("the schema changes")))
    return MigrationPlan(tuple(steps), (), anon_writes)


def _reason(gaps: tuple[Gap, ...]) -> str:
    shown = ", ".join(f"{gap.item}: {gap.detail}" for gap in gaps[:6])
    more = len(gaps) - 6
    return shown + (_(" and {count} more").format(count=more) if more > 0 else "")


def first_gap(found: Survey, needed: Sequence[str]) -> str | None:
    """The first of the needed requirements that does not hold, in a sentence; None when all do."""
    for key in needed:
        for gap in found[key]:
            if key != REFUSALS:
                return _("this does not hold yet: {title} ({item}: {detail})").format(
                    title=_(requirement(key).title), item=gap.item, detail=gap.detail
                )
            # A type that cannot be changed is in the way of a migration, not of writing rows.
            if gap.item != "in-use":
                return obstacle(gap)
    return None


def obstacle(gap: Gap) -> str:
    """Why nothing can be done as long as this refusal (requirement 000) holds, in a sentence."""
    return _(_OBSTACLES[gap.item]).format(detail=gap.detail)
