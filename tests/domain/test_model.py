"""One model of it all: what doctor says is owed is what reconcile creates, and what explain says."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import psycopg
import pytest

from iahome_fix import sql
from iahome_fix.domain.lengths import Length
from iahome_fix.domain.sale import OWING
from iahome_fix.domain.sums import sums_of
from iahome_fix.domain.terms import Terms
from iahome_fix.explain.story import CustomersContext
from iahome_fix.explain.told import Told, told
from iahome_fix.explain.verdict import OWED, Judged, State
from iahome_fix.facts import sales
from iahome_fix.facts.context import Context
from iahome_fix.profile import (
    MODULE_ACCESS,
    USER_APPLICATIONS_MONTH,
    USER_APPLICATIONS_YEAR,
    AppProfile,
)
from iahome_fix.repairs.journal.run import new_run_id
from iahome_fix.repairs.reconcile import over_api as reconcile_api
from iahome_fix.repairs.reconcile import reconcile
from iahome_fix.settings import load_settings
from tests.checks.app_support import running
from tests.domain.making import OTHERS, make
from tests.domain.worlds import Bought, World
from tests.explain.support import project
from tests.faults.world import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iahome_fix.sandbox.databases import DatabaseFactory
    from tests.checks.app_support import App
    from tests.conftest import ServeApi

LOOK_BACK = timedelta(days=90)
BY_PAYMENT = {
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
"""Checks that speak for a payment that was not given."""


SLUGS = {"3": "metube", "6": "cogstudio", "13": "ruinedfooocus", "15": "stablediffusion"}


@pytest.fixture(params=[USER_APPLICATIONS_YEAR, USER_APPLICATIONS_MONTH], ids=lambda p: p.name)
def later(
    request: pytest.FixtureRequest, databases: DatabaseFactory, tmp_path: Path
) -> Iterator[tuple[App, AppProfile]]:
    """A shop of a later version with its own tables, and without the guide's; nobody bought anything yet."""
    profile: AppProfile = request.param
    dsn = databases.copy(f"model-{profile.name}", partial(_fill, profile=profile))
    with running(tmp_path, dsn) as app:
        yield app, profile
    databases.drop(dsn)


def _fill(dsn: str, *, profile: AppProfile) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(ROWS.partition("insert into auth.users")[0].encode())
        if profile is USER_APPLICATIONS_MONTH:
            connection.execute(sql.load("sandbox/applications_month").encode())


def terms_of(world: World) -> Terms:
    return Terms(
        world.now - LOOK_BACK,
        world.profile.term.usual,
        chosen=None if world.terms else Length(world.duration),
        by_module={module: Length(span) for module, span in world.chosen.items()},
        from_now=world.from_now,
        include_unclear=world.include_unclear,
    )


def verdicts(app: App, world: World) -> dict[tuple[str, str | None], str]:
    named = None if world.profile.is_guides else world.profile.name
    settings = load_settings(folder=app.folder, environ=app.environ(), profile=named)
    with closing(Context(settings, terms=terms_of(world))) as ctx:
        found = sales.sales(ctx)
    said = {(sale.key[0], in_model(world, sale.key[1])): sale.verdict.value for sale in found}
    added = {(sale.key[0], in_model(world, sale.key[1])) for sale in found if sale.added}
    assert added == world.added
    owed = [key for key, verdict in said.items() if verdict in OWING]
    sums = sums_of(sale for sale in found if sale.owed)
    assert (sums.sales, dict(sums.amount)) == (len(owed), world.cost(owed))
    assert sums.customers == len({pair(world, key)[0] for key in owed})
    return said


@pytest.mark.parametrize(
    ("seed", "how"), [*((seed, "plain") for seed in range(7)), (501, "rows"), (502, "rows"), (601, "chosen")]
)
def test_the_verdicts_are_those_of_the_model_and_reconcile_gives_what_they_say(
    app: App, seed: int, how: str
) -> None:
    app.empty()
    world = make(app, seed, customers=60, by_rows=how == "rows", chosen=how == "chosen")
    expected = world.verdicts()
    assert verdicts(app, world) == expected

    with closing(Context(load_settings(folder=app.folder, environ=app.environ()))) as ctx:
        plan = reconcile.plan(ctx.database, ctx.stripe, terms_of(world), MODULE_ACCESS)
        shown = {(sold.session_id, sold.module) for sold in plan.of("to_create")}
        owed = {key for key, verdict in expected.items() if verdict == "owed"}
        # Of several sales of one customer and module the last one is written, and serves the others.
        assert shown <= owed
        assert {pair(world, key) for key in owed} == {pair(world, key) for key in shown}
        for verdict in set(expected.values()) & set(plan.as_json()["skipped"]) - {"over"}:
            assert (verdict, plan.counts.get(verdict, 0)) == (verdict, Counter(expected.values())[verdict])
        assert plan.amount == world.cost(shown)
        before = rows(app)
        reconcile.apply(ctx.database, plan, new_run_id())
    after = rows(app)
    given = {
        (owner, module) for owner, module in after if after[owner, module] > before.get((owner, module), 0)
    }
    assert given == {pair(world, key) for key in owed}
    left = {key for key, verdict in verdicts(app, world).items() if verdict == "owed"}
    assert not left


