"""What the tests of the site stand-in share."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import stripe

from iahome_fix.sandbox.site import Site
from tests.sessions import execute

if TYPE_CHECKING:
    from iahome_fix.sandbox.databases import MakeDatabase

OpenSite = Callable[..., Site]
LEA = "lea.bernard@example.test"

MODULE_ACCESS = """
create table public.module_access (
  id serial primary key, user_id varchar(255) not null,
  module_id integer references public.modules (id) on delete cascade,
  access_type varchar(50) default 'purchase', token_id varchar(255), expires_at timestamp,
  is_active boolean default true, created_at timestamp default now(), updated_at timestamp default now(),
  metadata jsonb default '{}');
alter table public.module_access enable row level security;
create policy own on public.module_access
  for select to authenticated using (user_id = (select auth.uid())::text);
grant select, insert, update, delete on public.module_access to service_role;
grant usage, select on sequence public.module_access_id_seq to service_role;
grant select on public.module_access to authenticated;
"""


def with_table(make_database: MakeDatabase, regime: Any = "since") -> str:
    dsn = make_database(regime, "awkward")
    execute(dsn, MODULE_ACCESS)
    return dsn


def sale(email: str, items: str, session_id: str = "cs_test_new") -> dict[str, Any]:
    return {
        "id": session_id,
        "object": "checkout.session",
        "amount_total": 990,
        "currency": "eur",
        "customer_email": email,
        "metadata": {"customer_email": email, "items_ids": items},
    }


def event(kind: str, about: dict[str, Any]) -> str:
    body = {"id": "evt_test", "object": "event", "type": kind, "data": {"object": about}}
    return json.dumps(body, ensure_ascii=False)


def post(site: Site, body: str, secret: str | None = None) -> httpx.Response:
    signature = stripe.WebhookSignature.generate_signature_header(body, secret or site.webhook_secret or "")
    return httpx.post(
        site.url + site.webhook_path,
        content=body.encode(),
        headers={"Stripe-Signature": signature, "Content-Type": "application/json"},
    )


def sell(site: Site, email: str, items: str) -> None:
    answer = post(site, event("checkout.session.completed", sale(email, items)))
    assert (answer.status_code, answer.json()) == (200, {"received": True})


def shown(site: Site, email: str) -> dict[str, Any]:
    answer = httpx.get(site.url + "/encours", params={"email": email})
    assert answer.status_code == 200
    document = answer.json()
    assert document.keys() == {"modules", "error"}
    return dict(document)
