"""What changed between plan and apply, and tables of every shape."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from iahome_fix.errors import Refused
from iahome_fix.facts.context import Context
from iahome_fix.repairs.migrate import migrate
from tests.checks.app_support import EVERYBODY, App, ago
from tests.repairs.reconciling.support import (
    ALICE,
    BOB,
    CAROL,
    TERM,
    apply,
    groups,
    opened,
    plan,
    rows,
)

# What changed between plan and apply


def test_nothing_is_created_that_the_plan_did_not_show(app: App) -> None:
    first = app.buys(CAROL, 15, pay=False)
    app.grant(CAROL, 15, first, 70)
    app.buys(BOB, 15, pay=False)
    found = plan(app)
    assert groups(found) == {"covered": 1, "to_create": 1}
    app.sql("delete from public.module_access")
    app.buys(ALICE, 15, pay=False)
    assert apply(app, found) == 1
    assert rows(app, "user_id") == [(EVERYBODY[BOB],)]


def test_who_was_served_meanwhile_is_left_out(app: App) -> None:
    session = app.buys(CAROL, 15, pay=False)
    found = plan(app)
    app.grant(CAROL, 15, session, 72)
    assert apply(app, found) == 0
    assert len(rows(app, "id")) == 1


def test_an_address_that_moved_to_another_account_gets_nothing(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    found = plan(app)
    app.sql("update public.profiles set email = 'x@example.test' where email = %s", CAROL)
    app.sql("update public.profiles set email = %s where email = %s", CAROL, BOB)
    assert apply(app, found) == 0


def test_a_module_that_was_deleted_meanwhile_gives_nothing(own: App) -> None:
    own.buys(CAROL, 6, 15, pay=False)
    found = plan(own)
    own.sql("delete from public.modules where id = 15")
    assert apply(own, found) == 1
    assert rows(own, "module_id") == [(6,)]


def test_an_old_plan_is_not_applied(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    found = plan(app)
    old = replace(found, made=found.made - timedelta(minutes=16))
    with pytest.raises(Refused) as refusal:
        apply(app, old)
    assert refusal.value.code == "stale"
    assert rows(app, "id") == []


# Tables of every shape


@pytest.mark.parametrize("modules", ["integer", "text", "uuid"])
@pytest.mark.parametrize("owner", ["varchar", "uuid"])
@pytest.mark.parametrize("times", ["timestamp", "timestamptz"])
def test_types_of_ids_and_times_do_not_matter(own: App, modules: str, owner: str, times: str) -> None:
    sold = "15"
    if modules != "integer":
        sold = "stablediffusion" if modules == "text" else "0f0f0f0f-0000-4000-8000-000000000015"
        own.sql("truncate public.module_access, public.access_tokens cascade")
        own.sql("drop table public.module_access, public.modules cascade")
        own.sql(f"create table public.modules (id {modules} primary key, title text not null)")
        own.sql("insert into public.modules values (%s, 'x')", sold)
        own.sql("alter table public.access_tokens alter column module_id type text")
        with closing(opened(own)) as ctx:
            _migrate(ctx)
    if owner == "uuid":
        for (name,) in own.sql(
            "select polname from pg_policy where polrelid = 'public.module_access'::regclass"
        ):
            own.sql(f'drop policy "{name}" on public.module_access')
        own.sql("alter table public.module_access alter column user_id type uuid using user_id::uuid")
    if times == "timestamptz":
        own.sql(
            "alter table public.module_access alter column expires_at type timestamptz"
            " using expires_at at time zone 'utc'"
        )
    bought = ago(hours=3)
    own.buys(CAROL, pay=False, metadata={"items_ids": sold}, amount_total=990, created=bought)
    own.sql(
        "insert into public.module_access (user_id, module_id, expires_at) select (jsonb_populate_record("
        "null::public.module_access, jsonb_build_object('user_id', %s::text))).user_id, id,"
        " timezone('utc', now()) - interval '1 day' from public.modules where id::text = %s",
        EVERYBODY[CAROL],
        sold,
    )
    found = plan(own)
    assert groups(found) == {"to_create": 1}
    assert apply(own, found) == 1
    assert groups(plan(own)) == {"covered": 1}
    (row,) = rows(own, "user_id::text, module_id::text, extract(epoch from expires_at)", "is_active")
    assert row == (EVERYBODY[CAROL], sold, int((bought + TERM).timestamp()))


def _migrate(ctx: Context) -> None:
    migrate.apply(ctx.database, migrate.plan(ctx.database))


@pytest.mark.parametrize(
    "harm",
    [
        "drop table public.module_access",
        "alter table public.module_access drop column metadata",
        "drop index public.idx_module_access_unique_user_module",
    ],
)
def test_tables_that_are_not_ready_are_refused(own: App, harm: str) -> None:
    own.sql(harm)
    with pytest.raises(Refused) as refusal:
        plan(own)
    assert refusal.value.code == "not-migrated"
    assert own.server.requests == []


def test_without_profiles_nobody_can_be_known(own: App) -> None:
    own.sql("drop table public.profiles cascade")
    with pytest.raises(Refused) as refusal:
        plan(own)
    assert refusal.value.code == "no-profiles"


def test_metadata_that_is_no_object_survives(app: App) -> None:
    app.grant(CAROL, 15, None, -5)
    app.sql("""update public.module_access set metadata = '["a list"]'""")
    app.grant(CAROL, 6, None, -5)
    app.sql("update public.module_access set metadata = null where module_id = 6")
    app.buys(CAROL, 15, 6, pay=False)
    assert apply(app, plan(app)) == 2
    before = rows(app, "metadata -> 'deactivated_before' -> 'metadata'", "not is_active")
    assert before == [(["a list"],), (None,)]
