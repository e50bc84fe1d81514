"""G18, the same kind: an exclusion that another customer's row fills."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="a module can be had by one customer at a time (23P01)",
    inject=(
        sql(
            "alter table public.module_access add constraint one_at_a_time exclude using btree"
            " (module_id with =) where (is_active and module_id = 15)"
        ),
    ),
    cause="schema.customers-refused",
    says="the exclusion one_at_a_time, which another row fills (23P01)",
    before={"carol": []},
    quiet=("payments.unfulfilled",),
    statuses={"site.webhook-handler": "ok"},
    follows_hint=True,
    after={"carol": ["15"]},
)
