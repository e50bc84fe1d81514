"""Beyond the catalogue: a column that must be filled, and that the app does not know."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="every insert is refused (23502), and the handler answers 200",
    inject=(
        sql(
            """
            alter table public.module_access add column email text;
            update public.module_access set email = 'x@example.test';
            alter table public.module_access alter column email set not null
            """
        ),
    ),
    cause="schema.columns",
    says="module_access has columns that must not be empty and that the app never fills: email",
    before={"carol": [], "alice": ["15"]},
    hint="alter column email drop not null",
    quiet=("payments.unfulfilled", "site.webhook-handler"),
    follows_hint=True,
    repair=(resend,),
    after={"carol": ["15"]},
)
