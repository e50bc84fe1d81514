"""Over generated shops: after a repair nobody sees what was not theirs, and what others made is as it was."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from iahome_fix.domain.terms import usual
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.backfill import backfill
from iahome_fix.repairs.journal.run import new_run_id
from iahome_fix.repairs.migrate import in_sight, migrate
from iahome_fix.repairs.migrate.right_uses import Uses
from iahome_fix.repairs.migrate.taken import Taken
from iahome_fix.repairs.reconcile import reconcile
from iahome_fix.repairs.reconcile.plan import TO_CREATE, ReconcilePlan, Sold
from iahome_fix.sandbox.databases import DatabaseFactory
from iahome_fix.sandbox.stripe import StripeStandIn, StripeState
from iahome_fix.systems.postgres import PostgresDatabase
from tests.repairs.policy_sets import (
    OWNERS,
    VISITORS,
    Shop,
    of_others,
    rights,
    seen,
    set_up,
    shops,
)
from tests.repairs.repair_support import command, value
from tests.sessions import execute

SETS = 208
SEED = 20261130
NOT_LOOKED_AT = Uses()
ROWS = 9
ALL = 2**31 - 1


@pytest.fixture(scope="module")
def place(databases: DatabaseFactory) -> Iterator[tuple[str, str, str]]:
    """A database, a role of the shop's own, and a group that authenticated belongs to."""
    dsn = databases.create("since")
    superuser = databases.superuser(dsn)
    custom, group = f"report_{random.getrandbits(32):x}", f"members_{random.getrandbits(32):x}"
    version = int(value(superuser, "select current_setting('server_version_num')"))
    execute(
        superuser,
        f"create role {custom} nologin",
        f"create role {group} nologin",
        f"grant {group} to authenticated" + (" with inherit true" if version >= 160000 else ""),
        f"grant {custom} to postgres",
    )
    execute(
        dsn,
        "insert into public.modules (id, title) values (6, 'a'), (13, 'b'), (15, 'c'), (19, 'd')",
        *(
            f"insert into auth.users (id, email) values ('{owner}', 'o{n}@example.test')"
            for n, owner in enumerate(OWNERS)
        ),
        f"grant usage on schema public to {custom}",
    )
    yield dsn, custom, group
    databases.drop(dsn)
    execute(databases.superuser("dbname=postgres"), f"drop role {custom}", f"drop role {group}")


@pytest.mark.parametrize("part", [0, 2, *(pytest.param(n, marks=pytest.mark.wide) for n in (1, 3))])
def test_no_repair_shows_anybody_what_was_not_theirs(place: tuple[str, str, str], part: int) -> None:
    dsn, custom, group = place
    tried = 0
    with (
        closing(PostgresDatabase(dsn, label="test", timeout=10)) as database,
        psycopg.connect(dsn, autocommit=True) as connection,
    ):
        for shop in shops(SETS, SEED, custom, group):
            if shop.number % 4 == part:
                set_up(connection, shop, custom)
                _repaired_and_taken_back(connection, database, shop, custom)
                tried += 1
    assert tried == SETS // 4


@pytest.mark.parametrize("part", [0, *(pytest.param(n, marks=pytest.mark.wide) for n in range(1, 4))])
def test_neither_does_the_command_repair_and_undo_gives_everybody_their_sight_back(
    place: tuple[str, str, str], part: int, tmp_path: Path
) -> None:
    dsn, custom, group = place
    stripe = StripeState()
    stripe.add_session(
        created=datetime.now(UTC) - timedelta(hours=1),
        metadata={"items_ids": "19", "customer_email": "o1@example.test"},
        customer_email="o1@example.test",
        amount_total=990,
        id="cs_property",
    )
    gave = tried = 0
    with StripeStandIn(stripe) as account, psycopg.connect(dsn, autocommit=True) as connection:
        more = {
            "STRIPE_SECRET_KEY": stripe.add_key(),
            "STRIPE_API_BASE": account.url,
            "NEXT_PUBLIC_APP_URL": "http://127.0.0.1:9",
        }
        for shop in shops(SETS, SEED, custom, group):
            if shop.number % 32 == part:
                set_up(connection, shop, custom)
                tried += 1
                gave += _commanded_and_taken_back(connection, dsn, tmp_path, more, shop, custom)
    assert gave == tried >= SETS // 32


def _commanded_and_taken_back(
    connection: psycopg.Connection[Any],
    dsn: str,
    folder: Path,
    more: dict[str, str],
    shop: Shop,
    custom: str,
) -> bool:
    """Whether both who are due an access got it."""
    before, others, granted = (
        seen(connection, custom, ALL),
        of_others(connection),
        rights(connection, custom),
    )
    done = command(folder, dsn, "repair", "--yes", **more)
    (migration,) = [step for step in done.document["plan"]["steps"] if step["id"] == "migrate"]
    planned = migration["plan"]
    after = seen(connection, custom, ROWS)
    _nobody_sees_more(before, after, shop, {step["id"] for step in planned})
    said = " ".join(note for step in planned for note in step["notes"])
    _who_sees_less_was_named(before, after, said, custom, shop)
    _is_as_it_was(connection, others, shop)
    assert rights(connection, custom) == granted, shop
    made = _what_was_granted_is_its_owners(connection, before, custom, shop)

    back = command(folder, dsn, "undo", str(done.document["run_id"]), "--yes")
    assert (back.verdict, back.document["plan"]["not_undoable"]) == ("applied", []), (back, shop)
    assert seen(connection, custom, ALL) == before, shop
    _is_as_it_was(connection, others, shop)
    return made == 2


