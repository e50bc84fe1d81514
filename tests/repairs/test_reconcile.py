"""Who gets an access and who does not: plans and rows, on a real database and a real Stripe library."""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.checks import data, payments, sales
from iahome_fix.checks.context import Context
from iahome_fix.errors import Refused
from iahome_fix.model import Status
from iahome_fix.repairs import reconcile as repair
from iahome_fix.repairs.reconcile_plan import SKIPPED, ReconcilePlan, Terms
from iahome_fix.repairs.run import new_run_id
from iahome_fix.sandbox.loopback import LoopbackServer, json_response
from iahome_fix.sandbox.stripe.ids import random_text
from iahome_fix.settings import load_settings
from iahome_fix.systems.stripe_account import StripeAccount
from tests.checks.app_support import EVERYBODY, App, ago, migrated, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iahome_fix.sandbox.databases import DatabaseFactory, MakeDatabase

ALICE, BOB, CAROL = EVERYBODY
TERM = timedelta(hours=72)
PACK = {"type": "token_purchase", "tokens": "100", "tokenPackage": "large", "userId": "x"}


@pytest.fixture(scope="module")
def shared(embedded_databases: DatabaseFactory) -> Iterator[str]:
    """A migrated database for the tests that leave its tables as they are."""
    dsn = embedded_databases.create()
    migrated(dsn)
    yield dsn
    embedded_databases.drop(dsn)


@pytest.fixture
def app(tmp_path: Path, shared: str) -> Iterator[App]:
    """Three customers; nobody bought anything yet."""
    with running(tmp_path, shared) as app:
        app.empty()
        app.customers()
        yield app


@pytest.fixture
def own(tmp_path: Path, make_database: MakeDatabase) -> Iterator[App]:
    """The same in a database of its own, whose tables the test may change."""
    dsn = make_database()
    migrated(dsn)
    with running(tmp_path, dsn) as app:
        app.customers()
        yield app


def opened(app: App) -> Context:
    return Context(load_settings(folder=app.folder, environ=app.environ()), timeout=10)


def terms(**chosen: Any) -> Terms:
    return Terms(**{"since": ago(days=90), "duration": TERM, **chosen})


def plan(app: App, **chosen: Any) -> ReconcilePlan:
    with closing(opened(app)) as ctx:
        found = repair.plan(ctx.database, ctx.stripe, terms(**chosen))
    counted = found.as_json()
    assert counted["sessions"] == counted["to_create"] + counted["covered"] + sum(counted["skipped"].values())
    assert tuple(counted["skipped"]) == SKIPPED
    return found


def apply(app: App, agreed: ReconcilePlan, run_id: str | None = None) -> int:
    with closing(opened(app)) as ctx:
        return repair.apply(ctx.database, agreed, run_id or new_run_id())


def groups(found: ReconcilePlan) -> dict[str, int]:
    """The groups that are not empty, and what was left out."""
    return {name: count for name, count in found.counts.items() if count}


def rows(app: App, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    return app.sql(f"select {columns} from public.module_access where {where} order by id")


def naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)


# Who gets nothing, and who does


@pytest.mark.parametrize(
    ("session", "group"),
    [
        ({}, "to_create"),
        ({"amount_total": 0}, "to_create"),
        ({"amount_total": 0, "payment_status": "no_payment_required"}, "to_create"),
        ({"refunded": 100}, "to_create"),
        ({"payment_method_types": ["sepa_debit"]}, "to_create"),
        ({"payment_status": "unpaid", "payment_method_types": ["sepa_debit"]}, "unpaid"),
        ({"refunded": 990}, "refunded"),
        ({"disputed": True}, "disputed"),
        ({"refunded": 990, "disputed": True}, "refunded"),
        ({"created": ago(hours=73)}, "over"),
        ({"created": ago(hours=71)}, "to_create"),
        ({"customer_email": None, "metadata": {"items_ids": "15"}}, "no_email"),
        ({"customer_email": "dave@example.test"}, "unknown_customer"),
        ({"metadata": {"customer_email": CAROL}}, "no_module"),
        ({"metadata": {}}, "no_module"),
        ({"metadata": {"items_ids": "99"}}, "unknown_module"),
        ({"metadata": {"items_ids": "stable-diffusion"}}, "unknown_module"),
        ({"metadata": PACK}, "token_pack"),
        ({"metadata": {**PACK, "items_ids": "15"}}, "token_pack"),
        ({"metadata": {"packageType": "large", "tokens": "100"}, "mode": "subscription"}, "token_pack"),
        ({"created": ago(minutes=1)}, "under_way"),
        ({"mode": "subscription"}, "refund_unknown"),
        ({"payment_intent": None}, "refund_unknown"),
        ({"mode": "setup", "amount_total": None, "metadata": {}}, None),
        ({"status": "open"}, None),
        ({"status": "expired", "payment_status": "unpaid"}, None),
        ({"created": ago(days=91)}, None),
        ({"livemode": False}, None),
    ],
)
def test_each_session_is_in_one_group(app: App, session: dict[str, Any], group: str | None) -> None:
    app.buys(CAROL, 15, pay=False, **session)
    found = plan(app)
    assert groups(found) == ({group: 1} if group else {})
    created = apply(app, found)
    assert created == (1 if group == "to_create" else 0)
    assert len(rows(app, "id")) == created


