"""G03: a check knows other words for the type of an access than the app writes."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="23514 for each purchase, while the rows of before stay",
    inject=(
        sql(
            """
            alter table public.module_access add constraint kinds
              check (access_type in ('token', 'subscription')) not valid
            """
        ),
    ),
    cause="schema.grant-accepted",
    says="the constraint kinds refuses the row of a grant (23514)",
    before={"carol": [], "alice": ["15"]},
    quiet=(
        "payments.unfulfilled",
        "site.webhook-handler",
    ),
    follows_hint=True,
    after={"carol": ["15"]},
)
