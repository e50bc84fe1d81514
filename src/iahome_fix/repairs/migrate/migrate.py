"""Brings `module_access` to the target shape: plan, then apply that plan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from iahome_fix.errors import PartlyApplied, Refused, ToolError
from iahome_fix.i18n import _, joined, labelled
from iahome_fix.repairs.migrate import concurrently, event_triggers, unheard
from iahome_fix.repairs.migrate import unit as migrate_unit
from iahome_fix.repairs.migrate.obstacles import obstacle
from iahome_fix.repairs.migrate.plan import MigrationPlan, Step
from iahome_fix.repairs.migrate.taken import Taken
from iahome_fix.repairs.patience import patiently, quiet, refused, untold
from iahome_fix.schema import now_words
from iahome_fix.schema.requirements import (
    CHANGE_TYPES,
    DUPLICATES,
    PLAIN,
    REFUSALS,
    RELOAD,
    STATE_ELSEWHERE,
    TYPES_IN_USE,
    Requirement,
    Shape,
    Survey,
    requirement,
    requirements,
    steps,
    survey,
)
from iahome_fix.systems.database import Database, Row
from iahome_fix.systems.database_errors import OutcomeUnknown, SqlError, TooLong

LONGER = "--stop-sales-for"
"""The option of migrate by which sales may wait for its transaction longer than usual."""


def plan(db: Database, on_wait: Callable[[str], None] = quiet, shape: Shape = PLAIN) -> MigrationPlan:
    """What is missing from the target shape, as it was asked for. Reads only.

    Raises CouldNotTell, and Refused when a table stays locked by another session.
    """
    try:
        found = patiently(lambda: survey(db, shape), on_wait)
        planned = _plan(found, shape)
        if planned.steps:
            planned = replace(planned, left=(*planned.left, *event_triggers.noted(db)))
        beside = any(step.id in concurrently.STEPS for step in planned.steps)
        return _beside_the_shop(db, planned) if beside and concurrently.is_wanted(db) else planned
    except SqlError as error:
        raise untold(error) from None


def plan_reload() -> MigrationPlan:
    """Only the reload of the Data API's picture of the schema."""
    return MigrationPlan((_step(requirement(RELOAD), _("asked for")),), ())


def apply(
    db: Database,
    agreed: MigrationPlan,
    on_wait: Callable[[str], None] = quiet,
    *,
    run_id: str = "",
    taken: Taken | None = None,
    longest: float | None = None,
) -> tuple[str, ...]:
    """Apply the plan in one transaction; returns the ids of the steps that were needed.

    Steps that somebody else took meanwhile are left out; a step that the plan did not hold is refused.
    A lock that is not free in time is tried again a few times (`on_wait` hears of it).
    On a large table the duplicates are ended first, in a transaction that stops nobody, and indexes are built
    last, beside the running shop. `longest`: seconds that sales may wait for it (15 if not given). `taken`
    gets what is applied as it is applied, for when it ends in between.
    Raises Refused when nothing was changed: a lock was not to be had, the schema is not as planned, or a
    statement did not do what its requirement says. Raises PartlyApplied when that came after the transaction.
    """
    if agreed.obstacles:
        raise Refused("refused", joined(*agreed.obstacles))
    so_far = taken or Taken()
    done = so_far.steps

    def unit(parts: Sequence[Step], without: Collection[str] = ()) -> None:
        if not parts:
            return
        heard: list[migrate_unit.Applied] = []

        def witness(decided: migrate_unit.Applied) -> None:
            heard[:] = [decided]
            so_far.decide(decided.done, decided.parts)

        before = migrate_unit.look(db) if db.in_one_request else []
        so_far.leaves(unheard.noted(before))
        work = partial(
            _apply_once, db, parts, agreed.shape, run_id, without, longest, tuple(so_far.parts), witness
        )
        try:
            applied = patiently(work, on_wait)
        except OutcomeUnknown as unknown:
            expected = heard[0] if heard else None
            found = _what_became(db, parts, agreed.shape, before, expected)
            if found is None:
                raise unknown from None
            applied = found
        except ToolError:
            so_far.leaves(())
            so_far.note()  # what was about to be decided is not there
            raise
        so_far.add(applied.done, applied.parts)

    def end_duplicates() -> None:
        others = {r.id for r in requirements(agreed.shape)} - {DUPLICATES, REFUSALS}
        unit([_step(requirement(DUPLICATES), _("two active rows for one customer and module"))], others)

    beside = [step.id for step in agreed.steps if step.concurrently]
    try:
        if not beside:
            unit(agreed.steps)
            return tuple(done)
        if agreed.steps[0].id == DUPLICATES:
            end_duplicates()
        rest = [s for s in agreed.steps if not s.concurrently and (s.id != DUPLICATES or not done)]
        unit(rest, concurrently.STEPS | ({DUPLICATES} - {step.id for step in rest}))
    except (SqlError, Refused, TooLong) as error:
        stop = refused(error, db) if isinstance(error, SqlError) else error
        if isinstance(stop, TooLong):
            stop = _too_long(stop)
        raise (_after_duplicates(stop) if done else stop) from None
    concurrently.run(db, beside, tell=on_wait, end_duplicates=end_duplicates, taken=so_far)
    return tuple(done)


