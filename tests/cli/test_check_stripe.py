"""`check-stripe` on the real client library and the stand-ins of Stripe and the site: --fix and its plan."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from iahome_fix.sandbox.stripe.endpoints import Endpoint
from tests.checks.app_support import COMPLETED, PATH, ago
from tests.cli.shop_support import Shop, shop
from tests.cli.terminal_support import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    with shop(tmp_path) as running:
        yield running


def broken(store: Shop) -> Endpoint:
    """The endpoint of the store with a slash too many, the wrong event, and switched off."""
    endpoint = store.app.endpoint
    endpoint.url += "/"
    endpoint.enabled_events = ["charge.succeeded"]
    endpoint.status = "disabled"
    return endpoint


def created(store: Shop) -> Endpoint:
    """The only endpoint that Stripe has."""
    (endpoint,) = store.app.stripe.endpoints.values()
    return endpoint


def test_a_healthy_store_needs_nothing_and_has_nothing_written(store: Shop) -> None:
    found = store.run("check-stripe")
    assert (found.code, found.verdict, found.error) == (0, "healthy", None)
    assert (found.document["plan"], found.document["applied"], found.document["resend"]) == (None, None, None)
    right = store.run("check-stripe", "--fix")
    assert (right.code, right.verdict, right.document["plan"]["action"]) == (0, "healthy", "nothing")
    assert {received.method for received in store.app.server.requests} == {"GET"}
    assert store.journal() == []


def test_fix_changes_what_the_plan_says_and_undo_takes_it_back(store: Shop) -> None:
    endpoint = broken(store)
    before = (endpoint.url, list(endpoint.enabled_events), endpoint.status)

    planned = store.run("check-stripe", "--fix", "--dry-run")
    assert (planned.code, planned.verdict, planned.document["applied"]) == (0, "planned", None)
    assert planned.check("stripe.endpoint-url")["status"] == "fail"
    changes = [
        {"field": "url", "from": before[0], "to": before[0].rstrip("/")},
        {
            "field": "enabled_events",
            "from": ["charge.succeeded"],
            "to": ["charge.succeeded", COMPLETED],
        },
        {"field": "status", "from": "disabled", "to": "enabled"},
    ]
    plan = planned.document["plan"]
    assert (plan["action"], plan["endpoint"], plan["changes"]) == ("update", endpoint.id, changes)
    assert (endpoint.url, endpoint.enabled_events, endpoint.status) == before

    fixed = store.run("check-stripe", "--fix", "--yes")
    assert (fixed.code, fixed.verdict, fixed.document["causes"]) == (0, "healthy", [])
    assert fixed.document["plan"] == plan
    assert fixed.document["applied"] == {"action": "update", "endpoint": endpoint.id, "changes": changes}
    assert (endpoint.url, endpoint.status) == (store.app.site.url + PATH, "enabled")
    (run,) = store.journal()
    assert (run["run_id"], run["command"], run["state"]) == (
        fixed.document["run_id"],
        "check-stripe",
        "applied",
    )

    undone = store.run("undo", run["run_id"], "--yes")
    assert (undone.code, undone.verdict) == (0, "applied"), undone.document
    assert (endpoint.url, list(endpoint.enabled_events), endpoint.status) == before


def test_nobody_to_ask_leaves_the_plan_and_everything_as_it_was(store: Shop) -> None:
    endpoint = broken(store)
    found = store.run("check-stripe", "--fix")
    assert (found.code, found.verdict, found.error) == (2, "planned", "needs-yes")
    assert found.document["plan"]["changes"]
    assert found.check("stripe.endpoint-url")["status"] == "fail"
    assert endpoint.status == "disabled"
    code, out, err = store.say("check-stripe", "--fix")
    assert code == 2
    assert f"url: {endpoint.url} → {store.app.site.url}{PATH}" in out.replace("\n", " ")
    assert "--yes" in err


def test_what_is_withheld_is_said_and_the_exit_code_is_the_report_s(store: Shop) -> None:
    store.app.endpoint.status = "disabled"
    store.app.site.status_override = 404
    found = store.run("check-stripe", "--fix", "--yes")
    assert (found.code, found.verdict) == (1, "broken")
    assert found.document["plan"]["action"] == "nothing"
    assert "404" in found.document["plan"]["withheld"][0]
    assert store.app.endpoint.status == "disabled"


def test_a_key_that_may_only_read_names_the_right_to_write(store: Shop) -> None:
    broken(store)
    store.app.key = store.app.stripe.add_key("live", "restricted", ("webhook_read", "checkout_session_read"))
    found = store.run("check-stripe", "--fix", "--yes")
    assert (found.code, found.error) == (3, "stripe-permission")
    assert "rak_webhook_write" in found.document["error"]["message"]
    assert found.document["plan"]["changes"]
    assert found.document["applied"] is None


def test_a_key_that_may_not_list_endpoints_names_the_right_to_read(store: Shop) -> None:
    store.app.stripe.endpoints.clear()
    store.app.key = store.app.stripe.add_key("live", "restricted", ("event_read", "checkout_session_read"))
    found = store.run("check-stripe", "--fix", "--yes")
    assert (found.code, found.error) == (3, "stripe-permission")
    assert "rak_webhook_read" in found.document["error"]["message"]
    assert found.check("stripe.endpoint")["status"] == "unknown"
    assert not store.app.stripe.endpoints


# The secret of a new endpoint


def test_the_secret_goes_into_a_file_for_its_owner_alone(store: Shop) -> None:
    store.app.stripe.endpoints.clear()
    file = store.folder / "new.env"
    found = store.run("check-stripe", "--fix", "--yes", "--secret-file", str(file))
    secret = created(store).secret
    assert file.read_text(encoding="utf-8") == f"STRIPE_WEBHOOK_SECRET={secret}\n"
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert found.document["endpoint_secret"] is None
    assert secret not in str(found.document) + found.err + str(store.journal())
    assert found.document["plan"]["changes"][0] == {"field": "url", "from": None, "to": created(store).url}
    # The site still has the old one: until it is set there, every event is refused.
    assert (found.code, found.document["causes"]) == (1, ["site.webhook-secret"])

    store.app.site.webhook_secret = secret
    store.app.variables["STRIPE_WEBHOOK_SECRET"] = secret
    assert store.run("check-stripe").verdict == "healthy"


def test_a_file_that_is_there_is_not_overwritten_and_nothing_is_made(store: Shop) -> None:
    store.app.stripe.endpoints.clear()
    file = store.folder / "taken"
    file.write_text("mine", encoding="utf-8")
    found = store.run("check-stripe", "--fix", "--yes", "--secret-file", str(file))
    assert (found.code, found.error) == (2, "secret-file")
    assert file.read_text(encoding="utf-8") == "mine"
    assert not store.app.stripe.endpoints


def test_no_empty_file_stays_when_stripe_refuses(store: Shop) -> None:
    store.app.stripe.endpoints.clear()
    store.app.key = store.app.stripe.add_key("live", "restricted", ("webhook_read", "checkout_session_read"))
    found = store.run("check-stripe", "--fix", "--yes", "--secret-file", str(store.folder / "new.env"))
    assert found.code == 3
    assert not (store.folder / "new.env").exists()


def test_the_document_holds_the_secret_only_when_asked(store: Shop) -> None:
    store.app.stripe.endpoints.clear()
    found = store.run("check-stripe", "--fix", "--yes", "--show-secret")
    secret = created(store).secret
    assert found.document["endpoint_secret"] == secret
    assert secret not in found.err
    again = store.run("check-stripe", "--fix", "--yes", "--show-secret")
    assert again.document["plan"]["action"] == "nothing"
    assert again.document["endpoint_secret"] is None


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_the_secret_is_told_on_stderr_once(store: Shop, words: tuple[str, ...]) -> None:
    store.app.stripe.endpoints.clear()
    _code, out, err = store.say("check-stripe", "--fix", "--yes", *words)
    secret = created(store).secret
    assert err.count(secret) == 1
    assert secret not in out


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal")
def test_a_person_at_a_terminal_is_told_the_secret_once(store: Shop) -> None:
    store.app.stripe.endpoints.clear()
    with terminal(store.folder, *store.arguments("check-stripe", "--fix"), columns=100) as screen:
        screen.see("create an endpoint in live mode")
        screen.see("[y/N]")
        screen.press("y\n")
        screen.see("shown this once")
        assert screen.end() == 1
    assert screen.plain.count(created(store).secret) == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [(("--fix", "--resend"), "fix-and-resend"), (("--show-secret",), "secret-without-fix")],
)
def test_options_that_do_not_go_together(store: Shop, words: tuple[str, ...], code: str) -> None:
    found = store.run("check-stripe", *words)
    assert (found.code, found.error) == (2, code)
    assert found.document["checks"] == []


# v1 and v2, events that wait, rights


def test_a_thin_destination_gets_an_endpoint_for_whole_events_beside_it(store: Shop) -> None:
    store.app.stripe.endpoints.clear()
    thin = store.app.stripe.add_destination(url=store.app.site.url + PATH)
    before = store.run("check-stripe")
    entry = before.check("stripe.endpoint")
    assert before.document["causes"] == ["stripe.endpoint"]
    assert thin["id"] in entry["detail"]
    assert "thin" in entry["detail"]
    assert "no webhook endpoint" not in entry["detail"]

    fixed = store.run("check-stripe", "--fix", "--yes", "--show-secret")
    assert thin["id"] in fixed.document["plan"]["notes"][0]
    assert fixed.check("stripe.endpoint")["status"] == "ok"
    assert fixed.check("stripe.endpoint-duplicates")["status"] == "warn"
    assert thin["id"] in fixed.check("stripe.endpoint-duplicates")["evidence"]["others"]


def test_events_that_wait_are_counted_by_age(store: Shop) -> None:
    for age in ({"minutes": 1}, {"days": 1}, {"days": 2}, {"days": 10}, {"days": 20}, {"days": 29}):
        session = store.app.buys("alice@example.test", 15, pay=False, created=ago(**age))
        store.app.stripe.add_event(object_id=session, pending_webhooks=1, created=ago(**age))
    found = store.run("check-stripe")
    assert found.document["undelivered"] == {
        "count": 6,
        "by_age": {"under_5_minutes": 1, "under_3_days": 2, "under_15_days": 1, "under_30_days": 2},
    }
    _code, out, _err = store.say("check-stripe")
    assert "6 payment events of the last 30 days wait" in out


def test_nothing_that_waits_is_no_proof_and_it_says_so(store: Shop) -> None:
    _code, out, _err = store.say("check-stripe")
    assert "proves nothing" in out
    _code, quiet, _err = store.say("check-stripe", "--quiet")
    assert quiet == ""


def test_the_rights_that_commands_need_are_listed_and_the_missing_ones_named(store: Shop) -> None:
    store.app.key = store.app.stripe.add_key("live", "restricted", ("webhook_read", "checkout_session_read"))
    found = store.run("check-stripe")
    held = {entry["permission"]: entry["held"] for entry in found.document["permissions"]}
    assert held == {
        "rak_checkout_session_read": True,
        "rak_payment_intent_read": False,
        "rak_charge_read": False,
        "rak_invoice_read": False,
        "rak_webhook_read": True,
        "rak_event_read": False,
        "rak_webhook_write": None,
    }
    commands = {entry["permission"]: entry["commands"] for entry in found.document["permissions"]}
    assert "check-stripe --fix" in commands["rak_webhook_write"]
    assert found.check("stripe.permissions")["evidence"]["missing"] == [
        "rak_payment_intent_read",
        "rak_charge_read",
        "rak_invoice_read",
        "rak_event_read",
    ]
    _code, out, _err = store.say("check-stripe")
    assert "permissions[]=rak_webhook_write" in out
    assert {received.method for received in store.app.server.requests} == {"GET"}
