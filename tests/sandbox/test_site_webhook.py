"""What the webhook of the site stand-in answers and writes, in a real database."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from iahome_fix.sandbox.world import CUSTOMERS, SESSIONS
from tests.sandbox.site_support import (
    LEA,
    OpenSite,
    event,
    post,
    sale,
    sell,
    shown,
    with_table,
)
from tests.sessions import execute

if TYPE_CHECKING:
    from iahome_fix.sandbox.databases import MakeDatabase

AMELIE = "amelie.durand@example.test"


def test_a_sale_is_granted_for_72_hours_and_shown_to_its_buyer_only(
    make_database: MakeDatabase, open_site: OpenSite
) -> None:
    dsn = with_table(make_database)
    site = open_site(dsn)
    assert shown(site, LEA) == {"modules": [], "error": None}
    sell(site, LEA, "15,6")
    assert shown(site, LEA) == {"modules": [6, 15], "error": None}
    assert shown(site, AMELIE) == {"modules": [], "error": None}
    found = execute(
        dsn,
        "select user_id, access_type, is_active, metadata ->> 'session_id', expires_at from module_access",
    )
    assert [row[:4] for row in found] == [(CUSTOMERS[LEA], "purchase", True, "cs_test_new")] * 2
    ends = found[0][4].replace(tzinfo=UTC)
    assert abs(ends - datetime.now(UTC) - timedelta(hours=72)) < timedelta(minutes=1)
    paid = execute(dsn, "select customer_email, amount, currency, status, module_id from payments")[-1]
    assert paid == (LEA, 990, "eur", "succeeded", "15")
    sell(site, LEA, "15")
    assert site.log[-1] == "15: already"
    assert len(execute(dsn, "select 1 from module_access")) == 2


def test_without_the_table_everything_is_acknowledged_and_nothing_shown(
    make_database: MakeDatabase, open_site: OpenSite
) -> None:
    dsn = make_database(template="awkward")
    site = open_site(dsn)
    sell(site, LEA, "15")
    assert site.log == ["15: insert:42P01"]
    assert shown(site, LEA) == {"modules": [], "error": "table:42P01"}
    assert len(execute(dsn, "select 1 from payments where session_id = 'cs_test_new'")) == 1


def test_a_handler_with_the_public_key_finds_no_customer(
    make_database: MakeDatabase, open_site: OpenSite
) -> None:
    dsn = with_table(make_database)
    site = open_site(dsn, handler_role="anon")
    sell(site, LEA, "15")
    execute(dsn, "grant select on public.profiles to anon")
    sell(site, LEA, "15")
    assert site.log == ["user not found: profile:42501", "user not found: profile:PGRST116(0)"]
    assert execute(dsn, "select 1 from module_access") == []


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_row_level_security_refuses_the_insert_of_any_other_role(
    make_database: MakeDatabase, open_site: OpenSite, role: str
) -> None:
    dsn = with_table(make_database, "before")
    execute(
        dsn,
        f"create policy everybody on public.profiles for select to {role} using (true)",
        f"grant select on public.profiles to {role}",
    )
    site = open_site(dsn, handler_role=role)
    sell(site, LEA, "15")
    assert site.log[0] == "15: insert:42501"
    assert execute(dsn, "select 1 from module_access") == []
    execute(dsn, "alter table public.module_access disable row level security")
    sell(site, LEA, "15")
    assert "15: granted" in site.log


def test_the_address_has_to_match_exactly(make_database: MakeDatabase, open_site: OpenSite) -> None:
    site = open_site(with_table(make_database))
    sell(site, LEA.upper(), "15")
    assert site.log == ["user not found: profile:PGRST116(0)"]
    assert shown(site, LEA) == {"modules": [], "error": None}


def test_odd_items(make_database: MakeDatabase, open_site: OpenSite) -> None:
    dsn = with_table(make_database)
    site = open_site(dsn)
    sell(site, LEA, "stablediffusion,11, 13")
    assert site.log == ["stablediffusion: module:22P02", "11: module:PGRST116(0)", " 13: granted"]
    sell(site, LEA, "")
    assert site.log[-1] == "no items"


def test_only_rightly_signed_events_get_through(make_database: MakeDatabase, open_site: OpenSite) -> None:
    site = open_site(with_table(make_database))
    address = site.url + site.webhook_path
    assert httpx.get(address).status_code == 405
    for headers in ({}, {"Stripe-Signature": "t=1,v1=00"}, {"Stripe-Signature": "nonsense"}):
        refused = httpx.post(address, content=b"{}", headers=headers)
        assert (refused.status_code, set(refused.json())) == (400, {"error"})
    harmless = event("iahome_fix.probe", {"id": "x"})
    assert post(site, harmless).json() == {"received": True}
    assert post(site, harmless, secret="whsec_" + secrets.token_hex(16)).status_code == 400
    assert post(site, "not json").status_code == 400
    right = site.webhook_secret
    for broken in (None, "", f"{right}\r\n"):
        site.webhook_secret = broken
        assert post(site, harmless, secret=right).status_code == 400
    assert site.log == []
    assert shown(site, LEA)["modules"] == []


def test_a_body_that_is_altered_on_the_way(make_database: MakeDatabase, open_site: OpenSite) -> None:
    site = open_site(make_database())
    site.alters_body = True
    assert post(site, event("iahome_fix.probe", {"name": "plain"})).status_code == 200
    assert post(site, event("iahome_fix.probe", {"name": "Élodie"})).status_code == 400
    site.alters_body = False
    assert post(site, event("iahome_fix.probe", {"name": "Élodie"})).status_code == 200


def test_what_can_stand_in_front_of_the_handler(make_database: MakeDatabase, open_site: OpenSite) -> None:
    dsn = with_table(make_database)
    site = open_site(dsn)
    body = event("checkout.session.completed", sale(LEA, "15"))

    def blocked(status: int) -> httpx.Response:
        for method in ("GET", "POST"):
            answer = httpx.request(method, site.url + site.webhook_path)
            assert answer.status_code == status
        answer = post(site, body)
        assert answer.status_code == status
        assert httpx.get(site.url).status_code == 200
        return answer

    site.gate = 401
    assert blocked(401).headers["content-type"].startswith("text/html")
    site.gate = None
    site.redirect_to = "https://www.iahome.example.test/api/webhooks/stripe"
    assert blocked(308).headers["location"] == site.redirect_to
    site.redirect_to = None
    for status in (404, 500):
        site.status_override = status
        blocked(status)
    site.status_override = None
    site.webhook_path = "/api/stripe-webhook"
    assert httpx.post(site.url + "/api/webhooks/stripe").status_code == 404
    assert execute(dsn, "select 1 from module_access") == []
    assert post(site, body).status_code == 200
    assert len(execute(dsn, "select 1 from module_access")) == 1
    assert site.requests[0] == ("GET", "/api/webhooks/stripe")
    assert site.requests[-1] == ("POST", "/api/stripe-webhook")


def test_a_handler_that_only_acknowledges(make_database: MakeDatabase, open_site: OpenSite) -> None:
    dsn = with_table(make_database)
    site = open_site(dsn)
    site.handler = "noop"
    sell(site, LEA, "15")
    assert site.log == []
    assert execute(dsn, "select 1 from module_access") == []


def test_nothing_personal_is_logged(make_database: MakeDatabase, open_site: OpenSite) -> None:
    site = open_site(make_database(template="awkward"))
    for session in SESSIONS:
        arguments = session.arguments(datetime.now(UTC))
        body = sale(session.email, arguments["metadata"]["items_ids"], session.id)
        post(site, event("checkout.session.completed", body))
    assert len(site.log) == len(SESSIONS) + 1  # one has two modules
    assert not any("@" in line or (site.webhook_secret or "?") in line for line in site.log)