@pytest.mark.parametrize(
    ("metadata", "modules"),
    [
        ({"items_ids": "6,13"}, {6, 13}),
        ({"items_ids": " 6 ,, 13, 6 ,"}, {6, 13}),
        ({"moduleId": "15", "moduleTitle": "Stable diffusion", "customerEmail": CAROL}, {15}),
        ({"items_ids": "6", "moduleId": "15"}, {6, 15}),
        ({"items": '[{"id": 6, "title": "x"}, {"module_id": "13"}, 15]'}, {6, 13, 15}),
        ({"items_ids": "6,99,13"}, {6, 13}),
        ({"items_ids": "15; drop table profiles"}, set()),
        ({"items_ids": "015"}, set()),
    ],
)
def test_modules_are_read_in_every_historical_shape(
    app: App, metadata: dict[str, str], modules: set[int]
) -> None:
    app.buys(CAROL, pay=False, metadata=metadata, amount_total=990)
    found = plan(app)
    assert apply(app, found) == len(modules)
    assert {row[0] for row in rows(app, "module_id")} == modules
    if modules:
        assert found.amount == {"eur": 990}, "a session is paid once, however many modules it has"


def test_the_row_holds_what_was_agreed(app: App) -> None:
    bought = ago(hours=30)
    session = app.buys(CAROL, 15, pay=False, created=bought, amount_total=1250, currency="usd")
    run_id = new_run_id()
    assert apply(app, plan(app), run_id) == 1
    (row,) = rows(app, "user_id, module_id, access_type, token_id, expires_at, is_active, metadata")
    assert row == (
        EVERYBODY[CAROL],
        15,
        "purchase",
        None,
        naive(bought) + TERM,
        True,
        {
            "session_id": session,
            "purchased_at": f"{naive(bought).isoformat()}Z",
            "amount": 1250,
            "payment_method": "stripe",
            "reconciled": True,
            "run_id": run_id,
        },
    )
    assert groups(plan(app)) == {"covered": 1}


def test_money_is_counted_once_per_session_and_never_across_currencies(app: App) -> None:
    app.buys(ALICE, 6, 13, pay=False)
    app.buys(BOB, 15, pay=False, amount_total=500, currency="jpy")
    app.buys(CAROL, 15, pay=False, amount_total=0)
    app.buys(CAROL, 6, pay=False, amount_total=990, refunded=990)
    found = plan(app)
    assert found.amount == {"eur": 1980, "jpy": 500}
    assert groups(found) == {"to_create": 4, "refunded": 1}


def test_the_term_begins_when_the_buyer_paid(app: App) -> None:
    session = app.buys(CAROL, 15, pay=False, created=ago(hours=80))
    paid = ago(hours=60)
    app.stripe.charge_of(session)["created"] = int(paid.timestamp())
    assert apply(app, plan(app)) == 1
    assert rows(app, "expires_at") == [(naive(paid) + TERM,)]


@pytest.mark.parametrize(
    ("duration", "from_now", "group"),
    [
        (TERM, False, "over"),
        (TERM, True, "to_create"),
        (timedelta(days=30), False, "to_create"),
        (timedelta(days=9), False, "over"),
    ],
)
def test_how_long_and_from_when_is_the_operators_choice(
    app: App, duration: timedelta, *, from_now: bool, group: str
) -> None:
    app.buys(CAROL, 15, 6, pay=False, created=ago(days=10))
    app.buys(BOB, 15, pay=False, created=ago(days=11))
    found = plan(app, duration=duration, from_now=from_now)
    assert groups(found) == {group: 3}
    assert found.over_customers == (2 if group == "over" else 0)
    assert apply(app, found) == (3 if group == "to_create" else 0)
    begins = found.made if from_now else ago(days=10)
    for (ends,) in rows(app, "expires_at", f"user_id = '{EVERYBODY[CAROL]}'"):
        assert abs(ends - naive(begins + duration)) < timedelta(seconds=5)
    assert not groups(plan(app, duration=duration, from_now=from_now)).get("to_create")


