"""G03: the words for the type of an access stand in a function that does nothing but look."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="23514 for each purchase, by a function that may be worked out, beside the letters of a comment",
    inject=(
        sql(
            """
            create function public.known(kind text) returns boolean language sql immutable as
            $$ select lower(kind) in ('token', 'subscription') $$;
            alter table public.module_access add constraint kinds
              check (public.known(access_type) or access_type = '/* columns */') not valid
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
    repair=(sql("alter table public.module_access drop constraint kinds"), resend),
    after={"carol": ["15"]},
)