def _repaired_and_taken_back(
    connection: psycopg.Connection[Any], database: PostgresDatabase, shop: Shop, custom: str
) -> None:
    before, others, granted = (
        seen(connection, custom, ROWS),
        of_others(connection),
        rights(connection, custom),
    )
    plan = in_sight.with_notes(database, migrate.plan(database), NOT_LOOKED_AT)
    taken = Taken()
    migrate.apply(database, plan, run_id=new_run_id(), taken=taken)
    after = seen(connection, custom, ROWS)
    _nobody_sees_more(before, after, shop, set(taken.steps))
    said = " ".join(note for step in plan.steps for note in step.notes)
    _who_sees_less_was_named(before, after, said, custom, shop)
    _is_as_it_was(connection, others, shop)
    assert rights(connection, custom) == granted, shop
    if shop.number % 3 == 0:
        assert migrate.plan(database).verdict == "nothing-to-do", shop

    tokens = backfill.plan(database, MODULE_ACCESS)
    assert tokens.to_create == 1
    backfill.apply(database, tokens, new_run_id())
    assert reconcile.apply(database, _paid(), new_run_id()) == 1
    assert seen(connection, custom, ROWS) == after, shop
    assert _what_was_granted_is_its_owners(connection, after, custom, shop) == 2
    _is_as_it_was(connection, others, shop)
    connection.execute(b"delete from public.module_access where module_id = 19")

    for part in taken.parts:
        for statement in part["inverse"]:
            connection.execute(str(statement).encode())
    _is_as_it_was(connection, others, shop)
    assert seen(connection, custom, ROWS) == before, shop


def _paid() -> ReconcilePlan:
    """The second owner paid for a module that no row is for."""
    now = datetime.now(UTC)
    sold = Sold(
        "cs_property", "19", ("o1@example.test",), None, 990, "eur", now, now, now + timedelta(hours=72),
        TO_CREATE, OWNERS[1],
    )  # fmt: skip
    return ReconcilePlan(
        usual(now, MODULE_ACCESS.term.usual), now, "live", {TO_CREATE: 1}, {}, (sold,), MODULE_ACCESS
    )


def _what_was_granted_is_its_owners(
    connection: psycopg.Connection[Any],
    before: dict[str, frozenset[int] | None],
    custom: str,
    shop: Shop,
) -> int:
    """Who saw nobody else's rows sees none of those that the runs made for others; how many there are."""
    made = dict(
        connection.execute(
            "select id, user_id::text from public.module_access where id > %s", (ROWS,)
        ).fetchall()
    )
    now = seen(connection, custom, ALL)
    for visitor in VISITORS:
        first = 3 * OWNERS.index(visitor) + 1 if visitor in OWNERS else 0
        own = frozenset(range(first, first + 3)) if first else frozenset[int]()
        if (before[visitor] or frozenset()) <= own:
            new = (now[visitor] or frozenset()) & made.keys()
            assert {made[row] for row in new} <= {visitor}, (visitor, shop)
    return len(made)


def _nobody_sees_more(
    before: dict[str, frozenset[int] | None],
    after: dict[str, frozenset[int] | None],
    shop: Shop,
    run: set[str],
) -> None:
    """`run`: the steps that were taken; only with a policy or right of it does an owner see more."""
    opened = run & {"130_owner_policy", "145_customers_select"}
    for visitor in VISITORS:
        more = (after[visitor] or frozenset()) - (before[visitor] or frozenset())
        own: frozenset[int] = frozenset()
        if opened and visitor in OWNERS:
            first = 3 * OWNERS.index(visitor) + 1
            own = frozenset(range(first, first + 3))
        assert more <= own, (visitor, more, shop)


def _who_sees_less_was_named(
    before: dict[str, frozenset[int] | None],
    after: dict[str, frozenset[int] | None],
    said: str,
    custom: str,
    shop: Shop,
) -> None:
    for visitor in VISITORS:
        if (before[visitor] or frozenset()) - (after[visitor] or frozenset()):
            role = {"anon": "anon", "custom": custom}.get(visitor, "authenticated")
            assert f"{role} " in said or f"{role}," in said, (visitor, said, shop)


def _is_as_it_was(
    connection: psycopg.Connection[Any], others: dict[str, list[tuple[Any, ...]]], shop: Shop
) -> None:
    now = of_others(connection)
    for part, rows in others.items():
        assert set(rows) <= set(now[part]), (part, shop)