def _what_became(
    db: Database,
    parts: Sequence[Step],
    shape: Shape,
    before: Sequence[Row],
    expected: migrate_unit.Applied | None,
) -> migrate_unit.Applied | None:
    try:
        return migrate_unit.what_became(db, parts, shape, before, expected)
    except ToolError:
        return None


def _too_long(stop: TooLong) -> Refused:
    """The steps of one transaction need longer than sales may wait for them."""
    return Refused(
        "too-long",
        _("the steps take longer than {seconds} s, for which nobody could buy; nothing was changed").format(
            seconds=f"{stop.seconds:g}"
        ),
        _("at an hour when nobody buys, give them longer: the same command with {option} 300").format(
            option=LONGER
        ),
    )


def _after_duplicates(stop: Refused) -> PartlyApplied:
    """On a large table the duplicates are ended in a transaction before the one that was refused."""
    return PartlyApplied(
        stop.code,
        _("the duplicates are deactivated; of the rest nothing was applied: {reason}").format(
            reason=stop.because
        ),
        stop.hint or _("run the same command again"),
    )


def _apply_once(
    db: Database,
    parts: Sequence[Step],
    shape: Shape,
    run_id: str,
    without: Collection[str],
    longest: float | None,
    earlier: Sequence[Mapping[str, Any]],
    witness: Callable[[migrate_unit.Applied], None],
) -> migrate_unit.Applied:
    applied = migrate_unit.run(
        db,
        parts,
        shape,
        run_id=run_id,
        without=without,
        longest=longest,
        earlier=earlier,
        witness=witness,
    )
    stop = applied.stop
    if stop is None:
        return applied
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


def _plan(found: Survey, shape: Shape) -> MigrationPlan:
    in_the_way = (
        *found[REFUSALS],
        *(found[TYPES_IN_USE] if shape.change_types else ()),
        *found[STATE_ELSEWHERE],
    )
    obstacles = tuple(obstacle(gap) for gap in in_the_way)
    if obstacles:
        return MigrationPlan((), obstacles, shape)
    missing = [r for r in steps(shape) if r.id != RELOAD and found[r.id]]
    needed = [_step(r, now_words.now(r.id, found[r.id])) for r in missing]
    if needed:
        needed.append(_step(requirement(RELOAD), _("the Data API knows the tables as they were before")))
    unmet = frozenset(r.id for r in requirements(shape) if found[r.id] and not r.is_asked_for(shape))
    return MigrationPlan(tuple(needed), (), shape, tuple(_left(found, shape)), unmet)


def _left(found: Survey, shape: Shape) -> Iterator[str]:
    """What stays as it is: what others made, with the statement that changes it, and types."""
    for r in requirements(shape):
        if r.id == TYPES_IN_USE or r.is_asked_for(shape):
            continue
        for gap in found[r.id]:
            said = labelled(gap.where, gap.what)
            if r.by_hand:
                yield _("{what}; if you want it changed, in the SQL editor: {statement}").format(
                    what=said, statement=gap.statement
                )
            else:
                yield _("{what}: another type cannot be undone; {option} changes it").format(
                    what=said, option=CHANGE_TYPES
                )


def _step(needed: Requirement, reason: str) -> Step:
    return Step(needed.id, needed.title, needed.repair, reason, undoable=needed.undoable)


def _beside_the_shop(db: Database, planned: MigrationPlan) -> MigrationPlan:
    """The same plan for a large table: what can be done without stopping sales comes last, by itself."""
    known: dict[str, list[str]] = {}
    for row in concurrently.statements(db):
        known.setdefault(row["requirement"], []).append(f"{row['statement']};")
    found = []
    for step in planned.steps:
        if step.id in concurrently.STEPS:
            text = "\n".join(known.get(step.id, [step.sql]))
            found.append(replace(step, concurrently=True, sql=text))
        elif step.id in concurrently.REWRITES:
            wait = _(
                "the table is large: who buys waits until it is written anew, 15 s at most without {option}"
            ).format(option=LONGER)
            found.append(replace(step, reason=joined(step.reason, wait)))
        else:
            found.append(step)
    if all(step.concurrently or step.id == RELOAD for step in found):
        # The Data API's picture of the schema holds no indexes.
        found = [step for step in found if step.concurrently]
    # Ending duplicates stops nobody, unless a statement before it in the same transaction did.
    early = () if any(step.id in concurrently.REWRITES for step in found) else (DUPLICATES,)
    ordered = sorted(found, key=lambda step: (step.concurrently, step.id not in early))
    return replace(planned, steps=tuple(ordered))
