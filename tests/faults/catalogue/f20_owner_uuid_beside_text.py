"""F20: access_tokens.created_by is uuid, module_access.user_id is text."""

from __future__ import annotations

from tests.faults.model import Fault, sql
from tests.faults.world import CAROL

FAULT = Fault(
    what="the guide's one-statement backfill stops at the comparison, and a token waits",
    inject=(
        sql(
            f"""
            drop policy "own tokens" on public.access_tokens;
            alter table public.access_tokens alter column created_by type uuid using created_by::uuid;
            create policy "own tokens" on public.access_tokens
              for select to authenticated using (created_by = (select auth.uid()));
            insert into public.access_tokens (id, name, module_id, module_name, created_by, expires_at)
            values ('token_carol_1', 'Carol', 13, 'ruinedfooocus', '{CAROL}', now() + interval '1 day')
            """
        ),
    ),
    cause="schema.types",
    says="stops there, and 1 token waits for its access",
    before={"carol": ["15"]},
    quiet=("data.tokens-without-access", "data.orphans"),
    fix="backfill",
    after={"carol": ["13", "15"]},
)
