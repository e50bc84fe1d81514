"""`check-stripe --resend`: missed events once more, as far as the handler may see them twice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.sandbox.site import Site
from iahome_fix.systems.stripe_objects import RENEWED
from tests.checks.app_support import PATH, ago, secret
from tests.cli.shop_support import Shop, shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import MakeMigrated


ALICE, BOB, CAROL = "alice@example.test", "bob@example.test", "carol@example.test"
RESEND = ("check-stripe", "--resend", "--yes")


@pytest.fixture
def store(tmp_path: Path, make_migrated: MakeMigrated) -> Iterator[Shop]:
    with shop(tmp_path, make_migrated()) as running:
        yield running


def missed(store: Shop, email: str, *modules: int, hours: float = 3, **more: Any) -> str:
    """A payment whose event never arrived; returns the session's id."""
    event = more.pop("event", {})
    session = store.app.buys(email, *modules, pay=False, created=ago(hours=hours), **more)
    store.app.stripe.add_event(object_id=session, pending_webhooks=1, created=ago(hours=hours), **event)
    return session


def rows(store: Shop) -> list[tuple[str, int, str]]:
    """Who has which module, and for which session."""
    return [
        (email, module, session)
        for email, module, session in store.app.sql(
            "select p.email, a.module_id, a.metadata ->> 'session_id' from public.module_access a"
            " join public.profiles p on p.id::text = a.user_id where a.is_active order by a.id"
        )
    ]


def use(store: Shop, site: Site) -> None:
    """Put another site in the place of the store's."""
    store.app.site = site
    site.webhook_secret = store.app.endpoint.secret
    store.app.endpoint.url = site.url + PATH


def test_a_past_outage_is_made_good_oldest_first_and_only_once(store: Shop) -> None:
    younger = missed(store, BOB, 6, 13, hours=2)
    older = missed(store, ALICE, 15, hours=30)

    planned = store.run("check-stripe", "--resend", "--dry-run")
    plan = planned.document["resend"]["plan"]
    assert (planned.code, planned.verdict) == (0, "planned")
    assert (plan["waiting"], plan["to_send"], plan["url"]) == (2, 2, store.app.site.url + PATH)
    assert [event["session"] for event in plan["events"]] == [older, younger]
    assert planned.check("stripe.undelivered")["status"] == "fail"
    assert rows(store) == []

    sent = store.run(*RESEND)
    assert (sent.code, sent.verdict, sent.error) == (0, "applied", None), sent.document
    assert sent.document["resend"]["applied"]["granted"] == 2
    assert [event["status"] for event in sent.document["resend"]["applied"]["events"]] == [200, 200]
    assert rows(store) == [(ALICE, 15, older), (BOB, 6, younger), (BOB, 13, younger)]
    (run,) = store.journal()
    assert (run["run_id"], run["state"]) == (sent.document["run_id"], "applied")
    assert ALICE not in str(run)

    again = store.run(*RESEND)
    assert (again.code, again.verdict) == (0, "nothing-to-do")
    assert again.document["resend"]["plan"]["skipped"]["served"] == 2
    assert len(rows(store)) == 3
    # Stripe's own retry, later: the handler sees an active row and writes nothing.
    for event in list(store.app.stripe.events.values()):
        store.app.stripe.deliver(event["id"], store.app.endpoint.id)
    assert len(rows(store)) == 3


