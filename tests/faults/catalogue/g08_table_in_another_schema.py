"""G08: the table was moved to another schema."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="the rows are all there, under a name that nobody asks for; a new table would leave them behind",
    inject=(
        sql(
            """
            create schema private; alter table public.module_access set schema private
            """
        ),
    ),
    cause="schema.module-access",
    says="the table module_access does not exist, but private.module_access does",
    before={"carol": "table:42P01", "alice": "table:42P01"},
    quiet=(
        "payments.unfulfilled",
        "site.webhook-handler",
        "schema.columns",
    ),
    repair=(
        sql("alter table private.module_access set schema public; notify pgrst, 'reload schema'"),
        resend,
    ),
    after={"carol": ["15"]},
)
