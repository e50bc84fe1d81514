"""D13, a decoy: a paid access that was ended early, and says so; another that was replaced."""

from __future__ import annotations

from tests.faults.model import Fault, sql
from tests.faults.world import ALICE, BOB

FAULT = Fault(
    what="nothing that is owed ended early",
    inject=(
        sql(
            f"""
            update public.module_access
               set expires_at = now() - interval '1 minute',
                   metadata = metadata || '{{"revoked_by": "admin"}}'
             where user_id = '{ALICE}';
            update public.module_access set is_active = false where user_id = '{BOB}' and module_id = 13;
            insert into public.module_access (user_id, module_id, expires_at)
              values ('{BOB}', 13, now() + interval '60 days')
            """
        ),
    ),
    cause=None,
    before={"alice": [], "bob": ["6", "13"], "carol": ["15"]},
    statuses={"data.expired-active": "warn", "data.ended-early": "warn"},
)