def test_what_may_not_be_seen_twice_is_not_sent(store: Shop) -> None:
    cases = {
        "token_pack": missed(store, ALICE, metadata={"type": "token_purchase", "tokens": "100"}),
        "subscription": missed(store, ALICE, 3, mode="subscription"),
        "renewal": missed(store, BOB, 15),
        "over": missed(store, ALICE, 6, hours=24 * 9),
        "other_letters": missed(store, "Alice@Example.test", 13),
        "refunded": missed(store, BOB, 13, refunded=990),
        "disputed": missed(store, BOB, 3, disputed=True),
        "paid_late": missed(store, CAROL, 3, event={"object_overrides": {"payment_status": "unpaid"}}),
        "served": missed(store, CAROL, 15),
        "young": missed(store, CAROL, 6, hours=0.03),
        "nobody": missed(store, "stranger@example.test", 6),
        "no_module": missed(store, BOB, metadata={"customer_email": BOB, "items_count": "0"}),
    }
    store.app.grant(BOB, 15, None, hours=10)
    store.app.grant(CAROL, 15, cases["served"])
    before = rows(store)

    found = store.run(*RESEND)
    plan = found.document["resend"]["plan"]
    assert (found.code, found.verdict, plan["to_send"]) == (0, "nothing-to-do", 0)
    said = {event["session"]: (event["case"], event["instead"]) for event in plan["events"]}
    assert {session: case for session, (case, _way) in said.items()} == {s: c for c, s in cases.items()}
    instead = {case for case, way in said.values() if way == "reconcile"}
    assert instead == {"renewal", "subscription", "over", "paid_late", "other_letters"}
    assert rows(store) == before
    assert store.app.site.log == []
    _code, out, _err = store.say("check-stripe", "--resend", "--dry-run")
    assert "a token pack would be credited twice" in " ".join(out.split())
    assert "reconcile" in out


def test_nothing_is_sent_while_the_cause_is_there(store: Shop) -> None:
    missed(store, ALICE, 15)
    store.app.site.webhook_secret = secret("whsec")
    found = store.run(*RESEND)
    assert (found.code, found.verdict, found.error) == (1, "refused", "not-ready")
    assert "site.webhook-secret" in found.document["error"]["message"]
    assert store.app.site.log == []


@pytest.mark.parametrize(
    ("variable", "code", "error"),
    [("STRIPE_WEBHOOK_SECRET", 1, "not-ready"), ("SUPABASE_DB_URL", 3, "missing-credential")],
)
def test_without_the_secret_or_the_database_nothing_is_sent(
    store: Shop, variable: str, code: int, error: str
) -> None:
    missed(store, ALICE, 15)
    store.app.variables[variable] = ""
    found = store.run(*RESEND)
    assert (found.code, found.error, found.document["resend"]) == (code, error, None)
    assert store.app.site.log == []


def test_an_acknowledgement_without_a_row_is_no_success_and_ends_it(store: Shop) -> None:
    missed(store, ALICE, 15)
    missed(store, BOB, 6, hours=2)
    store.app.site.handler = "noop"
    found = store.run(*RESEND, "--timeout", "1.5")
    assert (found.code, found.verdict, found.error) == (1, "not-granted", "not-granted")
    assert len(found.document["resend"]["applied"]["events"]) == 1
    assert found.document["resend"]["applied"]["events"][0]["outcome"] == "not-granted"


class FailsForBob(Site):
    """Its handler does not write what Bob paid for."""

    def _fulfil(self, session: dict[str, Any]) -> None:
        if session["customer_email"] != BOB:
            super()._fulfil(session)


def test_a_run_that_stops_in_the_middle_says_how_far_it_came(store: Shop) -> None:
    first = missed(store, ALICE, 15, hours=5)
    missed(store, BOB, 6, hours=4)
    missed(store, CAROL, 6, hours=3)
    with FailsForBob(dsn=store.app.dsn or "", webhook_secret=None) as site:
        use(store, site)
        found = store.run(*RESEND, "--timeout", "1.5")
    assert (found.code, found.verdict, found.error) == (4, "partly-applied", "partly-applied")
    assert found.document["run_id"] in found.document["error"]["message"]
    assert found.document["resend"]["applied"]["granted"] == 1
    assert rows(store) == [(ALICE, 15, first)]