@pytest.mark.parametrize("way", ["sql", "api"])
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.wide) for seed in range(1, 9))])
def test_the_same_in_the_table_of_a_later_version(
    later: tuple[App, AppProfile], serve_api: ServeApi, seed: int, way: str
) -> None:
    app, profile = later
    slugs = SLUGS if profile is USER_APPLICATIONS_MONTH else {}
    world = make(app, 700 + seed, customers=60, short=0.3, profile=profile, slugs=slugs)
    if way == "api":
        over_api(app, serve_api)
    expected = world.verdicts()
    assert verdicts(app, world) == expected
    owed = {key for key, verdict in expected.items() if verdict == "owed"}
    assert owed
    settings = load_settings(folder=app.folder, environ=app.environ(), profile=profile.name)
    with closing(Context(settings)) as ctx:
        if way == "api":
            plan = reconcile_api.plan(ctx.data_api, ctx.stripe, terms_of(world), profile)
        else:
            plan = reconcile.plan(ctx.database, ctx.stripe, terms_of(world), profile)
        shown = {(sold.session_id, in_model(world, sold.module)) for sold in plan.of("to_create")}
        assert {pair(world, key) for key in owed} == {pair(world, key) for key in shown}
        before, in_force = ends(app), running_now(app)
        if way == "api":
            done = reconcile_api.apply_bare(ctx.data_api, plan, new_run_id(), lambda _rows, _deciding: None)
            assert (done.created, done.stop) == (plan.to_create, None)
        else:
            assert reconcile.apply(ctx.database, plan, new_run_id()) == plan.to_create
    given = {
        (owner, in_model(world, module))
        for key, (owner, module, active, until) in ends(app).items()
        if active and before.get(key) != (owner, module, active, until)
    }
    assert given == {pair(world, key) for key in owed}
    # What ran runs on, in its own row: what is inactive by now was over.
    assert in_force <= running_now(app)
    left = {key for key, verdict in verdicts(app, world).items() if verdict == "owed"}
    assert not left


def ends(app: App) -> dict[str, tuple[str, str, bool | None, object]]:
    """The accesses of a later version's table, by their ids."""
    found = app.sql("select id::text, user_id::text, module_id, is_active, expires_at from user_applications")
    return {key: (owner, str(module), active, until) for key, owner, module, active, until in found}


def running_now(app: App) -> set[str]:
    """Those in force, by their ids."""
    found = app.sql(
        "select id::text from user_applications where is_active and coalesce(expires_at > now(), true)"
    )
    return {key for (key,) in found}


def in_model(world: World, module: str | None) -> str | None:
    """The module as the model calls it."""
    return {slug: number for number, slug in world.slugs.items()}.get(module or "", module)


@pytest.mark.parametrize(
    ("seed", "by_rows"), [(0, False), pytest.param(1, False, marks=pytest.mark.wide), (2, True)]
)
def test_explain_says_of_each_customer_what_the_verdicts_say(app: App, seed: int, by_rows: bool) -> None:
    app.empty()
    world = make(app, 100 + seed, customers=25, by_rows=by_rows)
    verdicts = world.verdicts()
    owed = {key for key, verdict in verdicts.items() if verdict in ("owed", "over", "unclear")}
    # Whether these stand is not known either.
    unsure = {key for key, verdict in verdicts.items() if verdict == "unknown_module"}
    unsure = {key for key in unsure if bought(world, key[0]).money == "unclear"}
    app.variables = {**project(), **app.variables}
    settings = load_settings(folder=app.folder, environ=app.environ())
    for owner, email in world.profiles.items():
        theirs = {module for key in owed for who, module in [pair(world, key)] if who == owner}
        perhaps = {
            module for who, module in [*(pair(world, key) for key in unsure), *world.older] if who == owner
        }
        there = {row.module for row in world.held if row.owner == owner and row.in_force(world.now)}
        with closing(CustomersContext(settings, terms=terms_of(world))) as ctx:
            judged = told(ctx, email, asked=None, since=world.now - LOOK_BACK, emails=False).judged
        said = {
            one.module
            for one in judged
            if one.state is State.UNKNOWN
            # What is there, and hidden, is owed only where a command that gives more comes after it.
            or (one.state in OWED and ((one.because in BY_PAYMENT and one.module not in there) or gives(one)))
        }
        assert said - perhaps == theirs - perhaps, (email, judged)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.wide), 2])
