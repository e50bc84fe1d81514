"""The awkward data and the Checkout Sessions that go with them hold what their descriptions promise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from iahome_fix.sandbox.stripe.state import StripeState
from iahome_fix.sandbox.world import BACKFILL, CUSTOMERS, MODULES, SESSIONS

if TYPE_CHECKING:
    from iahome_fix.sandbox.databases import MakeDatabase

TERM = timedelta(hours=72)


def rows(dsn: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(statement.encode()).fetchall()


@pytest.fixture
def dsn(make_database: MakeDatabase) -> str:
    return make_database(template="awkward")


def test_customers_and_modules_are_those_of_the_python_side(dsn: str) -> None:
    assert dict(rows(dsn, "select email, id::text from public.profiles")) == CUSTOMERS
    assert dict(rows(dsn, "select id, title from public.modules")) == MODULES
    assert rows(dsn, "select nextval('public.modules_id_seq')") == [(20,)]
    assert rows(dsn, "select 1 from public.profiles where email <> lower(email)") == []


def test_the_counts_that_a_backfill_has_to_reach(dsn: str) -> None:
    tokens = rows(
        dsn,
        "select t.created_by, t.module_id, m.id, t.expires_at <= timezone('utc', now()), p.id"
        " from public.access_tokens t left join public.modules m on m.id = t.module_id"
        " left join public.profiles p on p.id::text = t.created_by where t.is_active",
    )
    assert len(tokens) == BACKFILL.tokens
    assert sum(owner is None for owner, *_ in tokens) == BACKFILL.no_owner
    assert sum(module is None for _, module, *_ in tokens) == BACKFILL.no_module
    gone = [t for t in tokens if t[1] is not None and t[2] is None]
    assert len(gone) == BACKFILL.unknown_module
    assert sum(bool(over) for *_, over, _profile in tokens) == BACKFILL.expired
    due = [t for t in tokens if t[0] is not None and t[2] is not None and not t[3]]
    pairs = {(owner, module) for owner, module, *_ in due}
    assert len(due) - len(pairs) == BACKFILL.duplicate
    assert len(pairs) == BACKFILL.to_create
    assert sum(profile is None for *_, profile in due) == BACKFILL.unknown_user
    skipped = ("no_owner", "no_module", "unknown_module", "expired", "duplicate")
    assert BACKFILL.tokens == BACKFILL.to_create + BACKFILL.covered + sum(
        getattr(BACKFILL, s) for s in skipped
    )


def test_everybody_who_paid_has_a_token_that_outlasts_the_term(dsn: str) -> None:
    tokens = rows(dsn, "select created_by, module_id, expires_at, is_active from public.access_tokens")
    now = datetime.now(UTC)
    paid = [s for s in SESSIONS if s.payment_status in ("paid", "no_payment_required") and not s.refunded]
    current = [s for s in paid if s.ago < TERM]
    assert max(s.ago for s in current) <= timedelta(hours=60)
    assert len(paid) - len(current) == 1
    for session in current:
        owner = CUSTOMERS[session.email.lower()]
        for module in session.modules:
            until = now - session.ago + TERM
            assert any(
                (by, of, active) == (owner, module, True) and (end is None or end.replace(tzinfo=UTC) > until)
                for by, of, end, active in tokens
            ), session.id


def test_nobody_else_has_a_token_that_gives_an_access(dsn: str) -> None:
    for session in SESSIONS:
        served = rows(
            dsn,
            "select is_active, expires_at <= timezone('utc', now()) from public.access_tokens"
            f" where created_by = '{CUSTOMERS[session.email.lower()]}'",
        )
        if session.refunded:
            assert served == [(False, False)]
        elif session.ago >= TERM:
            assert served == [(True, True)]
        elif session.payment_status == "unpaid":
            assert served == []


def test_the_sessions_fit_the_stripe_stand_in() -> None:
    state, now = StripeState(), datetime.now(UTC)
    for session in SESSIONS:
        state.add_session(**session.arguments(now))
    assert [s["payment_status"] for s in state.sessions.values()].count("paid") == 6
    assert state.sessions["cs_test_bastien"]["metadata"]["items_ids"] == "6,13"
    assert state.sessions["cs_test_chloe"]["customer_details"]["email"] == "Chloe.Martin@Example.test"
    assert state.sessions["cs_test_ines"]["status"] == "expired"
    assert state.charge_of("cs_test_hugo")["refunded"] is True
    assert state.sessions["cs_test_farid"]["payment_intent"] is None


def test_a_sign_up_makes_a_profile_and_never_fails(make_database: MakeDatabase) -> None:
    dsn = make_database(template="iahome")
    with psycopg.connect(dsn, autocommit=True) as connection:
        for number in (1, 2):  # the second has an address that a profile already has
            connection.execute(
                "insert into auth.users (id, email, is_sso_user) values (%s, 'new@example.test', true)",
                [f"22222222-aaaa-4000-8000-{number:012d}"],
            )
    assert rows(dsn, "select count(*) from auth.users") == [(2,)]
    assert rows(dsn, "select email from public.profiles") == [("new@example.test",)]


@pytest.mark.parametrize("regime", ["before", "since", "revoked"])
def test_the_apps_tables_have_the_same_grants_in_every_regime(
    make_database: MakeDatabase, regime: Any
) -> None:
    dsn = make_database(regime, "iahome")
    granted = rows(
        dsn,
        "select r, string_agg(distinct c.relname, ',' order by c.relname) from pg_class c,"
        " unnest(array['anon', 'authenticated', 'service_role']) r"
        " where relnamespace = 'public'::regnamespace and relkind = 'r'"
        " and has_table_privilege(r, c.oid, 'select')"
        " group by r order by r",
    )
    assert granted == [
        ("anon", "modules"),
        ("authenticated", "access_tokens,modules,profiles,user_applications"),
        ("service_role", "access_tokens,modules,payments,profiles,user_applications"),
    ]
    writable = rows(
        dsn,
        "select distinct r from pg_class c, unnest(array['anon', 'authenticated', 'service_role']) r"
        " where relnamespace = 'public'::regnamespace and relkind = 'r'"
        " and has_table_privilege(r, c.oid, 'insert, update, delete, truncate')",
    )
    assert writable == [("service_role",)]
    assert rows(dsn, "select to_regclass('public.module_access')") == [(None,)]