def test_without_a_terminal_and_without_yes_nothing_is_sent(store: Shop) -> None:
    missed(store, ALICE, 15)
    found = store.run("check-stripe", "--resend")
    assert (found.code, found.verdict, found.error) == (2, "planned", "needs-yes")
    assert rows(store) == []
    code, out, _err = store.say("check-stripe", "--resend")
    text = " ".join(out.split())
    assert code == 2
    assert "Stripe's API cannot deliver an event again" in text
    assert "stripe events resend evt_" in text


def test_two_events_of_one_payment_are_sent_once(store: Shop) -> None:
    session = missed(store, ALICE, 15)
    store.app.stripe.add_event(object_id=session, pending_webhooks=1, created=ago(hours=1))
    found = store.run(*RESEND)
    assert found.document["resend"]["plan"]["skipped"]["twice"] == 1
    assert found.document["resend"]["applied"]["granted"] == 1
    assert rows(store) == [(ALICE, 15, session)]


def renewed(store: Shop, email: str, module: int, *, hours: float, types: tuple[str, ...]) -> str:
    """A renewal that was paid, and whose events never arrived; returns the invoice's id."""
    stripe = store.app.stripe
    named = {"customer_email": email, "items_ids": str(module)}
    begun = stripe.add_subscription(customer_email=email, metadata=named)
    invoice = str(stripe.add_invoice(begun["id"], created=ago(hours=hours))["id"])
    for kind in types:
        stripe.add_event(type=kind, object_id=invoice, pending_webhooks=1, created=ago(hours=hours))
    return invoice


def test_the_event_of_a_renewal_is_sent_again_once_where_no_row_is_in_its_way(store: Shop) -> None:
    store.app.endpoint.enabled_events = [*store.app.endpoint.enabled_events, *RENEWED]
    store.app.site.handler = "with-renewals"
    free = renewed(store, ALICE, 15, hours=3, types=RENEWED)
    running = renewed(store, BOB, 6, hours=2, types=RENEWED[:1])
    store.app.grant(BOB, 6, None, hours=10)
    second = renewed(store, ALICE, 15, hours=1, types=RENEWED[:1])

    planned = store.run("check-stripe", "--resend", "--dry-run").document["resend"]["plan"]
    said = [(event["session"], event["case"], event["instead"]) for event in planned["events"]]
    assert said == [
        (free, "send", None),
        (free, "twice", None),
        (running, "renewal", "reconcile"),
        (second, "renewal", "reconcile"),
    ]
    sent = store.run(*RESEND)
    assert (sent.code, sent.verdict) == (0, "applied"), sent.document
    (event,) = sent.document["resend"]["applied"]["events"]
    assert store.app.stripe.events[event["event"]]["type"] == "invoice.paid"
    assert (ALICE, 15, free) in rows(store)
    again = store.run(*RESEND).document["resend"]["plan"]
    assert again["to_send"] == 0


def test_the_events_of_renewals_that_the_endpoint_does_not_get_are_none_of_it(store: Shop) -> None:
    store.app.site.handler = "with-renewals"
    renewed(store, ALICE, 15, hours=3, types=RENEWED)
    found = store.run(*RESEND)
    assert (found.verdict, found.document["resend"]["plan"]["waiting"]) == ("nothing-to-do", 0)


def test_whom_the_table_refuses_is_not_sent_and_keeps_nobody_else(store: Shop) -> None:
    owner = store.app.sql("select id from public.profiles where email = %s", BOB)[0][0]
    store.app.sql(
        "alter table public.module_access add constraint not_bob"
        f" check (user_id <> '{owner}' or module_id <> 15)"
    )
    refused, given = missed(store, BOB, 15, hours=4), missed(store, ALICE, 15)
    sent = store.run(*RESEND)
    assert (sent.code, sent.verdict) == (0, "applied"), sent.document
    assert rows(store) == [(ALICE, 15, given)]
    cases = {event["session"]: event["case"] for event in sent.document["resend"]["plan"]["events"]}
    assert cases == {refused: "refused", given: "send"}
