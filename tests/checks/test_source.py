"""The source checks as part of the chain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from iahome_fix.checks.chain import CHAIN
from iahome_fix.checks.source import link as source
from iahome_fix.model import Status, Verdict
from tests.checks import app_support
from tests.checks.source_support import CHECKOUT, Source

if TYPE_CHECKING:
    from iahome_fix.sandbox.databases import MakeDatabase


def test_a_healthy_source_is_healthy(deployed: Source) -> None:
    deployed.variables = {
        "NEXT_PUBLIC_SUPABASE_ANON_KEY": "public",
        "SUPABASE_SERVICE_ROLE_KEY": "server",
        "NEXT_PUBLIC_SUPABASE_URL": "http://127.0.0.1:9",
        "STRIPE_SECRET_KEY": "key",
        "STRIPE_API_BASE": "http://127.0.0.1:9",
    }
    report = deployed.report()

    assert {
        r.check.id: (r.status, r.finding.detail) for r in report.results if r.status is not Status.OK
    } == {}
    assert report.verdict is Verdict.HEALTHY


def test_the_source_checks_stand_in_link_site_and_explain_lost_payments() -> None:
    every = source.every_check()
    places = {check.id: place for place, check in enumerate(every)}

    assert [c.id for c in every if c.id not in source.only_with()] == [c.id for c in CHAIN]
    assert places["site.encours"] < places["site.source-tables"] < places["payments.unfulfilled"]
    explained = every[places["payments.unfulfilled"]].after
    assert {"site.source-split", "site.source-metadata", "site.source-key"} <= set(explained)


def test_a_lost_payment_is_the_consequence_of_what_the_source_shows(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    from iahome_fix.checks.runner import run_checks
    from iahome_fix.facts.context import Context
    from iahome_fix.settings import load_settings
    from iahome_fix.source.app import keep
    from iahome_fix.source.files import read_checkout

    dsn = make_database()
    app_support.migrated(dsn)
    checkout = Source(tmp_path)
    checkout.change(CHECKOUT, "items_ids: items.map", "moduleId: items.map")
    root = checkout.write()
    with app_support.running(tmp_path, dsn) as app:
        app.customers()
        app.site.handler = "noop"
        app.buys("bob@example.test", 6, metadata={"moduleId": "6", "customerEmail": "bob@example.test"})
        settings = load_settings(folder=tmp_path, environ=app.environ())
        found = {}
        for name, chain in (("without", CHAIN), ("with", source.every_check())):
            ctx = Context(settings, timeout=5)
            if name == "with":
                keep(ctx, read_checkout(root))
            found[name] = run_checks([c for c in chain if c.link.value not in ("env", "supabase")], ctx)
            ctx.close()

    assert "payments.unfulfilled" in found["without"].causes
    assert found["with"].causes == ("site.source-metadata",)
    assert found["with"].result("payments.unfulfilled").finding.because_of == ("site.source-metadata",)
