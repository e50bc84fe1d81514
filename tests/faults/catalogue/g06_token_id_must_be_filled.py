"""G06: token_id must not be empty, and purchases have none."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="23502 for each purchase, while tokens are granted",
    inject=(
        sql(
            """
            update public.module_access set token_id = 'none';
            alter table public.module_access alter column token_id set not null
            """
        ),
    ),
    cause="schema.columns",
    says="that the app never fills: token_id",
    before={"carol": [], "alice": ["15"]},
    quiet=(
        "payments.unfulfilled",
        "site.webhook-handler",
    ),
    follows_hint=True,
    repair=(resend,),
    after={"carol": ["15"]},
)
