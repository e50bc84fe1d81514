"""G06: created_at lost its default, but must not be empty."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="23502 for each purchase: the handler leaves the column to its default",
    inject=(
        sql(
            """
            alter table public.module_access alter column created_at drop default,
              alter column created_at set not null
            """
        ),
    ),
    cause="schema.columns",
    says="so every grant is refused, since these columns must not be empty (23502): created_at",
    before={"carol": [], "alice": ["15"]},
    quiet=(
        "payments.unfulfilled",
        "site.webhook-handler",
    ),
    fix="migrate",
    repair=(resend,),
    after={"carol": ["15"]},
)
