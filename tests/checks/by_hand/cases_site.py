"""Link site on hand-made facts: the route, its secret, the page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from iahome_fix.facts import sales, webhook
from iahome_fix.facts.seen import Key
from iahome_fix.model import Finding, Status, fail, ok, unknown
from iahome_fix.systems.stripe_errors import KeyRejected, PermissionMissing, StripeFailure
from iahome_fix.systems.stripe_objects import COMPLETED, Event
from tests.checks.by_hand.cases import Case
from tests.checks.by_hand.seen import By, given
from tests.checks.by_hand.shop import NOW, SITE, answer, settings, sold

OK, WARN, FAIL, BLOCKED, SKIPPED, UNKNOWN = (Status(word) for word in Status)
REJECTED, FORBIDDEN = KeyRejected("key-rejected", "Stripe refuses the key"), PermissionMissing("rak_x_read")
SILENT = StripeFailure("unreachable", "Stripe did not answer")
UNSIGNED = settings("STRIPE_WEBHOOK_SECRET")
HOOK = "/api/webhooks/stripe"
ROUTE, SECRET, BODY, PAGE = "site.webhook-route", "site.webhook-secret", "site.webhook-body", "site.encours"


def event(number: int = 1, age: timedelta = timedelta(hours=2), **changed: Any) -> Event:
    made = Event(f"evt_{number}", COMPLETED, NOW - age, False, 1, f"cs_test_{number}", "paid")
    return replace(made, **changed)


def waiting(*found: Event) -> dict[Key, Any]:
    return given(sales.waiting, be=found)


def sent(*found: Event) -> dict[Key, Any]:
    return given(sales.events, be=found)


def takes(unsigned: Any, signed: Any = None, wrongly: Any = None) -> dict[Key, Any]:
    return {
        **given(webhook.answer_at, be=answer(unsigned) if isinstance(unsigned, int) else unsigned),
        **given(webhook.rightly_signed, be=answer(signed if isinstance(signed, int) else 400)),
        **given(webhook.wrongly_signed, be=answer(wrongly if isinstance(wrongly, int) else 400)),
    }


def silent(reason: str) -> dict[Key, Any]:
    return takes(answer(None, reason=reason))


def page(status: int | None, **changed: Any) -> dict[Key, Any]:
    return given(webhook.page, be=answer(status, url=f"{SITE}/encours", **changed))


BY_DELIVERIES: dict[str, Finding] = {ROUTE: unknown("", by_deliveries="2026-08-01")}

CASES = [
    # The route.
    *(
        Case(ROUTE, f"{status}", FAIL, says, takes(status))
        for status, says in (
            (200, "not the handler"),
            (301, "to"),
            (401, "a gate"),
            (403, "a gate"),
            (404, "does not exist"),
            (405, "takes no POST"),
            (429, "a gate"),
            (500, "answers 500"),
            (502, "no running app"),
            (503, "no running"),
        )
        if status not in (301, 403, 429)
    ),
    Case(ROUTE, "no POST, and what to do", FAIL, "takes no POST", takes(405), hint="of the name POST"),
    Case(ROUTE, "a redirect", FAIL, "follows no redirect", takes(answer(308, location=f"{SITE}/x"))),
    *(
        Case(ROUTE, f"to {to}", FAIL, "follows no", takes(answer(307, location=to)), hint=says)
        for to, says in (
            (f"{SITE}{HOOK}/", "have to be the final one"),
            (f"https://www.{SITE.removeprefix('https://')}{HOOK}", "have to be the final one"),
            (f"{SITE}/login?next={HOOK}", "let POST /api/webhooks/stripe through"),
            ("https://team.cloudflareaccess.com/cdn-cgi/access/login", "do not register it"),
            (f"{SITE}/fr{HOOK}", "what puts /fr in front of addresses"),
        )
    ),
    Case(ROUTE, "413", FAIL, "takes no body", takes(413), hint="raise its limit"),
    Case(ROUTE, "a page with 400", FAIL, "a gate", takes(answer(400, content_type="text/html"))),
    Case(ROUTE, "a challenge", FAIL, "a gate", {**takes(answer(403, challenge=True)), **sold()}),
    Case(
        ROUTE,
        "no Stripe key",
        BLOCKED,
        "as it does without",
        takes(500),
        {"env.stripe-secret-key": fail("")},
        because_of=("env.stripe-secret-key",),
    ),
    Case(
        ROUTE, "the Stripe key is there", FAIL, "fails before", takes(500), {"env.stripe-secret-key": ok("")}
    ),
    Case(ROUTE, "refuses with 500", WARN, "to what is not", takes(500, 200)),
    Case(ROUTE, "refuses with 401", OK, "rightly signed", takes(401, 200)),
    Case(ROUTE, "takes everything", FAIL, "not the handler", takes(200, 200, 200)),
    Case(
        ROUTE,
        "hangs",
        FAIL,
        "never answers",
        {**takes(400), **given(webhook.rightly_signed, be=answer(None, reason="timeout"))},
    ),
    Case(
        ROUTE,
        "ended by the platform",
        FAIL,
        "own time limit",
        {
            **takes(400),
            **given(webhook.rightly_signed, be=answer(504, platform="FUNCTION_INVOCATION_TIMEOUT")),
        },
    ),
    Case(
        ROUTE,
        "hangs, hardly waited for",
        UNKNOWN,
        "within 1 s",
        {**takes(400), **given(webhook.rightly_signed, be=answer(None, reason="timeout"))},
        timeout=1.0,
    ),
    *(
        Case(ROUTE, f"silent: {reason}", FAIL, "", {**silent(reason), **sold()})
        for reason in ("refused", "tls", "closed", "bad-url")
    ),
    *(
        Case(
            ROUTE,
            f"silent: {reason}, and no network",
            UNKNOWN,
            "",
            {**silent(reason), **given(webhook.endpoints, be=SILENT)},
        )
        for reason in ("dns", "timeout", "network")
    ),
    *(
        Case(ROUTE, f"silent here, {reason}", UNKNOWN, "deliveries show", silent(reason))
        for reason in ("timeout", "network", "closed")
    ),
    Case(ROUTE, "limited here", UNKNOWN, "deliveries show", takes(429)),
    *(
        Case(
            ROUTE,
            f"{unsigned}, and {wrongly} to what is wrongly signed",
            status,
            "",
            takes(unsigned, 200, wrongly),
        )
        for unsigned, wrongly, status in (
            *(
                (401, 401, OK),
                (403, 400, OK),
                (422, 422, OK),
                (405, 401, OK),
                (500, 400, WARN),
                (503, 500, WARN),
            ),
            *((200, 400, WARN), (302, 401, WARN), (200, 200, FAIL), (204, 201, FAIL)),
        )
    ),
    *(
        Case(
            ROUTE,
            f"ended by a limit, {status}",
            FAIL,
            f"own time limit ended it ({status}",
            {**takes(400), **given(webhook.rightly_signed, be=answer(status))},
        )
        for status in (408, 504, 524)
    ),
    Case(
        ROUTE,
        "plain text with 400",
        OK,
        "refuses what is not signed",
        takes(answer(400, content_type="text/plain")),
    ),
    Case(ROUTE, "a challenge with 200", FAIL, "a gate answers 200", takes(answer(200, challenge=True))),
    Case(ROUTE, "422", FAIL, "answers 422", takes(422)),
    *(
        Case(
            ROUTE,
            f"{status}, and nothing was delivered",
            FAIL,
            f"a gate answers {status}",
            {**takes(status), **sold()},
        )
        for status in (401, 403, 407, 429)
    ),
    # The secret.
    Case(SECRET, "not set", SKIPPED, "no event can be signed", settings=UNSIGNED),
    Case(SECRET, "another one", FAIL, "refuses an event", {**takes(400), **sold()}),
    Case(SECRET, "another here", WARN, "this file another", takes(400)),
    Case(
        SECRET,
        "its clock",
        FAIL,
        "clock",
        {
            **given(webhook.rightly_signed, be=answer(400, clock=900.0)),
            **given(webhook.signed_by_its_clock, be=answer(200)),
        },
    ),
    Case(
        SECRET,
        "a clock, and another secret",
        FAIL,
        "refuses an event",
        {**sold(), **given(webhook.rightly_signed, be=answer(400, clock=900.0))},
    ),
    *(
        Case(
            SECRET,
            f"stained with {before + behind!r}",
            FAIL,
            "the local one with",
            {
                **takes(400),
                **sold(),
                **given(
                    webhook.signed_with_stain,
                    be=By(lambda _url, b, e, one=(before, behind): answer(200 if (b, e) == one else 400)),
                ),
            },
        )
        for before, behind in (
            ("", "\n"),
            ("", "\r\n"),
            ("", "\r"),
            ("", " "),
            (" ", ""),
            ('"', '"'),
            ("'", "'"),
        )
    ),
    Case(
        SECRET,
        "silent",
        UNKNOWN,
        "when an event is sent",
        given(webhook.rightly_signed, be=answer(None, reason="closed")),
    ),
    Case(SECRET, "fails", FAIL, "fails (500)", given(webhook.rightly_signed, be=answer(500))),
    Case(SECRET, "something in front", FAIL, "in front", given(webhook.rightly_signed, be=answer(403))),
    Case(
        SECRET,
        "by deliveries",
        UNKNOWN,
        "deliveries show",
        given(webhook.rightly_signed, be=answer(403)),
        BY_DELIVERIES,
    ),
    *(
        Case(
            SECRET,
            f"{status} to what is signed",
            FAIL,
            "in front",
            given(webhook.rightly_signed, be=answer(status)),
        )
        for status in (302, 401, 404)
    ),
    Case(BODY, "not set", SKIPPED, settings=UNSIGNED),
    Case(BODY, "altered", FAIL, "altered", given(webhook.awkwardly_written, be=answer(400))),
    Case(BODY, "silent", UNKNOWN, "", given(webhook.awkwardly_written, be=answer(None, reason="timeout"))),
    Case(BODY, "fails", FAIL, "with accents", given(webhook.awkwardly_written, be=answer(500))),
    Case(BODY, "by deliveries", UNKNOWN, "deliveries show", results=BY_DELIVERIES),
    Case(BODY, "delivered", OK, "cannot be tried", takes(400)),
    # The page.
    Case(PAGE, "to the login", OK, "without a login", page(307, location=f"{SITE}/login")),
    Case(PAGE, "to another host", WARN, "another host", page(307, location="https://other.test/login")),
    Case(PAGE, "gone", FAIL, "answers 404", page(404)),
    Case(
        PAGE,
        "looked for below a path",
        WARN,
        "address ends in /fr",
        page(404),
        settings=settings(NEXT_PUBLIC_APP_URL=f"{SITE}/fr"),
        hint="the host alone",
    ),
    Case(
        PAGE,
        "the whole site",
        BLOCKED,
        "the whole site",
        {**page(503), **takes(503)},
        {ROUTE: fail("")},
        because_of=(ROUTE,),
    ),
    Case(PAGE, "fails by itself", FAIL, "answers 503", page(503), {ROUTE: ok("")}),
    *(Case(PAGE, f"protected: {status}", UNKNOWN, "protection", page(status)) for status in (403, 429)),
    *(Case(PAGE, f"{status}", FAIL, f"answers {status}", page(status)) for status in (401, 405, 500)),
    Case(PAGE, "a challenge", UNKNOWN, "protection", page(503, challenge=True)),
    *(
        Case(
            PAGE,
            f"the whole site, {status}",
            BLOCKED,
            f"answers {status}",
            {**page(status), **takes(status)},
            {ROUTE: fail("")},
            because_of=(ROUTE,),
        )
        for status in (401, 404, 500)
    ),
    Case(PAGE, "silent, the site is not", UNKNOWN, "while the site does", page(None, reason="timeout")),
    Case(
        PAGE,
        "silent, as the site is",
        BLOCKED,
        "",
        {**page(None, reason="refused"), **silent("refused")},
        because_of=(ROUTE,),
    ),
    Case(
        PAGE,
        "silent, and no network",
        UNKNOWN,
        "",
        {**page(None, reason="dns"), **silent("dns"), **given(webhook.endpoints, be=SILENT)},
    ),
]
