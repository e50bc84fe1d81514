"""G14: what wrote the ends left the term out, so that each access is over at once."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="the rows are there, the page hides them, and a token's access is no missing one",
    inject=(
        sql(
            """
            update public.module_access set expires_at = expires_at - interval '72 hours'
            """
        ),
    ),
    cause="data.ended-early",
    says="3 paid accesses are over although their terms are not",
    before={"alice": [], "bob": [], "carol": ["15"]},
    quiet=("data.tokens-without-access",),
    statuses={"data.expired-active": "warn"},
    follows_hint=True,
    after={"alice": ["15"], "bob": ["6", "13"]},
)