# Who the customer is


@pytest.mark.parametrize(
    ("typed", "group"),
    [
        ("Carol@Example.TEST", "to_create"),
        ("  carol@example.test ", "to_create"),
        ("carol+shop@example.test", "unknown_customer"),
        ("ca.rol@example.test", "unknown_customer"),
        ("carol@example.tes", "unknown_customer"),
        ("carol", "unknown_customer"),
        ("%@example.test", "unknown_customer"),
        ("carol@example.test\u0000", "to_create"),
    ],
)
def test_the_address_is_compared_without_case_and_outer_blanks_alone(
    app: App, typed: str, group: str
) -> None:
    app.buys(typed, 15, pay=False)
    assert groups(plan(app)) == {group: 1}


def test_what_the_buyer_typed_counts_before_what_was_prefilled(app: App) -> None:
    app.buys(ALICE, 15, pay=False, customer_details={"email": CAROL})
    app.buys("dave@example.test", 6, pay=False, metadata={"items_ids": "6", "userEmail": BOB})
    app.buys(None, 13, pay=False, metadata={"items_ids": "13", "userEmail": BOB})
    found = plan(app)
    assert groups(found) == {"to_create": 2, "unknown_customer": 1}
    assert [sold.remark for sold in found.of("unknown_customer")] == ["other_address"]
    apply(app, found)
    assert set(rows(app, "user_id, module_id")) == {(EVERYBODY[CAROL], 15), (EVERYBODY[BOB], 13)}


def test_a_profile_in_other_letters_is_the_customer(app: App) -> None:
    app.sql("update public.profiles set email = ' Carol@Example.test' where email = %s", CAROL)
    app.buys(CAROL, 15, pay=False)
    assert apply(app, plan(app)) == 1


def test_of_two_profiles_neither_is_preferred_unless_one_is_equal_letter_by_letter(app: App) -> None:
    app.sql("update public.profiles set email = 'Carol@example.test' where email = %s", BOB)
    app.buys("CAROL@example.test", 15, pay=False)
    found = plan(app)
    assert groups(found) == {"unknown_customer": 1}
    assert found.warnings == {"ambiguous_customer": 1}
    assert apply(app, found) == 0
    app.buys("Carol@example.test", 6, pay=False)
    app.buys(CAROL, 13, pay=False)
    assert apply(app, plan(app)) == 2
    assert set(rows(app, "user_id, module_id")) == {(EVERYBODY[BOB], 6), (EVERYBODY[CAROL], 13)}


# What they have


@pytest.mark.parametrize(
    ("row", "covered"),
    [
        ({"session_id": None, "hours": None}, True),
        ({"session_id": None, "hours": 72}, True),
        ({"session_id": None, "hours": 71.2}, True),
        ({"session_id": None, "hours": 60}, False),
        ({"session_id": "THE ONE", "hours": -5}, True),
        ({"session_id": "another", "hours": 10}, False),
    ],
)
def test_what_counts_as_covered(app: App, row: dict[str, Any], *, covered: bool) -> None:
    session = app.buys(CAROL, 15, pay=False)
    app.grant(CAROL, 15, session if row["session_id"] == "THE ONE" else row["session_id"], row["hours"])
    found = plan(app)
    assert groups(found) == {"covered" if covered else "to_create": 1}
    assert apply(app, found) == (0 if covered else 1)


@pytest.mark.parametrize("carries", [True, False])
def test_what_a_person_switched_off_stays_off(app: App, *, carries: bool) -> None:
    session = app.buys(CAROL, 15, pay=False)
    app.grant(CAROL, 15, session if carries else None, 80)
    app.sql("update public.module_access set is_active = false")
    found = plan(app)
    assert groups(found) == {"covered": 1}
    assert found.warnings == {"withdrawn": 1}
    assert apply(app, found) == 0
    assert rows(app, "is_active") == [(False,)]