def test_the_same_over_the_data_api_where_only_a_former_account_s_access_is_left_to_sql(
    app: App, serve_api: ServeApi, seed: int
) -> None:
    app.empty()
    world = make(app, 300 + seed, customers=60, short=0.3, by_rows=seed > 1)
    over_api(app, serve_api)
    expected = world.verdicts()
    assert verdicts(app, world) == expected

    owed = {key for key, verdict in expected.items() if verdict == "owed"}
    with closing(Context(load_settings(folder=app.folder, environ=app.environ()))) as ctx:
        plan = reconcile_api.plan(ctx.data_api, ctx.stripe, terms_of(world), MODULE_ACCESS)
        shown, left = plan.of("to_create"), plan.of("needs_sql")
        # What is bought once more besides is given, and covers it where it lasts as long.
        former = {key for key in owed if is_former(world, key)}
        moved = {(sold.user_id, sold.module) for sold in left}
        anew = {pair(world, key) for key in owed - former}
        assert {pair(world, key) for key in former} - anew <= moved <= {pair(world, key) for key in former}
        assert {pair(world, key) for key in owed} == {(sold.user_id, sold.module) for sold in (*shown, *left)}
        for verdict in set(expected.values()) & set(plan.as_json()["skipped"]) - {"over"}:
            assert (verdict, plan.counts.get(verdict, 0)) == (verdict, Counter(expected.values())[verdict])
        before, in_force = rows(app), seen(app)
        done = reconcile_api.apply(ctx.data_api, plan, new_run_id())
    assert (done.created, done.stop) == (len(shown), None)
    after = rows(app)
    given = {key for key in after if after[key] > before.get(key, 0)}
    assert given == {(sold.user_id, sold.module) for sold in shown}
    # Who saw something sees it still, and those whose access has to be moved are untouched.
    assert in_force | given == seen(app)
    assert lengthened(app) == in_force & given
    assert lengthened(app) or OTHERS
    still = {pair(world, key) for key, verdict in verdicts(app, world).items() if verdict == "owed"}
    assert still == moved


@pytest.mark.wide
def test_explain_says_the_same_over_the_data_api(app: App, serve_api: ServeApi) -> None:
    app.empty()
    world = make(app, 500, customers=12)
    app.variables = {**project(), **app.variables}
    by_sql = {email: told_of(app, world, email) for email in world.profiles.values()}
    over_api(app, serve_api)
    owed = 0
    for email, before in by_sql.items():
        after = told_of(app, world, email)
        assert {what.what for what in after.story.unseen} >= {"page", "catalog"}
        for one, other in zip(before.judged, after.judged, strict=True):
            said = (one.state, one.because, one.sentence)
            by_payment = one.state in OWED and gives(one)
            if (other.state, other.because, other.sentence) != said:
                # What the page shows is the customer's own look, which only SQL can try.
                if by_payment:
                    assert (one.state, other.state) == (State.MISSING, State.PARTLY_SERVED), (one, other)
                    assert gives(other)
                    continue
                assert one.state in (State.VISIBLE, State.MISSING), (email, one, other)
                assert (other.state, "SUPABASE_DB_URL" in other.sentence) == (State.UNKNOWN, True)
            owed += by_payment
    assert owed


def gives(one: Judged) -> bool:
    """Whether a command of those that are named gives an access for a payment."""
    commands = (one.command or "", *one.then)
    return any(command.split()[1:2] in (["reconcile"], ["repair"]) for command in commands)


def told_of(app: App, world: World, email: str) -> Told:
    settings = load_settings(folder=app.folder, environ=app.environ())
    with closing(CustomersContext(settings, terms=terms_of(world))) as ctx:
        return told(ctx, email, asked=None, since=world.now - LOOK_BACK, emails=False)


def over_api(app: App, serve_api: ServeApi) -> None:
    """Leave nothing but the address of the Data API and the server's key."""
    assert app.dsn
    gateway = serve_api(app.dsn)
    app.variables = {
        "SUPABASE_DB_URL": "",
        "NEXT_PUBLIC_SUPABASE_URL": f"https://{gateway.ref}.supabase.co",
        "NEXT_PUBLIC_SUPABASE_ANON_KEY": gateway.anon_key,
        "SUPABASE_API_URL": gateway.url,
        "SUPABASE_SERVICE_ROLE_KEY": gateway.service_key,
    }


def bought(world: World, session: str) -> Bought:
    return next(one for one in world.bought if one.id == session)


def is_former(world: World, key: tuple[str, str | None]) -> bool:
    """Whether the access was given to an account that is gone."""
    session, module = key
    one = bought(world, session)
    return module is not None and world.former(one, next(iter(one.leads)), module)


def lengthened(app: App) -> set[tuple[str, str]]:
    return set(
        app.sql(
            "select user_id, module_id::text from public.module_access where metadata ? 'lengthened_before'"
        )
    )


def pair(world: World, key: tuple[str, str | None]) -> tuple[str, str | None]:
    session, module = key
    return next(iter(bought(world, session).leads)), module


def seen(app: App) -> set[tuple[str, str]]:
    """The accesses in force."""
    found = app.sql(
        "select user_id, module_id::text from public.module_access where is_active"
        " and (expires_at is null or expires_at > timezone('utc', now()))"
    )
    return set(found)


def rows(app: App) -> dict[tuple[str, str], int]:
    found = app.sql(
        "select user_id, module_id::text, count(*) from public.module_access"
        " where metadata ? 'run_id' group by 1, 2"
    )
    return {(owner, module): count for owner, module, count in found}
