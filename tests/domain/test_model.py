"""One model of it all: what doctor says is owed is what reconcile creates, and what explain says."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from iahome_fix.checks import sales
from iahome_fix.checks.context import Context
from iahome_fix.domain.terms import Terms
from iahome_fix.explain.case import Tools
from iahome_fix.explain.judge import judge
from iahome_fix.explain.privacy import Shown
from iahome_fix.explain.story import CustomersContext, handler_of, remark_of, tell
from iahome_fix.explain.verdict import OWED
from iahome_fix.repairs import reconcile
from iahome_fix.repairs.run import new_run_id
from iahome_fix.settings import load_settings
from tests.domain.worlds import Bought, World, make
from tests.explain.support import project

if TYPE_CHECKING:
    from tests.checks.app_support import App
    from tests.conftest import ServeApi

LOOK_BACK = timedelta(days=90)


def terms_of(world: World) -> Terms:
    return Terms(world.now - LOOK_BACK, world.duration)


def verdicts(app: App, world: World) -> dict[tuple[str, str | None], str]:
    with closing(
        Context(load_settings(folder=app.folder, environ=app.environ()), terms=terms_of(world))
    ) as ctx:
        return {(sale.session.id, sale.module): sale.verdict.value for sale in sales.sales(ctx)}


@pytest.mark.parametrize("seed", range(8))
def test_the_verdicts_are_those_of_the_model_and_reconcile_gives_what_they_say(app: App, seed: int) -> None:
    app.empty()
    world = make(app, seed, customers=60)
    expected = world.verdicts()
    assert verdicts(app, world) == expected

    with closing(Context(load_settings(folder=app.folder, environ=app.environ()))) as ctx:
        plan = reconcile.plan(ctx.database, ctx.stripe, terms_of(world))
        shown = {(sold.session_id, sold.module) for sold in plan.of("to_create")}
        owed = {key for key, verdict in expected.items() if verdict == "owed"}
        # Of several sales of one customer and module the last one is written, and serves the others.
        assert shown <= owed
        assert {pair(world, key) for key in owed} == {pair(world, key) for key in shown}
        for verdict in set(expected.values()) & set(plan.as_json()["skipped"]) - {"over"}:
            assert (verdict, plan.counts.get(verdict, 0)) == (verdict, Counter(expected.values())[verdict])
        before = rows(app)
        reconcile.apply(ctx.database, plan, new_run_id())
    after = rows(app)
    given = {
        (owner, module) for owner, module in after if after[owner, module] > before.get((owner, module), 0)
    }
    assert given == {pair(world, key) for key in owed}
    left = {key for key, verdict in verdicts(app, world).items() if verdict == "owed"}
    assert not left


@pytest.mark.parametrize("seed", range(2))
def test_explain_says_of_each_customer_what_the_verdicts_say(app: App, seed: int) -> None:
    app.empty()
    world = make(app, 100 + seed, customers=25)
    owed = {key for key, verdict in world.verdicts().items() if verdict in ("owed", "over", "unclear")}
    app.variables = {**project(), **app.variables}
    settings = load_settings(folder=app.folder, environ=app.environ())
    for owner, email in world.profiles.items():
        theirs = {module for session, module in owed if next(iter(bought(world, session).leads)) == owner}
        with closing(CustomersContext(settings, terms=terms_of(world))) as ctx:
            story = tell(ctx, email, asked=None, since=world.now - LOOK_BACK)
            tools = Tools(settings.command, Shown(emails=False), handler_of(ctx), remark_of(ctx))
            judged = judge(story, tools)
        by_payment = {
            "payments.unfulfilled",
            "data.email-case",
            "data.account-remade",
            "data.row-in-the-way",
            "site.checkout-address",
            "site.free-orders",
            "payments.renewals",
            "site.webhook-handler",
            "stripe.undelivered",
        }
        said = {
            one.module
            for one in judged
            if (one.state in OWED and one.because in by_payment) or one.state.value == "unknown"
        }
        assert said == theirs, (email, [(one.module, one.state, one.because, one.sentence) for one in judged])


@pytest.mark.parametrize("seed", range(2))
def test_the_verdicts_are_the_same_over_the_data_api(app: App, serve_api: ServeApi, seed: int) -> None:
    app.empty()
    world = make(app, 300 + seed, customers=60)
    assert app.dsn
    gateway = serve_api(app.dsn)
    app.variables = {
        "SUPABASE_DB_URL": "",
        "NEXT_PUBLIC_SUPABASE_URL": f"https://{gateway.ref}.supabase.co",
        "SUPABASE_API_URL": gateway.url,
        "SUPABASE_SERVICE_ROLE_KEY": gateway.service_key,
    }
    assert verdicts(app, world) == world.verdicts()


def bought(world: World, session: str) -> Bought:
    return next(one for one in world.bought if one.id == session)


def pair(world: World, key: tuple[str, str | None]) -> tuple[str, str | None]:
    session, module = key
    return next(iter(bought(world, session).leads)), module


def rows(app: App) -> dict[tuple[str, str], int]:
    found = app.sql(
        "select user_id, module_id::text, count(*) from public.module_access"
        " where metadata ? 'run_id' group by 1, 2"
    )
    return {(owner, module): count for owner, module, count in found}
