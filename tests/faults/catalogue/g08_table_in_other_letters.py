"""G08: the table was renamed to a name with capitals."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="the rows are all there, under a name that nobody asks for; a new table would leave them behind",
    inject=(
        sql(
            """
            alter table public.module_access rename to "Module_Access"
            """
        ),
    ),
    cause="schema.module-access",
    says='the table module_access does not exist, but "Module_Access" does',
    before={"carol": "table:42P01", "alice": "table:42P01"},
    quiet=(
        "payments.unfulfilled",
        "site.webhook-handler",
        "schema.columns",
    ),
    repair=(
        sql("alter table public.\"Module_Access\" rename to module_access; notify pgrst, 'reload schema'"),
        resend,
    ),
    after={"carol": ["15"]},
)
