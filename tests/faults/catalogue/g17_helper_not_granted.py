"""G17: a policy calls a function of a private schema that nobody may execute."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="every read of a customer is refused; what is missing is a right to a function, not to the table",
    inject=(
        sql(
            """
            create schema private;
            create function private.owns(who text, strict boolean default true) returns boolean
              language sql stable as $$ select who = auth.uid()::text $$;
            revoke execute on function private.owns(text, boolean) from public, authenticated;
            alter policy module_access_owner_reads on public.module_access using (private.owns(user_id))
            """
        ),
    ),
    cause="permissions.owner-reads",
    says="authenticated may not execute private.owns(text, boolean), which the policy module_access_owner",
    before={"carol": "table:42501"},
    hint="grant execute on function private.owns(text, boolean) to authenticated",
    statuses={"payments.unfulfilled": "ok"},
    follows_hint=True,
    after={"carol": ["15"], "alice": ["15"]},
)
