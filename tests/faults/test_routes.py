"""Answers that meet this machine alone, against what Stripe's deliveries left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.sandbox.loopback import Response, html_response, json_response
from tests.checks.app_support import secret

if TYPE_CHECKING:
    from tests.faults.conftest import OpenWorld

WALLS = (
    html_response(403, "Just a moment...", {"cf-mitigated": "challenge"}),
    html_response(503, "Checking your browser before accessing"),
    html_response(403, "Forbidden"),
    html_response(401, "Verify you are human by completing the action below."),
    Response(405, b"", {"x-amzn-waf-action": "captcha"}),
    json_response(429, {"error": "rate limited"}),
)


def test_what_meets_this_machine_alone_is_no_cause(open_world: OpenWorld) -> None:
    world = open_world()
    world.buys("carol", 15)
    for wall in WALLS:
        world.site.only_stripe = wall
        found = world.look()
        assert found.causes == [], found.shown()
        route = found.check("site.webhook-route")
        assert (route["status"], route["evidence"]["status"]) == ("unknown", wall.status), found.shown()
        assert found.check("payments.unfulfilled")["status"] == "ok", found.shown()


def test_the_same_walls_are_the_cause_once_a_delivery_waits(open_world: OpenWorld) -> None:
    world = open_world()
    world.site.gate = 403
    world.buys("carol", 15)
    world.site.gate = None
    for wall in (WALLS[0], WALLS[1], WALLS[5]):
        world.site.only_stripe = wall
        found = world.look()
        assert found.causes == ["site.webhook-route"], found.shown()


def test_a_closed_door_for_everybody_is_a_cause_whatever_was_delivered_before(open_world: OpenWorld) -> None:
    world = open_world()
    world.buys("carol", 15)
    for status in (401, 404, 500):
        world.site.gate = status
        assert world.look().causes == ["site.webhook-route"], status


def test_another_secret_in_the_file_is_no_cause_where_deliveries_work(open_world: OpenWorld) -> None:
    world = open_world()
    world.variables["STRIPE_WEBHOOK_SECRET"] = secret("whsec")
    world.buys("carol", 15)
    found = world.look()
    assert found.causes == [], found.shown()
    assert "this file another" in found.check("site.webhook-secret")["detail"]


def test_an_endpoint_for_connected_accounts_keeps_its_twin(open_world: OpenWorld) -> None:
    world = open_world()
    world.endpoint.application = "ca_of_a_platform"
    done = world.command("check-stripe", "--fix", "--yes")
    assert done.document["error"] is None, done.document
    urls = [endpoint.url for endpoint in world.stripe.endpoints.values()]
    assert urls == [world.endpoint.url] * 2
    again = world.look()
    assert again.check("stripe.endpoint")["status"] == "ok", again.shown()
    assert again.check("stripe.endpoint-duplicates")["status"] == "ok", again.shown()
