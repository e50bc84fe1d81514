"""Link payments, and the two checks that look at payments from Stripe's and the handler's side."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.checks.data import link as data
from iahome_fix.checks.payments import link as payments
from iahome_fix.domain.lengths import Length
from iahome_fix.domain.terms import Terms
from iahome_fix.domain.verdicts import query
from iahome_fix.model import Kind, Report, Status
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.systems.postgres import PostgresDatabase
from tests.checks.app_support import CHECKS, EVERYBODY, App, aged, ago, migrated, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iahome_fix.sandbox.databases import MakeDatabase

ALICE, BOB, CAROL = EVERYBODY


@pytest.fixture
def fresh(tmp_path: Path, shared: str) -> Iterator[App]:
    """Three customers; nobody bought anything yet."""
    with running(tmp_path, shared) as app:
        app.empty()
        app.customers()
        yield app


@pytest.fixture
def app(fresh: App) -> App:
    """Alice bought 15 two hours ago and Bob 6 and 13 an hour ago; both were served by the handler."""
    return with_sales(fresh)


@pytest.fixture
def own(tmp_path: Path, make_database: MakeDatabase) -> Iterator[App]:
    """The same in a database of its own, whose tables the test may change."""
    dsn = make_database()
    migrated(dsn)
    with running(tmp_path, dsn) as app:
        app.customers()
        yield with_sales(app)


def with_sales(app: App) -> App:
    app.buys(ALICE, 15, created=ago(hours=2))
    app.buys(BOB, 6, 13, created=ago(hours=1))
    return app


def status_of(report: Report) -> dict[str, Status]:
    return {result.check.id: result.status for result in report.results if result.status is not Status.OK}


def detail(app: App, check_id: str) -> str:
    return app.result(check_id).finding.detail


# The healthy app, and what is no fault


def test_everyone_who_paid_was_served(app: App) -> None:
    app.buys(CAROL, 15)
    report = app.run((*data.CHECKS, *CHECKS))
    assert status_of(report) == {}
    assert report.result("payments.unfulfilled").finding.evidence["payments"] == 3


@pytest.mark.parametrize(
    "session",
    [
        {"status": "open"},
        {"status": "expired", "payment_status": "unpaid"},
        {"payment_status": "unpaid", "payment_method_types": ["sepa_debit"]},
        {"refunded": 990},
        {"disputed": True},
        {"mode": "setup", "amount_total": None, "metadata": {}},
        {"metadata": {"type": "token_purchase", "tokens": "100", "userId": "x"}},
        {"age": timedelta(minutes=1)},
        {"age": timedelta(days=91)},
        {"livemode": False},
    ],
)
def test_what_is_not_owed_is_not_missed(app: App, session: dict[str, Any]) -> None:
    late = "sepa_debit" in session.get("payment_method_types", ())
    app.buys(CAROL, 15, pay=False, **aged(session))
    assert status_of(app.run()) == ({"stripe.delayed-methods": Status.WARN} if late else {})


def test_a_payment_made_long_after_its_session_was_opened_may_be_under_way(app: App) -> None:
    session = app.buys(CAROL, 15, pay=False, created=ago(hours=3))
    app.stripe.charge_of(session)["created"] = int(ago(minutes=2).timestamp())
    assert status_of(app.run()) == {}


@pytest.mark.parametrize(
    ("row", "served"),
    [
        ({"session_id": None, "hours": None}, True),
        ({"session_id": None, "hours": 72}, True),
        ({"session_id": None, "hours": 71.2}, True),
        ({"session_id": None, "hours": 60}, False),
        ({"session_id": "THE ONE", "hours": -5}, True),
        ({"session_id": "another", "hours": 10}, False),
    ],
)
def test_what_counts_as_served(app: App, row: dict[str, Any], *, served: bool) -> None:
    session = app.buys(CAROL, 15, pay=False)
    app.grant(CAROL, 15, session if row["session_id"] == "THE ONE" else row["session_id"], row["hours"])
    assert (app.run().result("payments.unfulfilled").status is Status.OK) is served


def test_a_row_that_somebody_withdrew_is_not_missed(app: App) -> None:
    session = app.buys(CAROL, 15)
    app.sql("update public.module_access set is_active = false where metadata->>'session_id' = %s", session)
    assert status_of(app.run()) == {}


def test_the_row_of_another_customer_or_module_serves_nobody(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    app.grant(CAROL, 6, None, None)
    app.grant(BOB, 15, None, None)
    report = app.run()
    assert report.result("payments.unfulfilled").status is Status.BLOCKED
    assert report.causes == ("site.webhook-handler",)


def test_a_partial_refund_leaves_the_access_due(app: App) -> None:
    app.buys(CAROL, 15, pay=False, refunded=100)
    assert app.run().causes == ("site.webhook-handler",)


def test_types_of_ids_and_times_do_not_matter(own: App) -> None:
    for (name,) in own.sql("select polname from pg_policy where polrelid = 'public.module_access'::regclass"):
        own.sql(f'drop policy "{name}" on public.module_access')
    own.sql("alter table public.module_access alter column user_id type uuid using user_id::uuid")
    own.sql("alter table public.module_access drop constraint if exists module_access_module_id_fkey")
    own.sql("alter table public.module_access alter column module_id type text")
    own.sql(
        "alter table public.module_access alter column expires_at type timestamptz"
        " using expires_at at time zone 'utc'"
    )
    own.sql("alter table public.module_access alter column metadata drop default")
    own.sql("alter table public.module_access alter column metadata type json using metadata::json")
    own.buys(CAROL, 15, pay=False)
    own.grant(CAROL, 15, None, 75)
    assert status_of(own.run()) == {}


# payments.unfulfilled


def test_the_count_the_money_and_the_age(fresh: App) -> None:
    fresh.buys(ALICE, 15, pay=False, created=ago(hours=30))
    fresh.buys(BOB, 6, 13, pay=False, created=ago(days=10), currency="usd")
    fresh.buys(CAROL, 3, pay=False, created=ago(hours=1), amount_total=500, currency="jpy")
    report = fresh.run()
    finding = report.result("payments.unfulfilled").finding
    assert report.causes == ("payments.unfulfilled",)
    assert "3 payments (9.90 EUR + 500 JPY + 19.80 USD)" in finding.detail
    assert "10 days" in finding.detail
    assert "the term of 2 is over" in finding.detail or "the terms of 2 are over" in finding.detail
    assert finding.evidence["amount"] == {"eur": 990, "usd": 1980, "jpy": 500}
    assert (finding.evidence["payments"], finding.evidence["modules"], finding.evidence["over"]) == (3, 4, 2)
    assert finding.fix is not None
    assert "reconcile" in finding.fix.command
    assert finding.fix.undoable
    assert "alice" not in json.dumps(finding.evidence)


def test_a_free_order_is_owed_too(fresh: App) -> None:
    fresh.buys(ALICE, 15, pay=False, amount_total=0)
    assert "free of charge" in detail(fresh, "payments.unfulfilled")


def test_the_address_is_compared_without_case_and_the_difference_is_told(app: App) -> None:
    app.buys("Carol@Example.test", 15)
    report = app.run()
    assert report.causes == ("payments.unfulfilled",), "the handler compares exactly, so it is not to blame"
    assert "other letters" in report.result("payments.unfulfilled").finding.detail


def test_a_profile_in_another_form_is_the_cause(app: App) -> None:
    app.sql("update public.profiles set email = 'Carol@Example.test' where email = %s", CAROL)
    app.buys(CAROL, 15)
    report = app.run((*data.CHECKS, *CHECKS))
    assert report.causes == ("data.email-case",)
    assert report.result("payments.unfulfilled").finding.because_of == ("data.email-case",)
    assert report.result("payments.unknown-customer").status is Status.OK


def test_a_waiting_token_is_the_cause_and_an_ended_one_has_served(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    app.buys(CAROL, 6, pay=False, created=ago(days=9))
    add = (
        "insert into public.access_tokens (name, module_id, module_name, created_by, expires_at)"
        " values ('t', %s, 'm', %s, timezone('utc', now()) + %s::interval)"
    )
    app.sql(add, 6, EVERYBODY[CAROL], "-6 days")
    app.sql(add, 15, EVERYBODY[CAROL], "4 days")
    report = app.run((*data.CHECKS, *CHECKS))
    assert report.causes == ("data.tokens-without-access",)
    assert report.result("payments.unfulfilled").finding.because_of == ("data.tokens-without-access",)
    assert report.result("payments.unfulfilled").finding.evidence["payments"] == 1


def test_without_a_table_of_tokens_the_rest_is_still_read(own: App) -> None:
    own.sql("alter table public.access_tokens drop column created_by cascade")
    assert status_of(own.run()) == {}
    own.sql("drop table public.access_tokens cascade")
    assert status_of(own.run()) == {}


def test_rows_that_went_with_a_table_made_anew(app: App) -> None:
    app.sql("truncate public.module_access restart identity")
    app.buys(CAROL, 15)
    app.sql(
        "insert into public.payments (session_id, status) select s, 'succeeded' from unnest(%s::text[]) s",
        list(app.stripe.sessions),
    )
    report = app.run((*data.CHECKS, *CHECKS))
    assert report.causes == ("data.rows-lost",)
    assert "module_access was emptied" in report.result("data.rows-lost").finding.detail
    assert report.result("data.rows-lost").finding.evidence["payments"] == 2
    assert report.result("payments.unfulfilled").finding.because_of == ("data.rows-lost",)


def test_a_delayed_payment_that_nobody_confirms(app: App) -> None:
    session = app.buys(CAROL, 15, pay=False, payment_method_types=["sepa_debit"])
    app.stripe.add_event(
        object_id=session, created=ago(days=4), object_overrides={"payment_status": "unpaid"}
    )
    report = app.run()
    assert report.causes == ("payments.unfulfilled",)
    assert "async_payment_succeeded" in report.result("payments.unfulfilled").finding.detail


def test_several_pages_and_odd_characters(app: App) -> None:
    for number in range(220):
        app.buys(CAROL, 6, pay=False, created=ago(minutes=10 + number))
    app.grant(CAROL, 6, None, None)
    odd = app.buys(
        ALICE, 6, pay=False, metadata={"items_ids": "6\u0000 ,, 13';--\ud800 ", "customer_email": ALICE}
    )
    report = app.run()
    assert report.result("payments.no-module").finding.evidence["modules"] == ["13';--?"]
    assert report.result("site.webhook-handler").finding.evidence["sessions"] == [odd]
    app.grant(ALICE, 6, odd)
    assert report.causes == ("site.webhook-handler", "payments.no-module")
    assert app.run().causes == ("payments.no-module",)


def test_thousands_of_customers_are_joined_as_sets(fresh: App) -> None:
    fresh.sql(
        "insert into auth.users (id, email)"
        " select gen_random_uuid(), 'u' || n || '@example.test' from generate_series(1, 4000) as n"
    )
    fresh.sql("insert into public.module_access (user_id, module_id) select id::text, 6 from public.profiles")
    paid = ago(hours=1)
    listed = [
        {
            "payment": f"cs_{number}",
            "module_id": module,
            "addresses": [f"u{number}@example.test"],
            "paid": paid.isoformat(),
            "until": (paid + timedelta(hours=72)).isoformat(),
            "ends": (paid + timedelta(hours=72)).isoformat(),
        }
        for number in range(1, 4001)
        for module in ("6", "13")
    ]
    assert fresh.dsn
    # The time limit of the session is the assertion: joined row by row this takes minutes.
    with closing(PostgresDatabase(fresh.dsn, label="test", timeout=5)) as database:
        statement = query("domain/judged", MODULE_ACCESS, tokens=True)
        rows = database.read(statement, {"sales": json.dumps(listed), "restore": []})
    assert len(rows) == 8000
    assert all(row["verdict"] == ("served" if row["module_id"] == "6" else "owed") for row in rows)


def test_a_list_of_sessions_that_breaks_off_gives_no_number(app: App) -> None:
    for number in range(150):
        app.buys(CAROL, 6, pay=False, created=ago(minutes=10 + number))
    app.stripe.trouble.fail_after_pages = 1
    report = app.run()
    for check in payments.CHECKS:
        assert report.result(check.id).status is Status.UNKNOWN, check.id
    assert report.causes == ()


def test_without_a_database_payments_are_skipped_by_name(app: App) -> None:
    app.dsn = None
    result = app.result("payments.unfulfilled")
    assert result.status is Status.SKIPPED
    assert "SUPABASE_DB_URL" in result.finding.detail


# stripe.undelivered


def test_a_past_outage_whose_events_never_came(app: App) -> None:
    session = app.buys(CAROL, 15, pay=False, created=ago(days=5))
    event = app.stripe.add_event(object_id=session, created=ago(days=5), pending_webhooks=1)["id"]
    report = app.run()
    finding = report.result("stripe.undelivered").finding
    assert report.causes == ("stripe.undelivered",)
    assert "an outage that is over" in finding.detail
    assert finding.evidence["events"] == [event]
    assert finding.evidence["sessions"] == [session]
    assert report.result("payments.unfulfilled").finding.because_of == ("stripe.undelivered",)
    assert report.result("site.webhook-handler").status is Status.OK, "it was not given them"


def test_deliveries_that_only_stripe_cannot_make(app: App) -> None:
    app.stripe.roll_secret(app.endpoint.id, keep_old=False)
    app.variables["STRIPE_WEBHOOK_SECRET"] = str(app.site.webhook_secret)
    app.buys(CAROL, 15)
    finding = app.result("stripe.undelivered").finding
    assert finding.status is Status.FAIL
    assert finding.hint is not None
    assert "Reveal" in finding.hint
    assert "an outage that is over" not in finding.detail


def test_an_event_that_waits_for_another_endpoint_is_no_cause(app: App) -> None:
    app.stripe.add_endpoint(
        url="https://old-tunnel.example.test/api/webhooks/stripe",
        enabled_events=["checkout.session.completed"],
    )
    app.buys(CAROL, 15)
    report = app.run()
    assert status_of(report) == {"stripe.undelivered": Status.WARN, "stripe.endpoint-duplicates": Status.WARN}
    assert report.causes == ()


def test_an_event_of_a_token_pack_that_waits_is_no_outage(app: App) -> None:
    session = app.buys(CAROL, 15, pay=False, metadata={"type": "token_purchase", "tokens": "5"})
    app.stripe.add_event(object_id=session, created=ago(days=2), pending_webhooks=1)
    assert app.run().causes == ()


def test_an_event_that_waits_is_not_blamed_for_other_payments(app: App) -> None:
    app.stripe.add_event(object_id=app.buys(CAROL, 15), created=ago(hours=1), pending_webhooks=1)
    app.buys(BOB, 15, pay=False, created=ago(minutes=9))
    report = app.run()
    assert report.result("stripe.undelivered").status is Status.WARN
    assert report.causes == ("site.webhook-handler",)


# site.webhook-handler


def test_a_handler_that_stopped_writing(app: App) -> None:
    app.site.handler = "noop"
    session = app.buys(CAROL, 15)
    report = app.run()
    finding = report.result("site.webhook-handler").finding
    assert report.causes == ("site.webhook-handler",)
    assert "without writing" in finding.detail
    assert finding.evidence["sessions"] == [session]
    assert report.result("payments.unfulfilled").finding.because_of == ("site.webhook-handler",)


def test_a_handler_that_reads_another_key(app: App) -> None:
    app.buys(
        CAROL, 15, metadata={"moduleId": "15", "moduleTitle": "Stable diffusion", "customerEmail": CAROL}
    )
    report = app.run()
    assert report.causes == ("site.webhook-handler",)
    assert "moduleId" in report.result("site.webhook-handler").finding.detail


def test_a_key_that_the_handler_did_read_before_is_not_blamed(app: App) -> None:
    metadata = {"moduleId": "15", "customerEmail": CAROL}
    app.grant(CAROL, 15, app.buys(CAROL, 15, pay=False, metadata=metadata, created=ago(hours=1)))
    app.buys(BOB, 15, pay=False, metadata={**metadata, "customerEmail": BOB})
    finding = app.result("site.webhook-handler").finding
    assert finding.status is Status.FAIL
    assert "moduleId" not in finding.detail


def test_a_handler_that_never_wrote_is_not_judged(fresh: App) -> None:
    fresh.site.handler = "noop"
    fresh.buys(CAROL, 15, metadata={"moduleId": "15", "customerEmail": CAROL})
    fresh.buys(ALICE, 15, pay=False)
    fresh.grant(ALICE, 15, "cs_repaired", reconciled=True)
    report = fresh.run()
    assert report.result("site.webhook-handler").status is Status.OK
    assert report.causes == ("payments.unfulfilled",)


def test_rows_of_a_repair_do_not_speak_for_the_handler(fresh: App) -> None:
    first = fresh.buys(ALICE, 15, pay=False, created=ago(hours=3))
    fresh.grant(ALICE, 15, first, reconciled=True)
    fresh.buys(CAROL, 15, pay=False)
    assert fresh.run().causes == ("payments.unfulfilled",)


def test_a_gap_before_newer_successes_is_not_the_handler_of_today(app: App) -> None:
    app.buys(CAROL, 15, pay=False, created=ago(hours=5))
    report = app.run()
    assert report.result("site.webhook-handler").status is Status.OK
    assert report.causes == ("payments.unfulfilled",)


def test_an_endpoint_made_later_is_told(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    app.endpoint.created = int(ago(minutes=1).timestamp())
    report = app.run()
    assert report.causes == ("payments.unfulfilled",)
    assert "newer than these payments" in report.result("payments.unfulfilled").finding.detail


# payments.unknown-customer


def test_a_payer_without_an_account(app: App) -> None:
    session = app.buys("c.work@example.test", 15)
    nobody = app.buys(None, 15)
    report = app.run()
    finding = report.result("payments.unknown-customer").finding
    assert report.causes == ("payments.unknown-customer",)
    assert set(finding.evidence["sessions"]) == {session, nobody}
    assert finding.evidence["without_address"] == 1
    assert finding.evidence["addresses"] != []
    assert "c.work@example.test" not in str(finding)
    assert finding.fix is None


def test_an_address_in_another_field_is_the_customers_and_two_customers_are_nobody(app: App) -> None:
    named = {"items_ids": "15", "customer_email": CAROL}
    app.buys("c.work@example.test", 15, pay=False, metadata=named)
    assert app.result("payments.unknown-customer", alone=True).status is Status.OK
    app.buys(BOB, 15, pay=False, metadata=named)
    finding = app.result("payments.unknown-customer").finding
    assert finding.status is Status.FAIL
    assert finding.evidence["ambiguous"] == 1


def test_a_row_with_the_sessions_id_settles_who_it_was(app: App) -> None:
    session = app.buys("c.work@example.test", 15, pay=False)
    app.grant(CAROL, 15, session)
    assert status_of(app.run()) == {}


def test_a_login_without_a_profile_is_named(app: App) -> None:
    app.sql("delete from public.profiles where email = %s", CAROL)
    app.buys(CAROL, 15)
    report = app.run((*data.CHECKS, *CHECKS))
    assert report.causes == ("data.profiles-missing",)
    assert report.result("payments.unknown-customer").finding.because_of == ("data.profiles-missing",)


# payments.no-module


def test_a_payment_that_names_no_module(app: App) -> None:
    app.buys(CAROL, 15, metadata={"customer_email": CAROL, "item": "15"})
    report = app.run()
    finding = report.result("payments.no-module").finding
    assert report.causes == ("payments.no-module",)
    assert finding.evidence["keys"] == ["customer_email", "item"]
    assert finding.hint is not None
    assert "items_ids" in finding.hint


def test_what_is_sold_elsewhere_with_the_same_account_is_a_remark(app: App) -> None:
    app.buys("stranger@example.test", 15, pay=False, metadata={"order": "77"})
    report = app.run()
    assert status_of(report) == {"payments.no-module": Status.WARN}


def test_a_module_that_never_existed(app: App) -> None:
    app.buys(CAROL, 15, pay=False, metadata={"items_ids": "99, 15", "customer_email": CAROL})
    app.grant(CAROL, 15, None, None)
    report = app.run((*data.CHECKS, *CHECKS))
    assert report.causes == ("payments.no-module",)
    assert report.result("payments.no-module").finding.evidence["modules"] == ["99"]


def test_a_module_that_was_removed_is_explained_by_the_orphans(own: App) -> None:
    own.sql("alter table public.module_access drop constraint if exists module_access_module_id_fkey")
    own.sql("delete from public.modules where id = 15")
    own.buys(CAROL, 15)
    report = own.run((*data.CHECKS, *CHECKS))
    assert report.causes == ("data.orphans",)
    assert report.result("payments.no-module").finding.because_of == ("data.orphans",)


def test_a_module_that_was_removed_after_it_was_granted_is_owed_to_nobody(own: App) -> None:
    session = own.buys(CAROL, 3)
    own.sql("alter table public.module_access drop constraint if exists module_access_module_id_fkey")
    own.sql("update public.module_access set is_active = false where metadata->>'session_id' = %s", session)
    own.sql("delete from public.modules where id = 3")
    assert status_of(own.run()) == {}


# payments.refunded-active


@pytest.mark.parametrize("how", ["refund", "dispute"])
def test_an_access_that_outlives_its_refund_is_an_exposure(app: App, how: str) -> None:
    session = app.buys(CAROL, 15)
    getattr(app.stripe, how)(session)
    report = app.run()
    result = report.result("payments.refunded-active")
    assert (result.status, result.check.kind) == (Status.FAIL, Kind.SECURITY)
    assert result.finding.evidence["sessions"] == [session]
    assert report.causes == ()
    assert report.verdict == "exposed"
    app.sql(str(result.finding.hint).partition("to end one: ")[2])
    assert status_of(app.run()) == {}


@pytest.mark.parametrize(("hours", "status"), [(1, Status.FAIL), (None, Status.FAIL), (-1, Status.OK)])
def test_an_access_whose_end_has_come_outlives_nothing(app: App, hours: float | None, status: Status) -> None:
    """The app switches off what expired when it sees it next: until then it is active, and of no use."""
    session = app.buys(CAROL, 15, pay=False)
    app.stripe.refund(session)
    app.grant(CAROL, 15, session, hours=hours)
    assert app.result("payments.refunded-active", alone=True).status is status


def test_refunds_that_may_not_be_read_are_not_known(app: App) -> None:
    app.stripe.refund(app.buys(CAROL, 15))
    app.key = app.stripe.add_key(
        "live", "restricted", ("checkout_session_read", "webhook_read", "event_read")
    )
    result = app.result("payments.refunded-active")
    assert result.status is Status.UNKNOWN
    assert "rak_charge_read" in str(result.finding.hint)


def test_every_check_says_how_it_is_repaired() -> None:
    for check in payments.CHECKS:
        assert "Repair" in check.text, check.id
        assert "Never" in check.text, check.id


def test_what_a_person_took_away_is_no_fault_and_is_said(app: App) -> None:
    """Doctor and reconcile agree: nothing is owed, and the command that is named lists it."""
    session = app.buys("carol@example.test", 15, created=ago(hours=5))
    app.sql(
        "update public.module_access set is_active = false, expires_at = timezone('utc', now())"
        " where metadata ->> 'session_id' = %s",
        session,
    )
    found = app.result("payments.unfulfilled", alone=True)
    assert (found.status, found.finding.evidence["withdrawn"]) == (Status.OK, 1)
    assert "1 access was withdrawn by a person" in found.finding.detail
    assert "iahome-fix reconcile --dry-run" in found.finding.detail
    # On other terms the command has them, too.
    month = Terms(
        since=datetime(2026, 1, 1, tzinfo=UTC), usual=timedelta(hours=72), chosen=Length(timedelta(days=30))
    )
    found = app.result("payments.unfulfilled", alone=True, terms=month)
    assert "reconcile --since 2026-01-01 --access-duration 30d --dry-run" in found.finding.detail
