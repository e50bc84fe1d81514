"""Undo of what was given for payments, and of runs that built upon each other."""

from __future__ import annotations

from contextlib import closing

from hypothesis import given, settings
from hypothesis import strategies as st

from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.backfill import backfill
from iahome_fix.repairs.journal.run import new_run_id
from iahome_fix.repairs.reconcile import reconcile as repair
from iahome_fix.repairs.units import Wrote
from tests.checks.app_support import EVERYBODY, App, ago
from tests.repairs.reconciling.support import ALICE, BOB, CAROL, opened, terms
from tests.repairs.undo_support import (
    HELD,
    Deed,
    Row,
    bounded,
    check,
    deeds,
    on_record,
    put,
    snapshot,
    take_back,
)

held = st.lists(
    st.builds(
        Row,
        owner=st.sampled_from(sorted(EVERYBODY.values())),
        module=st.sampled_from([6, 13]),
        ends=st.sampled_from([-30.0, 2.0, 5.0, None]),
        active=st.just(True),
        metadata=st.sampled_from(HELD),
    ),
    min_size=3,
    unique_by=lambda row: (row.owner, row.module),
    max_size=6,
)


@settings(bounded, max_examples=15)
@given(rows=held, done=deeds | st.just([]), journal=st.booleans())
def test_whatever_was_given_for_payments(rows: list[Row], done: list[Deed], journal: bool, own: App) -> None:
    assert own.dsn
    if not own.stripe.sessions:
        for email in (ALICE, BOB, CAROL):
            own.buys(email, 6, 13, pay=False, created=ago(hours=30))
    put(own.dsn, [], rows)
    with closing(opened(own)) as ctx:

        def apply() -> tuple[str, list[str]]:
            run_id, wrote = new_run_id(), Wrote()
            plan = repair.plan(ctx.database, ctx.stripe, terms(), MODULE_ACCESS)
            assert repair.apply(ctx.database, plan, run_id, wrote=wrote) == plan.to_create
            return run_id, wrote.versions

        check(own.dsn, ctx.database, done, apply, journal=journal)


def test_runs_that_built_upon_each_other_are_taken_back_the_last_first(own: App) -> None:
    """A payment replaced what the backfill gave; nothing of either is left in the end."""
    assert own.dsn
    own.buys(CAROL, 6, pay=False)
    own.sql(
        "insert into public.access_tokens (name, module_name, module_id, created_by, expires_at)"
        " values ('t', 'm', 6, %s, timezone('utc', now()) + interval '5 hours')",
        EVERYBODY[CAROL],
    )
    before = snapshot(own.dsn)
    with closing(opened(own)) as ctx:
        db = ctx.database
        first, second = new_run_id(), new_run_id()
        wrote = (Wrote(), Wrote())
        assert backfill.apply(db, backfill.plan(db, MODULE_ACCESS), first, wrote=wrote[0]) == 1
        own.sql("update public.access_tokens set is_active = false")
        after_first = snapshot(own.dsn)
        plan = repair.plan(db, ctx.stripe, terms(), MODULE_ACCESS)
        assert repair.apply(db, plan, second, wrote=wrote[1]) == 1

        of_first, of_second = on_record(first, wrote[0].versions), on_record(second, wrote[1].versions)
        early = take_back(db, first, of_first)
        assert (early.is_empty, early.rows.later, early.rows.changed) == (True, (second,), 1)
        assert any(second in reason for reason in early.not_undoable)
        take_back(db, second, of_second)
        assert snapshot(own.dsn) == after_first
        take_back(db, first, of_first)
        own.sql("update public.access_tokens set is_active = true")
        assert snapshot(own.dsn) == before


def test_nobody_gets_two_active_accesses_by_an_undo(own: App) -> None:
    assert own.dsn
    own.buys(CAROL, 6, pay=False)
    own.grant(CAROL, 6, None, -5)
    with closing(opened(own)) as ctx:
        db, run_id = ctx.database, new_run_id()
        assert repair.apply(db, repair.plan(db, ctx.stripe, terms(), MODULE_ACCESS), run_id) == 1
        own.sql("update public.module_access set expires_at = null where is_active")
        between = snapshot(own.dsn)
        plan = take_back(db, run_id, None)
    assert snapshot(own.dsn) == between
    assert (plan.rows.restorable, plan.rows.blocked, plan.rows.changed) == (0, 1, 1)
    assert any("another active access" in reason for reason in plan.not_undoable)
