"""D17, a decoy: policies that ask the token for its owner in other words, and for who is no guest."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="each customer reads own rows; no text of them holds auth.uid()",
    inject=(
        sql(
            """
            drop policy module_access_owner_reads on public.module_access;
            create policy p on public.module_access for select to authenticated
              using (user_id = (current_setting('request.jwt.claims', true)::json->>'sub'));
            create policy no_anonymous on public.module_access as restrictive to authenticated
              using (coalesce((select (auth.jwt()->>'is_anonymous')::boolean), false) is false)
            """
        ),
    ),
    cause=None,
    before={"carol": ["15"], "alice": ["15"]},
    statuses={"permissions.owner-reads": "ok", "permissions.row-level-security": "ok"},
)
