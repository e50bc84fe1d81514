"""`check-stripe --fix` on the real client library, the Stripe stand-in and the site stand-in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from iahome_fix.sandbox.stripe import StripeStandIn, StripeState
from tests.cli.test_commands import run

if TYPE_CHECKING:
    from iahome_fix.sandbox.databases import MakeDatabase
    from tests.conftest import OpenSite


def test_fix_corrects_address_and_events_and_a_dry_run_changes_nothing(
    make_database: MakeDatabase, open_site: OpenSite, tmp_path: Path
) -> None:
    state = StripeState(account="acct_1")
    key = state.add_key(mode="test")
    site = open_site(make_database("since", "awkward"), webhook_secret="whsec_" + "x" * 8)
    endpoint = state.add_endpoint(
        url=f"{site.url}/api/webhooks/stripe/", enabled_events=["charge.succeeded"], livemode=False
    )
    site.webhook_secret = endpoint.secret
    with StripeStandIn(state) as stripe:
        file = tmp_path / "fix.env"
        file.write_text(
            f"STRIPE_SECRET_KEY={key}\nSTRIPE_WEBHOOK_SECRET={endpoint.secret}\n"
            f"STRIPE_API_BASE={stripe.url}\nNEXT_PUBLIC_APP_URL={site.url}\n",
            encoding="utf-8",
        )
        options = ("check-stripe", "--env-file", str(file))

        _code, before = run(tmp_path, *options)
        assert "stripe.endpoint-url" in before["causes"]
        run(tmp_path, *options, "--fix", "--dry-run")
        assert endpoint.url.endswith("/stripe/")

        _code, after = run(tmp_path, *options, "--fix", "--yes")
    assert endpoint.url.endswith("/api/webhooks/stripe")
    found = {entry["id"]: entry["status"] for entry in after["checks"]}
    assert found["stripe.endpoint-url"] == found["stripe.endpoint-events"] == "ok"
    assert found["site.webhook-secret"] == "ok"