def test_the_access_of_somebody_else_or_to_something_else_covers_nothing(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    app.grant(CAROL, 6, None, None)
    app.grant(BOB, 15, None, None)
    assert apply(app, plan(app)) == 1


def test_a_row_that_is_active_but_over_makes_way(app: App) -> None:
    app.grant(CAROL, 15, "cs_old", -5, note="kept")
    session = app.buys(CAROL, 15, pay=False)
    run_id = new_run_id()
    assert apply(app, plan(app), run_id) == 1
    (old, new) = rows(app, "id, is_active, metadata")
    assert (old[1], new[1]) == (False, True)
    assert old[2] | {"deactivated_before": None} == {
        "session_id": "cs_old",
        "note": "kept",
        "deactivated_by": "iahome-fix",
        "deactivated_because": "expired",
        "deactivated_for_session": session,
        "deactivated_run_id": run_id,
        "deactivated_before": None,
    }
    assert old[2]["deactivated_before"]["metadata"] == {"session_id": "cs_old", "note": "kept"}
    assert new[2]["replaces"] == str(old[0])


def test_a_shorter_access_is_replaced_by_the_longer_one_and_both_say_so(app: App) -> None:
    app.grant(CAROL, 15, None, 10)
    session = app.buys(CAROL, 15, pay=False)
    found = plan(app)
    assert found.warnings == {"replaces": 1}
    assert apply(app, found) == 1
    (old, new) = rows(app, "id, is_active, expires_at, metadata")
    assert (old[1], new[1]) == (False, True)
    assert old[2] < new[2]
    assert old[3]["deactivated_because"] == "replaced"
    assert old[3]["deactivated_for_session"] == session
    assert new[3]["replaces"] == str(old[0])
    assert groups(plan(app)) == {"covered": 1}


def test_nobody_is_shortened_between_plan_and_apply(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    found = plan(app)
    app.grant(CAROL, 15, None, 200)
    assert apply(app, found) == 0
    assert rows(app, "is_active") == [(True,)]


def test_a_module_that_was_bought_twice_lasts_until_the_later_term_ends(app: App) -> None:
    app.buys(CAROL, 15, pay=False, created=ago(hours=50))
    later = ago(hours=20)
    app.buys(CAROL, 15, pay=False, created=later)
    app.buys(CAROL, 15, pay=False, created=ago(days=20))
    found = plan(app)
    assert groups(found) == {"to_create": 1, "covered": 2}
    assert apply(app, found) == 1
    assert rows(app, "expires_at, is_active") == [(naive(later) + TERM, True)]
    for from_now in (False, True):
        assert groups(plan(app, from_now=from_now)) == {"covered": 3}


def test_bought_twice_and_over_is_one_access_from_now(app: App) -> None:
    app.buys(CAROL, 15, pay=False, created=ago(days=30))
    app.buys(CAROL, 15, pay=False, created=ago(days=20))
    assert groups(plan(app)) == {"over": 2}
    found = plan(app, from_now=True)
    assert groups(found) == {"to_create": 1, "covered": 1}
    assert apply(app, found) == 1
    assert abs(rows(app, "expires_at")[0][0] - naive(found.made + TERM)) < timedelta(seconds=2)
    assert groups(plan(app, from_now=True)) == {"covered": 2}


def test_a_customer_with_a_waiting_token_is_left_to_backfill(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    app.buys(BOB, 15, pay=False, created=ago(days=9))
    add = (
        "insert into public.access_tokens (name, module_id, module_name, created_by, expires_at)"
        " values ('t', 15, 'm', %s, timezone('utc', now()) + %s::interval)"
    )
    app.sql(add, EVERYBODY[CAROL], "30 days")
    app.sql(add, EVERYBODY[BOB], "-6 days")
    found = plan(app)
    assert groups(found) == {"covered": 2}
    assert found.warnings == {"waiting_token": 1}, "the other one was served by its token, which is over"


def test_without_a_table_of_tokens_the_rest_works(own: App) -> None:
    own.sql("alter table public.access_tokens drop column expires_at cascade")
    own.buys(CAROL, 15, pay=False)
    assert apply(own, plan(own)) == 1
    own.sql("drop table public.access_tokens cascade")
    own.buys(BOB, 15, pay=False)
    assert apply(own, plan(own)) == 1


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
    from iahome_fix.repairs import migrate

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


# Stripe's side


def test_payments_whose_refund_cannot_be_seen_are_granted_only_on_demand(app: App) -> None:
    app.buys(CAROL, 15, pay=False, mode="subscription")
    served = app.buys(BOB, 15, pay=False, mode="subscription")
    app.grant(BOB, 15, served, 70)
    found = plan(app)
    assert groups(found) == {"refund_unknown": 1, "covered": 1}
    assert apply(app, found) == 0
    assert apply(app, plan(app, include_unclear=True)) == 1


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [("unknown_fields", {"to_create": 1, "covered": 1}), ("null_fields", {"unpaid": 2})],
)
def test_fields_that_are_null_or_not_known_yet_grant_nothing_wrong(
    app: App, trouble: str, expected: dict[str, int]
) -> None:
    app.buys(CAROL, 15, pay=False)
    served = app.buys(BOB, 15, pay=False)
    app.grant(BOB, 15, served, 70)
    setattr(app.stripe.trouble, trouble, True)
    found = plan(app)
    assert groups(found) == expected
    assert apply(app, found) == expected.get("to_create", 0)


@pytest.mark.parametrize(
    ("prefix", "livemode", "group"),
    [
        ("sk_live_", True, "to_create"),
        ("sk_live_", False, "other_mode"),
        ("sk_test_", True, "other_mode"),
        ("sk_test_", False, "to_create"),
        ("sk_org_", True, "to_create"),
        ("sk_org_", False, "other_mode"),
    ],
)
def test_sessions_of_the_other_mode_never_count(app: App, prefix: str, *, livemode: bool, group: str) -> None:
    moment = int(ago(hours=1).timestamp())
    session = {
        "id": "cs_1",
        "created": moment,
        "livemode": livemode,
        "mode": "payment",
        "status": "complete",
        "payment_status": "paid",
        "amount_total": 990,
        "currency": "eur",
        "customer_details": {"email": CAROL},
        "metadata": {"items_ids": "15"},
        "payment_intent": {"latest_charge": {"created": moment, "amount": 990, "amount_refunded": 0}},
    }
    answer = json_response(200, {"object": "list", "data": [session], "has_more": False, "url": "/v1/x"})
    server = LoopbackServer(lambda _: answer)
    server.start()
    account = StripeAccount(prefix + random_text(24), base_url=server.url, timeout=2)
    try:
        with closing(opened(app)) as ctx:
            found = repair.plan(ctx.database, account, terms())
    finally:
        account.close()
        server.stop()
    assert groups(found) == {group: 1}


def test_thousands_of_sessions_are_one_plan(app: App) -> None:
    for number in range(4200):
        app.stripe.add_session(
            created=ago(minutes=10 + number / 2),
            customer_email=(ALICE, BOB, CAROL, "x@example.test")[number % 4],
            metadata={"items_ids": "6" if number % 8 < 4 else "6,13"},
        )
    found = plan(app)
    assert groups(found) == {
        "to_create": 6,
        "covered": 4725 - 6,
        "unknown_customer": 1575,
    }
    assert apply(app, found) == 6


# The checks mean the same


@pytest.mark.parametrize("seed", range(6))
def test_what_the_checks_say_is_owed_is_what_reconcile_creates(app: App, seed: int) -> None:
    app.sql("update public.profiles set email = 'Alice@Example.test' where email = %s", ALICE)
    emails = (ALICE, BOB, CAROL, "Bob@example.test ", "CAROL@example.test", "dave@example.test", None)
    fates: tuple[dict[str, Any], ...] = (
        {}, {}, {}, {"refunded": 990}, {"disputed": True}, {"payment_status": "unpaid"},
    )  # fmt: skip
    for number in range(30):
        # As good as random, and the same in every run.
        any_of = hashlib.sha256(f"{seed} {number}".encode()).digest()
        email, module = emails[any_of[0] % 7], (3, 6, 13, 15, 99)[any_of[1] % 5]
        hours = (1, 20, 50, 71, 73, 200, 900)[any_of[2] % 7]
        session = app.buys(email, module, pay=False, created=ago(hours=hours), **fates[any_of[3] % 6])
        if any_of[4] % 3 == 0 and module != 99:
            app.sql("update public.module_access set is_active = false")
            carried = session if any_of[5] % 2 else None
            app.grant((ALICE, BOB, CAROL)[any_of[6] % 3], module, carried, (-3, 40, 90)[any_of[7] % 3])
    app.buys(CAROL, 3, pay=False, metadata=PACK)
    app.buys(CAROL, 3, pay=False, created=ago(minutes=2))
    with closing(opened(app)) as ctx:
        owed = [sale for sale in sales.sales(ctx) if sale.owed]
        found = repair.plan(ctx.database, ctx.stripe, terms(), now=sales.now(ctx))
    due = [sold for case in ("to_create", "over") for sold in found.of(case)]
    assert {(s.session_id, s.module) for s in due} <= {(s.session.id, s.module) for s in owed}
    pairs = {(sold.user_id, sold.module) for sold in due}
    assert pairs == {(EVERYBODY[(s.session.email or "").strip().lower()], s.module) for s in owed}
    assert apply(app, plan(app, from_now=True)) == len(pairs) > 0
    report = app.run((*data.CHECKS, *payments.CHECKS))
    assert report.result("payments.unfulfilled").status is Status.OK
    assert groups(plan(app, from_now=True)).get("to_create") is None
