"""F25: a policy on profiles queries profiles."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="every read of a customer ends in an endless recursion; the server is not affected",
    inject=(
        sql(
            """
            create policy "admins see all" on public.profiles for all to public using (
              exists (select from public.profiles p where p.id = (select auth.uid()) and p.role = 'admin'))
            """
        ),
    ),
    cause="permissions.owner-reads",
    says="ends in a policy that queries its own table (42P17): admins see all on profiles",
    before={"carol": "profile:42P17", "alice": "profile:42P17"},
    hint='drop policy "admins see all" on public.profiles',
    statuses={"payments.unfulfilled": "ok"},
    follows_hint=True,
    after={"carol": ["15"], "alice": ["15"]},
)
