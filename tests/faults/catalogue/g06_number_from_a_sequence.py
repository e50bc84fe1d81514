"""G06: a column takes its numbers from a sequence that the server may not use."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="somebody numbers the accesses, and no purchase may take a number",
    inject=(
        sql(
            """
            create sequence public.numbers_seq;
            revoke all on sequence public.numbers_seq from public, anon, authenticated, service_role;
            alter table public.module_access add column number integer not null
              default nextval('public.numbers_seq')
            """
        ),
    ),
    cause="permissions.webhook-role",
    says="no right to the sequence of module_access.number",
    before={"carol": [], "alice": ["15"]},
    quiet=("payments.unfulfilled",),
    hint="grant usage on sequence numbers_seq to service_role",
    follows_hint=True,
    repair=(resend,),
    after={"carol": ["15"]},
)
