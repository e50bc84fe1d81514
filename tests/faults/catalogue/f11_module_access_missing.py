"""F11: the table module_access does not exist."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="a payment has nowhere to be written to, and the page has nothing to read",
    inject=(sql("drop table public.module_access"),),
    cause="schema.module-access",
    says="the table module_access does not exist",
    before={"alice": "table:42P01", "carol": "table:42P01"},
    quiet=(
        "schema.columns",
        "permissions.service-role",
        "permissions.owner-reads",
        "data.tokens-without-access",
        "payments.unfulfilled",
    ),
    fix="migrate",
    repair=(resend,),
    # The structure does not bring back the rows of Alice and Bob.
    left=("data.rows-lost",),
    after={"carol": ["15"], "alice": []},
)
