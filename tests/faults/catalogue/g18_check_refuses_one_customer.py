"""G18: a condition that most customers meet, and one does not."""

from __future__ import annotations

from tests.faults.model import Fault, sql
from tests.faults.world import CAROL

FAULT = Fault(
    what="one customer's grant is refused (23514), those of all others are not",
    inject=(
        sql(
            "alter table public.module_access add constraint not_blocked"
            f" check (user_id <> '{CAROL}' or module_id <> 15)"
        ),
    ),
    cause="schema.customers-refused",
    says="the constraint not_blocked (23514)",
    before={"carol": []},
    quiet=("payments.unfulfilled",),
    statuses={"site.webhook-handler": "ok"},
    follows_hint=True,
    after={"carol": ["15"]},
)
