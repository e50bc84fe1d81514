"""In what two addresses differ, and which endpoint was meant for the webhook."""

from __future__ import annotations

import pytest

from iahome_fix.systems.stripe_objects import COMPLETED, Endpoint
from iahome_fix.systems.webhook_urls import best, differences, is_near_miss, same_host, webhook_url

SITE = "https://shop.example.test"
HOOK = webhook_url(SITE)


def endpoint(url: str, *events: str, status: str = "enabled") -> Endpoint:
    return Endpoint(
        f"we_{abs(hash((url, events, status)))}", url, status, events or (COMPLETED,), livemode=True
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (HOOK, ()),
        ("https://SHOP.example.test/api/webhooks/stripe", ()),
        ("https://shop.example.test:443/api/webhooks/stripe", ()),
        (HOOK + "/", ("slash",)),
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
    assert best([elsewhere, other_path, slash, switched_off, exact], SITE) == exact
    assert best([elsewhere, other_path, slash, switched_off], SITE) == switched_off
    assert best([elsewhere, other_path, slash], SITE) == slash
    assert best([elsewhere, other_path], SITE) == other_path
    assert best([elsewhere], SITE) is None


def test_only_what_was_meant_for_the_webhook_may_be_corrected() -> None:
    assert is_near_miss(endpoint(f"{SITE}/api/stripe/webhook/", "charge.failed"), SITE)
    assert is_near_miss(endpoint(f"{SITE}/hooks/pay", COMPLETED), SITE)
    assert not is_near_miss(endpoint(f"{SITE}/hooks/invoices", "invoice.paid"), SITE)
    assert not is_near_miss(endpoint(f"{SITE}/hooks/everything", "*"), SITE)
    assert not is_near_miss(endpoint("https://old.example.test/api/webhooks/stripe"), SITE)
