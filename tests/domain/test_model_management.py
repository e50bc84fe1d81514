"""The model where SQL goes over the Management API: doctor, reconcile and explain agree there, too."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from iahome_fix.checks.chain import CHAIN
from iahome_fix.checks.overview import overview
from iahome_fix.checks.runner import run_checks
from iahome_fix.facts.context import Context
from iahome_fix.repairs.journal.run import new_run_id
from iahome_fix.repairs.reconcile import reconcile
from iahome_fix.sandbox.keys import legacy_key
from iahome_fix.settings import load_settings
from tests.domain.making import make
from tests.domain.test_model import pair, rows, terms_of, told_of, verdicts
from tests.domain.worlds import World
from tests.explain.support import project

if TYPE_CHECKING:
    from iahome_fix.domain.sums import Overview
    from iahome_fix.model import Report
    from iahome_fix.settings import Settings
    from tests.checks.app_support import App
    from tests.conftest import ServeManagement

_CUSTOMERS_ASKED = 5


@pytest.mark.parametrize("seed", [700, pytest.param(701, marks=pytest.mark.wide)])
def test_all_that_read_the_verdicts_agree_over_the_management_api(
    app: App, serve_management: ServeManagement, seed: int
) -> None:
    app.empty()
    world = make(app, seed, customers=30)
    expected = world.verdicts()
    owed = {key for key, verdict in expected.items() if verdict == "owed"}
    app.variables = {**project(), **app.variables}
    directly, _sums = doctor(app, world)
    by_session = {e: judged(app, world, e) for e in list(world.profiles.values())[:_CUSTOMERS_ASKED]}
    over_management(app, serve_management)

    assert verdicts(app, world) == expected
    report, sums = doctor(app, world)
    assert said(report) == said(directly)
    waiting = [verdict for verdict in expected.values() if verdict in ("owed", "over")]
    assert (sums.due.sales, sums.owed.sales) == (len(expected), len(waiting))

    for email, told in by_session.items():
        assert judged(app, world, email) == told, email

    before = rows(app)
    with closing(Context(settings_of(app))) as ctx:
        plan = reconcile.plan(ctx.database, ctx.stripe, terms_of(world), ctx.profile)
        assert {pair(world, key) for key in owed} == {
            pair(world, (sold.session_id, sold.module)) for sold in plan.of("to_create")
        }
        reconcile.apply(ctx.database, plan, new_run_id())
    after = rows(app)
    assert {key for key in after if after[key] > before.get(key, 0)} == {pair(world, key) for key in owed}
    _report, sums = doctor(app, world)
    assert sums.owed.sales == sum(verdict == "over" for verdict in verdicts(app, world).values())
    assert "owed" not in verdicts(app, world).values()


def over_management(app: App, serve_management: ServeManagement) -> None:
    """Leave the Management API as the only way to SQL."""
    assert app.dsn
    server = serve_management(app.dsn)
    server.rate_limit = 2_000  # many commands' worth in one minute
    app.variables |= {
        "SUPABASE_DB_URL": "",
        "NEXT_PUBLIC_SUPABASE_URL": f"https://{server.ref}.supabase.co",
        "SUPABASE_ACCESS_TOKEN": server.token,
        "SUPABASE_MANAGEMENT_API_URL": server.url,
        "SUPABASE_SERVICE_ROLE_KEY": legacy_key("service_role", server.ref, "signing"),
        "NEXT_PUBLIC_SUPABASE_ANON_KEY": legacy_key("anon", server.ref, "signing"),
    }


def settings_of(app: App) -> Settings:
    return load_settings(folder=app.folder, environ=app.environ())


def doctor(app: App, world: World) -> tuple[Report, Overview]:
    with closing(Context(settings_of(app), terms=terms_of(world))) as ctx:
        report = run_checks(CHAIN, ctx)
        sums = overview(ctx, report)
    assert sums is not None
    return report, sums


def said(report: Report) -> dict[str, str]:
    """What each check of the rows and of the payments says."""
    links = ("schema", "data", "payments")
    return {
        result.check.id: result.status.value
        for result in report.results
        if result.check.link.value in links or result.check.id == "site.webhook-handler"
    }


def judged(app: App, world: World, email: str) -> list[tuple[str | None, str, str | None]]:
    """What explain says of each module of a customer: its state, and the check because of which."""
    return [(one.module, one.state.value, one.because) for one in told_of(app, world, email).judged]
