"""In what two addresses differ, and which endpoint was meant for the webhook."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.systems.stripe_objects import COMPLETED, Destination, Endpoint
from iahome_fix.systems.webhook_urls import Webhook, differences, same_host, told_apart

SITE = "https://shop.example.test"
WEBHOOK = Webhook(SITE, MODULE_ACCESS.handler)
HOOK = WEBHOOK.url


def endpoint(url: str, *events: str, status: str = "enabled") -> Endpoint:
    return Endpoint(
        f"we_{abs(hash((url, events, status)))}", url, status, events or (COMPLETED,), livemode=True
    )


def destination(url: str, *, connected: bool = False, payload: str = "snapshot") -> Destination:
    return Destination(
        "ed_live_1", "webhook_endpoint", url, "enabled", payload, (COMPLETED,), True, connected=connected
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (HOOK, ()),
        ("https://SHOP.example.test/api/webhooks/stripe", ()),
        ("https://shop.example.test:443/api/webhooks/stripe", ()),
        (HOOK + "/", ("slash",)),
        ("https://shop.example.test//api/webhooks/stripe", ("slashes",)),
        ("https://shop.example.test/api//webhooks/stripe/", ("slashes",)),
        ("http://shop.example.test/api/webhooks/stripe", ("scheme",)),
        ("https://www.shop.example.test/api/webhooks/stripe", ("www",)),
        ("https://shop.example.test:8443/api/webhooks/stripe", ("port",)),
        (f"{SITE}/api/stripe-webhook", ("path",)),
        (f"{SITE}/API/webhooks/stripe", ("path",)),
        (f"{HOOK}?debug=1", ("query",)),
        ("http://www.shop.example.test/api/webhooks/stripe/?a", ("www", "scheme", "slash", "query")),
        ("https://other.example.test/api/webhooks/stripe", ("host",)),
        ("", ("host",)),
        ("https://[broken/api", ("host",)),
        ("https://shop.example.test:99999/api/webhooks/stripe", ("host",)),
    ],
)
def test_every_difference_has_its_name(url: str, expected: tuple[str, ...]) -> None:
    assert differences(HOOK, url) == expected


def test_hosts_are_compared_without_www() -> None:
    assert same_host("http://WWW.shop.example.test:8080/x", SITE)
    assert not same_host("https://shop.example.test.evil.test", SITE)
    assert not same_host("", "")


def test_the_exact_and_working_endpoint_is_preferred() -> None:
    exact = endpoint(HOOK)
    switched_off = endpoint(HOOK, COMPLETED, status="disabled")
    slash = endpoint(HOOK + "/")
    other_path = endpoint(f"{SITE}/api/stripe-webhook")
    elsewhere = endpoint("https://old.example.test/api/webhooks/stripe")
    assert WEBHOOK.best([elsewhere, other_path, slash, switched_off, exact]) == exact
    assert WEBHOOK.best([elsewhere, other_path, slash, switched_off]) == switched_off
    assert WEBHOOK.best([elsewhere, other_path, slash]) == slash
    assert WEBHOOK.best([elsewhere, other_path]) == other_path
    assert WEBHOOK.best([elsewhere]) is None


def test_only_what_was_meant_for_the_webhook_may_be_corrected() -> None:
    assert WEBHOOK.is_near_miss(endpoint(f"{SITE}/api/stripe/webhook/", "charge.failed"))
    assert WEBHOOK.is_near_miss(endpoint(f"{SITE}/hooks/pay", COMPLETED))
    assert not WEBHOOK.is_near_miss(endpoint(f"{SITE}/hooks/invoices", "invoice.paid"))
    assert not WEBHOOK.is_near_miss(endpoint(f"{SITE}/hooks/everything", "*"))
    assert not WEBHOOK.is_near_miss(endpoint("https://old.example.test/api/webhooks/stripe"))


def test_the_handler_of_another_version_has_its_own_address() -> None:
    handler = replace(MODULE_ACCESS.handler, path="/api/stripe-webhook", other_paths=("/hooks/old",))
    webhook = Webhook(f"{SITE}/", handler)
    assert webhook.url == f"{SITE}/api/stripe-webhook"
    there = endpoint(webhook.url, "charge.failed")
    assert webhook.best([endpoint(HOOK), there]) == there
    assert webhook.is_near_miss(endpoint(f"{SITE}/hooks/old", "charge.failed"))
    assert not webhook.is_near_miss(endpoint(HOOK, "charge.failed"))


@pytest.mark.parametrize(
    ("destinations", "connected"),
    [
        ((destination(HOOK, connected=True),), True),
        ((destination(HOOK, connected=True), destination(HOOK)), False),
        ((destination(HOOK, connected=True, payload="thin"),), False),
        ((destination(f"{HOOK}/", connected=True),), False),
        ((), False),
        (None, False),
    ],
)
def test_the_newer_list_tells_whose_events_an_endpoint_gets(
    destinations: tuple[Destination, ...] | None, connected: bool
) -> None:
    (found,) = told_apart([endpoint(HOOK)], destinations)

    assert found.connected is connected
    assert WEBHOOK.best([found]) == (None if connected else found)
