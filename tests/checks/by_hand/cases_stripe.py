"""Link stripe on hand-made facts."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

from iahome_fix.domain.sale import Verdict
from iahome_fix.errors import MissingCredential
from iahome_fix.facts import sales, stripe, webhook
from iahome_fix.facts.seen import Key
from iahome_fix.model import Status
from iahome_fix.systems.stripe_errors import KeyRejected, PermissionMissing, StripeFailure
from iahome_fix.systems.stripe_objects import COMPLETED, Destination, Event
from iahome_fix.systems.stripe_permissions import PERMISSIONS, Held
from tests.checks.by_hand import shop
from tests.checks.by_hand.cases import Case
from tests.checks.by_hand.seen import By, given, rows
from tests.checks.by_hand.shop import NOW, PAID, SITE, answer, endpoint, sale, settings, sold

OK, WARN, FAIL, BLOCKED, SKIPPED, UNKNOWN = (Status(word) for word in Status)
REJECTED, FORBIDDEN = KeyRejected("key-rejected", "Stripe refuses the key"), PermissionMissing("rak_x_read")
SILENT = StripeFailure("unreachable", "Stripe did not answer")
DAY = timedelta(days=1)
RESTRICTED = settings(STRIPE_SECRET_KEY=f"rk_test_{secrets.token_hex(24)}")
LIVE = settings(STRIPE_SECRET_KEY=f"sk_live_{secrets.token_hex(24)}")
ROUTE, SECRET, BODY, PAGE = "site.webhook-route", "site.webhook-secret", "site.webhook-body", "site.encours"


def are(*found: Any) -> dict[Key, Any]:
    return given(webhook.endpoints, be=found)


def beside(**changed: Any) -> dict[Key, Any]:
    made = Destination("ed_1", "webhook_endpoint", shop.URL, "enabled", "thin", (COMPLETED,), livemode=False)
    return given(webhook.destinations, be=(replace(made, **changed),))


def event(number: int = 1, age: timedelta = timedelta(hours=2), **changed: Any) -> Event:
    made = Event(f"evt_{number}", COMPLETED, NOW - age, False, 1, f"cs_test_{number}", "paid")
    return replace(made, **changed)


def waiting(*found: Event) -> dict[Key, Any]:
    return given(sales.waiting, be=found)


def sent(*found: Event) -> dict[Key, Any]:
    return given(sales.events, be=found)


def held(value: bool | None) -> dict[Key, Any]:
    return given(stripe.held_permissions, be=tuple(Held(one, value) for one in PERMISSIONS))


def takes(unsigned: Any, signed: Any = None, wrongly: Any = None) -> dict[Key, Any]:
    return {
        **given(webhook.answer_at, be=answer(unsigned) if isinstance(unsigned, int) else unsigned),
        **given(webhook.rightly_signed, be=answer(signed if isinstance(signed, int) else 400)),
        **given(webhook.wrongly_signed, be=answer(wrongly if isinstance(wrongly, int) else 400)),
    }


def page(status: int | None, **changed: Any) -> dict[Key, Any]:
    return given(webhook.page, be=answer(status, url=f"{SITE}/encours", **changed))


OTHER_PATH = f"{SITE}/api/stripe-webhook"
MISPLACED = are(endpoint(url=OTHER_PATH))
AT = {OTHER_PATH: answer(400), shop.URL: answer(404)}
OWED_EVENT = {**sold(sale(Verdict.OWED)), **waiting(event())}

CASES = [
    Case("stripe.key", "refused", FAIL, "refuses", given(stripe.key_accepted, be=REJECTED)),
    Case("stripe.key", "no right", UNKNOWN, "may not read", given(stripe.key_accepted, be=FORBIDDEN)),
    # The endpoint.
    Case("stripe.endpoint", "none", FAIL, "no webhook endpoint at all", are()),
    Case("stripe.endpoint", "of others", FAIL, "there are others", are(endpoint(url="https://other.test/x"))),
    Case(
        "stripe.endpoint",
        "none, and a gate before the handler",
        FAIL,
        "no webhook endpoint at all",
        {**are(), **takes(429, 429)},
        hint="no endpoint is pointed at it before it takes events",
    ),
    Case("stripe.endpoint", "connected", FAIL, "Connect", are(endpoint(connected=True))),
    Case("stripe.endpoint", "thin", FAIL, "thin events", {**are(), **beside()}),
    Case(
        "stripe.endpoint",
        "to a bus",
        FAIL,
        "EventBridge",
        {**are(), **beside(kind="amazon_eventbridge", url=None)},
    ),
    Case(
        "stripe.endpoint",
        "no wider list",
        FAIL,
        "may not be read",
        {**are(), **given(webhook.destinations, be=None)},
    ),
    Case(
        "stripe.endpoint", "no right", UNKNOWN, "could not be listed", given(webhook.endpoints, be=FORBIDDEN)
    ),
    Case(
        "stripe.endpoint",
        "the wider list failed",
        UNKNOWN,
        "newer list",
        {**are(), **given(webhook.destinations, be=SILENT)},
    ),
    Case("stripe.endpoint", "disabled, which is another's matter", OK, "", are(endpoint(status="disabled"))),
    Case(
        "stripe.endpoint-url",
        "a slash too many",
        FAIL,
        "difference",
        {**are(endpoint(url=f"{shop.URL}/")), **takes(404)},
    ),
    Case(
        "stripe.endpoint-url",
        "elsewhere, and the handler answers",
        FAIL,
        "there it answers 404",
        {
            **MISPLACED,
            **given(webhook.answer_at, be=By(lambda url: answer(400 if url == shop.URL else 404))),
            **given(webhook.rightly_signed, be=By(lambda url: answer(200 if url == shop.URL else 404))),
        },
        hint="the expected address answers 400",
    ),
    Case(
        "stripe.endpoint-url",
        "elsewhere, and a gate before the handler",
        FAIL,
        "there it answers 429",
        {**MISPLACED, **takes(429, 429)},
        hint="see site.webhook-route), then iahome-fix check-stripe --fix",
    ),
    Case("stripe.endpoint-url", "none", UNKNOWN, "no endpoint", are()),
    Case(
        "stripe.endpoint-url",
        "served elsewhere",
        WARN,
        "answers as a webhook",
        {**MISPLACED, **given(webhook.answer_at, be=By(lambda url: AT.get(url, answer(404))))},
    ),
    Case("stripe.endpoint-enabled", "disabled", FAIL, "disabled", are(endpoint(status="disabled"))),
    Case(
        "stripe.endpoint-events",
        "another type",
        FAIL,
        "does not get",
        are(endpoint(enabled_events=("charge.succeeded",))),
    ),
    Case("stripe.endpoint-events", "all types", OK, "gets", are(endpoint(enabled_events=("*",)))),
    Case("stripe.endpoint-mode", "the other mode", FAIL, "live mode", are(endpoint(livemode=True))),
    Case("stripe.endpoint-mode", "live", OK, "live", are(endpoint(livemode=True)), settings=LIVE),
    Case("stripe.endpoint-duplicates", "two", WARN, "we_2", are(endpoint(), endpoint(id="we_2"))),
    Case("stripe.endpoint-duplicates", "thin", WARN, "ed_1", beside()),
    Case(
        "stripe.endpoint-duplicates",
        "a disabled one",
        OK,
        "",
        are(endpoint(), endpoint(id="we_2", status="disabled")),
    ),
    # Events.
    Case("stripe.undelivered", "under way", OK, "under way", waiting(event(age=timedelta(minutes=2)))),
    Case("stripe.undelivered", "nobody waits", WARN, "nobody waits", waiting(event())),
    Case("stripe.undelivered", "an outage", FAIL, "not delivered", OWED_EVENT),
    Case(
        "stripe.undelivered",
        "an outage that is over",
        FAIL,
        "an outage that is over",
        {
            **waiting(event()),
            **sold(sale(Verdict.OWED), sale(number=2, created=PAID + DAY / 12, charged=None)),
        },
    ),
    Case(
        "stripe.undelivered",
        "the database is not asked",
        WARN,
        "is not known",
        {**waiting(event()), **given(sales.sales, be=MissingCredential(("SUPABASE_DB_URL",), "no way"))},
    ),
    Case(
        "stripe.undelivered",
        "another endpoint waits",
        WARN,
        "nobody",
        {
            **OWED_EVENT,
            **sold(sale(), sale(Verdict.OWED, 2)),
            **waiting(event(), event(2)),
            **are(endpoint(), endpoint(id="we_2", url="https://other.test")),
        },
    ),
    Case(
        "stripe.unheard-events",
        "sent to nobody",
        WARN,
        "went to nobody",
        {
            **are(endpoint(enabled_events=("charge.succeeded",))),
            **sent(event(pending_webhooks=0)),
            **sold(sale(Verdict.OWED)),
        },
    ),
    Case(
        "stripe.unheard-events",
        "and served all the same",
        OK,
        "have their accesses",
        {**are(endpoint(enabled_events=("charge.succeeded",))), **sent(event(pending_webhooks=0))},
    ),
    Case(
        "stripe.unheard-events",
        "served is not known",
        WARN,
        "is not known",
        {**are(), **sent(event(pending_webhooks=0)), **given(sales.sales, be=SILENT)},
    ),
    Case(
        "stripe.unheard-events",
        "before the endpoint",
        WARN,
        "went to nobody",
        {
            **are(endpoint(created=NOW - DAY / 24)),
            **sent(event(pending_webhooks=0)),
            **sold(sale(Verdict.OWED)),
        },
    ),
    Case(
        "stripe.unheard-events",
        "what waits was sent",
        OK,
        "had an endpoint",
        {**are(endpoint(created=NOW - DAY / 24)), **sent(event())},
    ),
    Case(
        "stripe.delayed-methods",
        "unheard",
        WARN,
        "sepa_debit",
        {
            **sold(sale(payment_method_types=("card", "sepa_debit"))),
            **are(endpoint(enabled_events=(COMPLETED,))),
        },
    ),
    Case(
        "stripe.delayed-methods", "heard", OK, "sepa_debit", sold(sale(payment_method_types=("sepa_debit",)))
    ),
    Case(
        "stripe.modes",
        "rows of the other",
        WARN,
        "live payments",
        rows(
            "checks/session_modes",
            {"mode": "live", "newest": "2026-08-01"},
            {"mode": "test", "newest": "2026-07-01"},
        ),
    ),
    Case(
        "stripe.modes",
        "older rows of the other",
        OK,
        "",
        rows(
            "checks/session_modes",
            {"mode": "live", "newest": "2026-01-01"},
            {"mode": "test", "newest": "2026-07-01"},
        ),
    ),
    Case(
        "stripe.modes",
        "sold in test mode",
        WARN,
        "sells in test mode",
        sold(sale(success_url=f"{SITE}/merci")),
    ),
    Case(
        "stripe.modes", "sold on another site", OK, "", sold(sale(success_url="https://staging.test/merci"))
    ),
    Case(
        "stripe.permissions",
        "refused",
        BLOCKED,
        "",
        given(stripe.held_permissions, be=REJECTED),
        because_of=("stripe.key",),
    ),
    Case("stripe.permissions", "lacks one", WARN, "lacks", held(value=False), settings=RESTRICTED),
    Case("stripe.permissions", "untold", UNKNOWN, "not known whether", held(value=None), settings=RESTRICTED),
    Case("stripe.permissions", "has all", OK, "every permission", held(value=True), settings=RESTRICTED),
]
