"""`explain` with the address of the Data API and the server's key alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.checks.app_support import App
from tests.damage import DAMAGES, Proxy
from tests.explain.support import CAROL, explain, token

if TYPE_CHECKING:
    from iahome_fix.sandbox.gateway import Gateway
    from iahome_fix.sandbox.loopback import Response
    from tests.conftest import ServeApi


@pytest.fixture
def api(app: App, serve_api: ServeApi) -> Iterator[tuple[Gateway, Proxy]]:
    """The Data API of the app, behind a proxy; there is no way to run SQL."""
    assert app.dsn
    gateway = serve_api(app.dsn)
    with Proxy(gateway.url) as proxy:
        app.variables = {
            "SUPABASE_DB_URL": "",
            "NEXT_PUBLIC_SUPABASE_URL": f"https://{gateway.ref}.supabase.co",
            "NEXT_PUBLIC_SUPABASE_ANON_KEY": gateway.anon_key,
            "SUPABASE_API_URL": proxy.url,
            "SUPABASE_SERVICE_ROLE_KEY": gateway.service_key,
            "IAHOME_FIX_NO_DATA_API": "",
        }
        yield gateway, proxy


@pytest.mark.usefixtures("api")
def test_what_is_missing_is_missing_and_what_only_sql_tells_is_named(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    token(app, 6, "3 days")
    app.grant(CAROL, 13, app.buys(CAROL, 13, pay=False))
    before = app.sql("select to_jsonb(a) from public.module_access a order by id")
    told = explain(app)
    assert told.answer == "missing"
    assert told.says(15) == ("missing", "payments.unfulfilled")
    assert told.says(6) == ("missing", "data.tokens-without-access")
    assert told.says(13) == ("unknown", None)
    assert "SUPABASE_DB_URL" in told.module(13)["sentence"]
    unseen = {one["what"]: one for one in told.body["not_looked_at"]}
    assert set(unseen) == {"page", "catalog"}
    assert "permissions.owner-reads" in unseen["catalog"]["reason"]
    assert "SUPABASE_ACCESS_TOKEN" in unseen["catalog"]["hint"]
    way = {step["step"]: step["state"] for step in told.module(15)["trace"]}
    assert (way["customer"], way["module"], way["free"], way["shown"]) == (
        "holds",
        "holds",
        "holds",
        "unknown",
    )
    assert app.sql("select to_jsonb(a) from public.module_access a order by id") == before


def test_what_was_given_since_the_copy_is_not_missing(app: App, api: tuple[Gateway, Proxy]) -> None:
    _gateway, proxy = api
    session = app.buys(CAROL, 15, pay=False)

    def given(answer: Response) -> Response:
        if not app.sql("select from public.module_access"):
            app.grant(CAROL, 15, session)
        return answer

    proxy.strike(given, "/module_access", method="GET")
    told = explain(app)
    assert proxy.struck
    assert (told.answer, told.says(15)) == ("unknown", ("unknown", None))


@pytest.mark.usefixtures("api")
def test_an_address_of_nobody(app: App) -> None:
    told = explain(app, "carl@example.test")
    assert (told.answer, told.near) == ("not-found", ["one-letter"])


def test_rows_that_cannot_be_read_are_no_verdict(app: App, api: tuple[Gateway, Proxy]) -> None:
    gateway, proxy = api
    app.buys(CAROL, 15, pay=False)
    proxy.strike(DAMAGES["html"], "/module_access", method="GET")
    told = explain(app)
    assert (told.answer, told.says(15)) == ("unknown", ("unknown", None))
    assert "unexpected response" in told.module(15)["sentence"]
    proxy.heal()
    # With a visitor's key rows are hidden without a word, so nothing is read by it.
    app.variables["SUPABASE_SERVICE_ROLE_KEY"] = gateway.anon_key
    told = explain(app)
    assert (told.answer, "database" in told.untold) == ("unknown", True)
