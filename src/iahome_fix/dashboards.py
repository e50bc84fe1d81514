"""The pages of Supabase's and Stripe's dashboards on which something is found, set or looked at."""

from __future__ import annotations

import re

from iahome_fix import supabase_hosts

SUPABASE = "https://supabase.com/dashboard"
STRIPE = "https://dashboard.stripe.com"
_ANY_PROJECT = "_"
"""Supabase's own word for a project that the reader chooses (its documentation links so)."""
_STRIPE_PAGES = {
    "pi_": "payments",
    "ch_": "payments",
    "py_": "payments",
    "evt_": "events",
    "we_": "webhooks",
    "cus_": "customers",
    "sub_": "subscriptions",
    "in_": "invoices",
}


def project(ref: str | None, page: str = "") -> str:
    """A page of a project; of whichever the reader chooses where its id is not known."""
    known = ref if ref and supabase_hosts.REF.fullmatch(ref) else _ANY_PROJECT
    return f"{SUPABASE}/project/{known}" + (f"/{page}" if page else "")


def api_keys(ref: str | None) -> str:
    """Address, public and secret keys."""
    return project(ref, "settings/api-keys")


def connection(ref: str | None) -> str:
    """The connection strings of the database."""
    return project(ref) + "?showConnect=true"


def sql_editor(ref: str | None) -> str:
    """Where a person runs SQL."""
    return project(ref, "sql/new")


def database_logs(ref: str | None) -> str:
    """Where a person reads what the database said."""
    return project(ref, "logs/postgres-logs")


def access_tokens() -> str:
    """The tokens of the Management API."""
    return f"{SUPABASE}/account/tokens"


def stripe(page: str, mode: str | None) -> str:
    """A page of Stripe's dashboard in the mode of the key."""
    return STRIPE + ("/test" if mode == "test" else "") + f"/{page}"


def stripe_object(object_id: str, mode: str | None) -> str | None:
    """The page of a payment, an event, an endpoint, …; None for an id that has none of its own."""
    if object_id.startswith("cs_") and re.fullmatch(r"\w+", object_id):
        return stripe(f"search?query={object_id}", mode)  # a session has no page but that of its payment
    page = next((page for start, page in _STRIPE_PAGES.items() if object_id.startswith(start)), None)
    return stripe(f"{page}/{object_id}", mode) if page and re.fullmatch(r"\w+", object_id) else None
