"""Each month of a subscription is a sale of its own, whatever the row of another month says."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.facts import sales
from tests.checks.app_support import EVERYBODY, ago
from tests.repairs.reconciling.support import apply, groups, opened, plan

if TYPE_CHECKING:
    from tests.checks.app_support import App

CAROL = "carol@example.test"
MONTH = timedelta(days=30)


def subscribed(app: App, days: float = 40, **more: Any) -> str:
    """Carol's subscription to module 15, begun so long ago; the id of its session."""
    made = app.stripe.subscribe(
        **{
            "id": "cs_live_sub",
            "subscription": "sub_1",
            "created": ago(days=days),
            "customer_email": CAROL,
            "metadata": {"items_ids": "15"},
            **more,
        }
    )
    return str(made["id"])


def renewed(app: App, days: float, **more: Any) -> str:
    return str(app.stripe.add_invoice("sub_1", **{"created": ago(days=days), **more})["id"])


def holds(app: App, ends: datetime, **cites: str) -> None:
    """A row that the app's handler wrote."""
    app.sql(
        "insert into public.module_access (user_id, module_id, expires_at, metadata)"
        " select %s, 15, %s::timestamptz at time zone 'utc', %s::jsonb",
        EVERYBODY[CAROL],
        ends.isoformat(),
        json.dumps(cites),
    )


def verdicts(app: App) -> dict[str, str]:
    with closing(opened(app)) as ctx:
        return {sale.session.id: sale.verdict.value for sale in sales.sales(ctx)}


def test_the_row_of_the_first_month_does_not_serve_the_second(app: App) -> None:
    session = subscribed(app)
    invoice = renewed(app, 1)
    holds(app, ago(days=37), session_id=session)
    assert verdicts(app) == {session: "served", invoice: "owed"}
    assert apply(app, plan(app)) == 1
    (row,) = app.sql(
        "select metadata ->> 'session_id', metadata ->> 'payment_id', expires_at"
        " from public.module_access where metadata ? 'run_id'"
    )
    assert row[:2] == (session, invoice)
    assert abs(row[2].replace(tzinfo=UTC) - ago(days=-2)) < timedelta(minutes=5)
    assert verdicts(app) == {session: "served", invoice: "served"}
    assert groups(plan(app)) == {"covered": 2}


def test_the_row_of_the_second_month_does_not_serve_the_first(app: App) -> None:
    session = subscribed(app)
    invoice = renewed(app, 20)
    holds(app, ago(days=39), session_id=session, payment_id=invoice)
    assert verdicts(app) == {session: "over", invoice: "served"}


def test_a_row_may_name_the_first_invoice_or_the_session(app: App) -> None:
    session = subscribed(app)
    first = app.stripe.sessions[session]["invoice"]
    holds(app, ago(days=39), payment_id=first)
    assert verdicts(app) == {session: "served"}
    app.sql("update public.module_access set metadata = jsonb_build_object('session_id', %s::text)", session)
    assert verdicts(app) == {session: "served"}


def test_a_payment_id_of_another_kind_belongs_to_its_session(app: App) -> None:
    session = app.buys(CAROL, 15, pay=False, created=ago(days=40))
    holds(app, ago(days=39), session_id=session, payment_id="pi_1")
    assert verdicts(app) == {session: "served"}


def test_what_was_taken_away_in_one_month_is_not_taken_in_the_next(app: App) -> None:
    session = subscribed(app, days=2)
    holds(app, ago(days=-1), session_id=session)
    app.sql("update public.module_access set is_active = false, updated_at = now() at time zone 'utc'")
    invoice = renewed(app, 1)
    assert verdicts(app) == {session: "withdrawn", invoice: "owed"}
    app.sql(
        "update public.module_access set metadata = metadata || jsonb_build_object('payment_id', %s::text)",
        invoice,
    )
    assert verdicts(app) == {session: "owed", invoice: "withdrawn"}


def test_a_running_access_is_extended_by_what_was_bought(app: App) -> None:
    session = subscribed(app, days=2)
    invoice = renewed(app, 1)
    holds(app, ago(days=-1), session_id=session)
    found = plan(app)
    assert (groups(found), found.warnings) == ({"to_create": 1, "covered": 1}, {"replaces": 1})
    assert apply(app, found) == 1
    assert verdicts(app) == {session: "served", invoice: "served"}


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        ((), {"to_create": 1, "covered": 1}),
        (("checkout_session_read", "payment_intent_read", "charge_read"), {"unclear": 1}),
    ],
)
def test_only_a_key_that_may_not_read_invoices_leaves_it_unclear(
    app: App, permissions: tuple[str, ...], expected: dict[str, int]
) -> None:
    subscribed(app, days=2)
    renewed(app, 1)
    if permissions:
        app.key = app.stripe.add_key(kind="restricted", permissions=permissions)
    assert groups(plan(app)) == expected


def test_a_refunded_month_is_owed_nothing(app: App) -> None:
    session = subscribed(app, days=2)
    invoice = renewed(app, 1)
    app.stripe.refund(invoice)
    assert verdicts(app) == {session: "owed"}
    assert groups(plan(app)) == {"to_create": 1, "refunded": 1}


def test_renewals_that_name_no_module_are_nobodys_sale(app: App) -> None:
    app.stripe.add_subscription(id="sub_1", customer_email=CAROL)
    renewed(app, 1)
    assert groups(plan(app)) == {"no_module": 1}
