"""D18, a decoy: a policy that shuts one customer out on purpose."""

from __future__ import annotations

from tests.faults.model import Fault, sql
from tests.faults.world import ALICE

FAULT = Fault(
    what="alice is banned and sees nothing; everybody else sees what is theirs",
    inject=(
        sql(
            f"""
            create table public.bans (user_id text primary key);
            grant select on public.bans to authenticated;
            insert into public.bans values ('{ALICE}');
            alter policy module_access_owner_reads on public.module_access
              using (user_id = (select auth.uid())::text
                     and not exists (select from public.bans b where b.user_id = module_access.user_id))
            """
        ),
    ),
    cause=None,
    before={"carol": ["15"], "alice": []},
    statuses={"permissions.owner-reads": "warn"},
    notes={"permissions.owner-reads": "a policy hides them: module_access_owner_reads: using ("},
)
