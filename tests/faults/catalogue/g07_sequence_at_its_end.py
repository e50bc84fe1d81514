"""G07: the sequence of the ids has no number left."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="2200H for each purchase",
    inject=(
        sql(
            """
            alter sequence public.module_access_id_seq maxvalue 10;
            select setval('public.module_access_id_seq', 10, true)
            """
        ),
    ),
    cause="schema.sequence",
    says="is at its end (10): no row gets an id",
    before={"carol": [], "alice": ["15"]},
    quiet=(
        "payments.unfulfilled",
        "site.webhook-handler",
    ),
    follows_hint=True,
    after={"carol": ["15"]},
)
